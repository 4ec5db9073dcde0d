"""The warning of predict about rows unlike the training: one, naming columns and levels, at the user's line."""

import warnings

import numpy as np
import pandas as pd
import pytest

from robust_mlp import DriftWarning, RobustMLPClassifier
from robust_mlp._data.drift import Drift
from robust_mlp._prediction.drift_warning import drift_text

FAR = Drift("far", "size", 0.985, 0.5, 12.25, ("1200", "980", "1e+06"))
UNKNOWN = Drift("unknown", "town", 1.0, examples=("'BERN'", "'ZUG'", "'GENF'"))
MISSING = Drift("missing", "age", 1.0)
END = "Predictions for them are guesses. Check units, spelling and order of the columns, or train on rows like these."


@pytest.mark.parametrize(
    "drifts, said",
    [
        ([FAR], "98.5% of the values of 'size' lie outside 0.5 to 12.25, such as 1200, 980, 1e+06."),
        ([UNKNOWN], "100.0% of the cells of 'town' hold levels that were never seen, such as 'BERN', 'ZUG', 'GENF'."),
        ([MISSING, MISSING], "'age' is missing in all rows; 'age' is missing in all rows."),
        ([MISSING] * 4, "'age' is missing in all rows; " * 3 + "and 1 more column."),
        ([MISSING] * 5, "'age' is missing in all rows; " * 3 + "and 2 more columns."),
    ],
)
def test_the_warning_reads_well(drifts, said):
    assert drift_text(drifts) == f"These rows are unlike those of the training: {said} {END}"


def test_another_time_zone_is_told_with_what_to_type():
    assert drift_text([Drift("zone", "at", 1.0, examples=("Asia/Tokyo", ""))]) == (
        "The dates of 'at' have no time zone, and those of the training had Asia/Tokyo. They are read as clocks in "
        "Asia/Tokyo show them. Pass X['at'].dt.tz_localize(...) with the time zone of these clocks."
    )
    assert drift_text([Drift("zone", "at", 1.0, examples=("", "Asia/Tokyo"))]) == (
        "The dates of 'at' have the time zone Asia/Tokyo, and those of the training had none. They are read as UTC. "
        "Pass X['at'].dt.tz_localize(None) if the clocks of the training were those of Asia/Tokyo."
    )
    beside = drift_text([Drift("zone", "at", 1.0, examples=("Asia/Tokyo", "")), MISSING])
    assert "'at' have no time zone, and those of the training had Asia/Tokyo; 'age' is missing" in beside


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"town": rng.choice(["Bern", "Genf", "Zug", "Chur"], 300), "size": rng.normal(size=300)})
    clf = RobustMLPClassifier(max_iter=3, n_members=1, random_state=0, collapse_guard="off")
    return clf.fit(table, table["town"].isin(["Zug", "Bern"])), table


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function", "score"])
def test_one_warning_at_the_line_that_asked(fitted, method):
    clf, table = fitted
    with pytest.warns(DriftWarning, match="100.0% of the cells of 'town' hold levels") as caught:
        arguments = [table.assign(town=table["town"].str.upper())]
        getattr(clf, method)(*arguments, *([clf.predict(table)] if method == "score" else []))
    assert len(caught) == 1
    assert method == "score" or caught[0].filename == __file__


def test_rows_like_those_of_the_training_are_no_news(fitted):
    clf, table = fitted
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.predict(table)
        clf.predict(table.iloc[::-1].iloc[:50])
        clf.predict(table.assign(town="ZUG").iloc[:1])


def test_partial_fit_forgets_the_ranges():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    clf = RobustMLPClassifier(max_iter=2, n_members=1, random_state=0, collapse_guard="off").fit(X, X[:, 0] > 0)
    with pytest.warns(DriftWarning):
        clf.predict(X + 100)
    with pytest.warns(DriftWarning, match="other units"):
        clf.partial_fit(X + 100, X[:, 0] > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.predict(X + 100)
