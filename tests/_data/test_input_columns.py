"""A fitted classifier tells the columns of the table that it takes."""

import pytest
from sklearn.exceptions import NotFittedError

from robust_mlp import InputColumn, PriorShiftClassifier, RobustMLPClassifier, load_model
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly


@pytest.mark.parametrize(
    "name, expected",
    [
        ("numbers", [(f"x{j}", "number", None) for j in range(4)]),
        (
            "categories",
            [
                ("height", "number", None),
                ("town", "category", ("Bern", "Genf", "Zürich")),
                ("is_new", "number", None),
                ("width", "number", None),
            ],
        ),
        # A date becomes several columns of the network's table, and stays one of the user's.
        ("dates", [("when", "date", None), ("waited", "duration", None), ("size", "number", None)]),
        ("large_whole_numbers", [("id", "integer", None), ("x", "number", None)]),
    ],
)
def test_the_columns_are_those_of_the_users_table(name, expected):
    clf, _ = fitted(name)
    assert clf.input_columns_ == tuple(InputColumn(*column) for column in expected)


def test_levels_can_be_numbers():
    columns = fitted("numbers_as_categories")[0].input_columns_
    assert [column.kind for column in columns] == ["number", "category", "number", "number"]
    assert columns[1].levels == (0.0, 0.5, 1.0, 1.5, 2.0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_there_is_one_for_each_column_and_a_file_keeps_them(name, tmp_path):
    clf, _ = fitted(name)
    assert len(clf.input_columns_) == clf.n_features_in_
    if hasattr(clf, "feature_names_in_"):
        assert [column.name for column in clf.input_columns_] == list(clf.feature_names_in_)
    clf.save_model(tmp_path / "m.rmlp")
    assert load_model(tmp_path / "m.rmlp").input_columns_ == clf.input_columns_


def test_a_classifier_around_another_has_its_columns():
    clf, new = fitted("categories")
    assert quietly(PriorShiftClassifier(clf).adapt, new).input_columns_ == clf.input_columns_


def test_without_a_fit_there_are_none():
    with pytest.raises(NotFittedError):
        getattr(RobustMLPClassifier(), "input_columns_")  # noqa: B009
    assert not hasattr(RobustMLPClassifier(), "input_columns_")
