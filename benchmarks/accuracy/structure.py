"""What a table holds, in one line: rows, columns, kinds and classes. No model is fitted here."""

import numpy as np
import pandas as pd

HEADER = (
    f"{'half':10}{'table':28}{'rows':>9}{'columns':>9}{'numbers':>9}{'0/1':>6}{'texts':>7}{'levels':>8}{'missing':>9}"
)


def structure(table):
    """Counts of a Table: dict of str to number; `levels` is of the category with most, `rarest` a share of the rows."""
    is_category = np.array([isinstance(dtype, pd.CategoricalDtype) for dtype in table.X.dtypes])
    is_two_valued = table.X.nunique().to_numpy() == 2
    _, counts = np.unique(table.y, return_counts=True)
    return {
        "rows": len(table.y),
        "columns": table.X.shape[1],
        "numbers": int((~is_category & ~is_two_valued).sum()),
        "0/1": int((~is_category & is_two_valued).sum()),
        "texts": int(is_category.sum()),
        "levels": max((len(table.X[name].cat.categories) for name in table.X.columns[is_category]), default=0),
        "missing": float(table.X.isna().to_numpy().mean()),
        "classes": len(counts),
        "rarest": float(counts.min() / len(table.y)),
    }


def print_structure(half, tables):
    """Print one line for each Table."""
    print(f"{HEADER}{'classes':>9}{'rarest':>8}")
    for table in tables:
        s = structure(table)
        counts = f"{s['rows']:9,}{s['columns']:9,}{s['numbers']:9,}{s['0/1']:6,}{s['texts']:7,}{s['levels']:8,}"
        print(f"{half:10}{table.name:28}{counts}{s['missing']:9.1%}{s['classes']:9}{s['rarest']:8.1%}", flush=True)
