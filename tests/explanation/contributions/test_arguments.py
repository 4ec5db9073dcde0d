"""What is said of arguments that cannot be used."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation.contributions import _arguments as arguments

X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=["age", "income", "rooms"])
Y = np.array(["no", "yes"])[(X["age"] > 0).astype(int)]
CLF = LogisticRegression().fit(X, Y)


def said(error, function, *arguments, **settings):
    with pytest.raises(error) as caught:
        function(*arguments, **settings)
    return str(caught.value)


def test_an_unknown_method_is_compared_with_those_that_exist():
    assert said(ValueError, arguments.check_method, "exakt") == (
        "method='exakt' must be one of 'auto', 'exact', 'sampled', 'gradients'. Did you mean 'exact'?"
    )
    arguments.check_method("sampled")


@pytest.mark.parametrize("value", [0, -3, 2.5, True, "many", None])
def test_a_count_is_a_whole_number_above_0(value):
    assert said(ValueError, arguments.check_count, "n_coalitions", value) == (
        f"n_coalitions={value!r} must be 'auto' or an int >= 1."
    )


@pytest.mark.parametrize("value", [0, -3, 2.5, True, "auto", None])
def test_a_number_of_columns_has_no_auto(value):
    assert said(ValueError, arguments.check_at_least_one, "max_columns", value) == (
        f"max_columns={value!r} must be an int >= 1."
    )
    arguments.check_at_least_one("max_columns", np.int64(1))


@pytest.mark.parametrize("value", ["auto", 1, np.int64(7)])
def test_counts_that_can_be_used(value):
    arguments.check_count("n_coalitions", value)


def test_classifiers_that_cannot_be_explained():
    assert said(TypeError, arguments.check_classifier, LogisticRegression) == (
        "classifier is the class LogisticRegression, not an object. Fit one: LogisticRegression().fit(X, y)."
    )
    assert "LinearSVC has no predict_proba" in said(TypeError, arguments.check_classifier, LinearSVC().fit(X, Y))
    for unfitted in (LogisticRegression(), RobustMLPClassifier()):
        with pytest.raises(NotFittedError):
            arguments.check_classifier(unfitted)
    one = DummyClassifier().fit(X, ["no"] * len(X))
    assert said(ValueError, arguments.check_classifier, one) == (
        "DummyClassifier learned the single class 'no', whose log-odds are infinite. Train it on rows of at least two "
        "classes."
    )
    several = DummyClassifier().fit(X, np.column_stack([Y, Y]))
    assert "several outputs" in said(ValueError, arguments.check_classifier, several)
    assert arguments.check_classifier(CLF).tolist() == ["no", "yes"]


def check(table, *, may_have_more=False):
    arguments.check_columns(CLF, table, "X", may_have_more=may_have_more)


def test_a_misspelt_column_is_named_with_the_likely_one():
    assert said(ValueError, check, X.rename(columns={"income": "incom"})) == (
        "X lacks columns of the training table: 'income'. For 'income' did you mean 'incom'? It has 'age', 'incom', "
        "'rooms'."
    )


def test_other_columns_and_another_order_are_said():
    assert said(ValueError, check, X.assign(size=1)) == (
        "X has columns that the training table had not: 'size'. Pass X[classifier.feature_names_in_]."
    )
    assert said(ValueError, check, X[["rooms", "age", "income"]]) == (
        "X has the columns of the training table in another order. Pass X[classifier.feature_names_in_]."
    )
    assert said(ValueError, check, X.to_numpy()[:, :2]) == (
        "X has 2 columns, and the classifier was trained on 3. Pass the columns of the training table, in their order."
    )
    check(X.assign(size=1), may_have_more=True)
    check(X)


def read(table, background=None, random_state=0):
    return arguments.read_tables(CLF, table, background, random_state, may_have_more=False)


def test_a_background_is_drawn_from_the_rows():
    rows, others = read(X)
    assert rows is X and len(others) == 30
    others = read(X, 7)[1]
    assert len(others) == 7 and others.index.isin(X.index).all() and others.index.is_unique
    assert read(X, 7)[1].equals(others)
    assert not read(X, 7, random_state=1)[1].equals(others)


def test_a_background_that_is_too_small_or_of_other_columns():
    advice = "Pass background=X_train, the rows that the classifier was trained on, or another table of typical rows."
    assert said(ValueError, read, X, 31) == f"background=31 asks for more rows than X has, which are 30. {advice}"
    few = "cannot be a background: at least 2 are needed."
    assert said(ValueError, read, X[:1]) == f"1 row {few} {advice}"
    assert said(ValueError, read, X, 0) == f"0 rows {few} {advice}"
    assert said(ValueError, read, X, X[:1]) == (
        "background has 1 row. Pass at least 2, better 100: rows of the training table, drawn at random."
    )
    assert "background lacks columns" in said(ValueError, read, X, X.drop(columns="age"))
    assert "Pass both as tables of the same kind" in said(ValueError, read, X, X.to_numpy())
    assert "X has shape (3,)" in said(ValueError, read, X.to_numpy()[0])
    assert said(ValueError, read, X[:0]) == "X has no rows. Pass at least 1."


def test_coalitions_have_a_largest_number():
    assert said(ValueError, arguments.check_count, "n_coalitions", 10**9).endswith("Pass 'auto' or at most 1,000,000.")


@pytest.mark.parametrize("background", ["all", 2.5, True, b"rows", len])
def test_what_is_no_background_is_told_so(background):
    assert "is no background. Pass a table of typical rows, a whole number" in said(
        TypeError, arguments.read_tables, CLF, X, background, 0, may_have_more=True
    )


def test_tables_of_other_kinds_are_named_by_their_library():
    polars = pytest.importorskip("polars")
    assert "background is a frame of pandas of 3 columns and X a frame of polars of 3" in said(
        ValueError, arguments.read_tables, CLF, polars.from_pandas(X), X, 0, may_have_more=True
    )


def test_columns_of_the_same_name_are_an_error():
    twice = X.set_axis(["age", "rooms", "age"], axis=1)
    assert "X has several columns of the same name: 'age'" in said(
        ValueError, arguments.read_tables, LogisticRegression().fit(X.to_numpy(), Y), twice, None, 0, may_have_more=True
    )
