"""Files become tables: a column is a number or a category, and every figure is read exactly."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import column_kinds, features, read_table


@pytest.mark.parametrize(
    "text, kind, levels",
    [
        ("1,2,3", "number", None),
        ("1.5,,3", "number", None),
        ("a,b,", "category", ["a", "b"]),
        ("1,b,2", "category", ["1", "2", "b"]),
        ("True,False,True", "category", ["False", "True"]),
        ("TRUE,false,", "category", ["TRUE", "false"]),  # as written, whatever pandas makes of them
    ],
)
def test_a_csv_column_is_a_number_or_a_category_of_the_texts_in_the_file(text, kind, levels, tmp_path):
    path = tmp_path / "column.csv"
    path.write_text("c,d\n" + "".join(f"{cell},0\n" for cell in text.split(",")))
    table = read_table(path).frame
    kinds = column_kinds(table)
    assert kinds == {"c": kind, "d": "number"}
    column = features(table, kinds, "'column'")["c"]
    assert (column.cat.categories.tolist() if kind == "category" else None) == levels


@pytest.mark.parametrize(
    "values, kind",
    [
        (pd.Series([1, 2], dtype="Int64"), "number"),
        (pd.Series([1, None], dtype="float32"), "number"),
        (pd.Series(["a", None], dtype="string"), "category"),
        (pd.Series(["a", None]).astype("category"), "category"),
        (pd.Series([True, None], dtype="boolean"), "category"),
        (pd.Series([True, False]), "category"),
    ],
)
def test_a_parquet_column_keeps_its_kind(values, kind, tmp_path):
    path = tmp_path / "column.parquet"
    pd.DataFrame({"c": values}).to_parquet(path)
    table = read_table(path).frame
    kinds = column_kinds(table)
    assert kinds == {"c": kind}
    assert features(table, kinds, "'column'")["c"].isna().tolist() == values.isna().tolist()


def test_a_category_column_of_digits_is_read_as_text_where_the_model_expects_it(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_text("code\n007\n12\n")
    table = read_table(path, columns=Columns(as_text=frozenset(["code"]))).frame
    assert features(table, {"code": "category"}, "'digits.csv'")["code"].tolist() == ["007", "12"]


def test_numbers_of_a_csv_are_read_exactly(tmp_path):
    numbers = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(-10, 10).repeat(100)
    path = tmp_path / "numbers.csv"
    path.write_text("x\n" + "\n".join(map(repr, numbers.tolist())))
    np.testing.assert_array_equal(read_table(path).frame["x"], numbers)
