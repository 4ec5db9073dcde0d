"""What a pickle and a model file hold of single training rows."""

import pickle

import numpy as np
import pandas as pd
import pytest

from robust_mlp import RobustMLPClassifier, load_model
from robust_mlp._core.records import Finding
from robust_mlp._data.level_outputs import MAX_LEVELS
from tests.tiny_fits import tiny

N = 300
MAIL = [f"person{i}@mail{i % 7}.example" for i in range(N)]


def table():
    """An address for each row, a city for many, three numbers of many digits."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((N, 3))
    X = pd.DataFrame(numbers, columns=["a", "b", "c"]).assign(city=[f"city {i % 5}" for i in range(N)], mail=MAIL)
    return X, (numbers[:, 0] + numbers[:, 1] > 0).astype(int)


@pytest.fixture(scope="module")
def clf():
    X, y = table()
    return RobustMLPClassifier(n_members=4, max_iter=20, random_state=0).fit(X, y)


def texts_in(data):
    return {address for address in MAIL if address.encode() in data}


def arrays_of(thing, seen=None):
    """Every array that is reached from an object, through attributes and containers."""
    seen = {} if seen is None else seen
    if id(thing) in seen:
        return
    seen[id(thing)] = thing
    if isinstance(thing, np.ndarray):
        yield thing
    inner = list(thing.values()) if isinstance(thing, dict) else list(thing) if isinstance(thing, tuple | list) else []
    for part in [*inner, *vars(thing).values()] if hasattr(thing, "__dict__") else inner:
        yield from arrays_of(part, seen)


def rows_to_8_digits(thing, rows):
    """How many rows are found, as a row, in any array of an object."""
    found = np.zeros(len(rows), bool)
    for array in arrays_of(thing):
        if array.dtype.kind != "f" or array.ndim != 2 or array.shape[1] != rows.shape[1]:
            continue
        for here in array.astype(np.float64):
            found |= np.isclose(rows, here, rtol=1e-8, atol=1e-8).all(axis=1)
    return int(found.sum())


def encoded_centers(clf):
    """The centers of each kind of radial units as rows of the encoding, and the rows of the table as encoded."""
    X, _ = table()
    rows = clf._fitted.encoding.transform(clf._reader.read(clf, X))
    kinds = [weights.units for weights in clf._fitted.companions if weights.units is not None]
    return [(units.centers / units.factors, rows[:, units.inputs].astype(np.float64)) for units in kinds]


def test_a_pickle_holds_no_address_but_the_examples_of_the_report(clf):
    in_report = texts_in(str(clf.report_.to_dict()).encode())
    assert texts_in(pickle.dumps(clf)) == in_report
    assert 0 < len(in_report) <= 3
    assert not texts_in(pickle.dumps(pickle.loads(pickle.dumps(clf)).slim()))


def test_a_model_file_without_rows_and_report_holds_no_address(clf, tmp_path):
    clf.save_model(tmp_path / "m.rmlp", rows=False, leave_out=["report_"])
    assert not texts_in((tmp_path / "m.rmlp").read_bytes())
    pickle.loads(pickle.dumps(clf)).slim().save_model(tmp_path / "slim.rmlp")
    assert not texts_in((tmp_path / "slim.rmlp").read_bytes())


def test_no_center_is_a_training_row(clf):
    kinds = encoded_centers(clf)
    assert kinds
    for centers, rows in kinds:
        assert rows_to_8_digits([centers], rows) == 0
        nearest = np.abs(centers[:, np.newaxis] - rows).max(axis=2).min(axis=1)
        assert nearest.min() > 1e-3
    X, _ = table()
    assert rows_to_8_digits(clf, X[["a", "b", "c"]].to_numpy()) == 0


def test_the_search_for_rows_finds_them():
    rows = np.random.default_rng(0).standard_normal((9, 3))
    assert rows_to_8_digits({"x": [rows[2:5]]}, rows) == 3


def test_predictions_stay_and_values_of_rows_go(clf):
    X, y = table()
    slim = pickle.loads(pickle.dumps(clf)).slim()
    new = X.assign(mail=MAIL[0])
    for rows in (X, new):
        np.testing.assert_array_equal(slim.predict_proba(rows), clf.predict_proba(rows))
    assert not hasattr(slim, "sample_indices_") and not hasattr(slim, "oof_decision_function_")
    assert slim.report_.verdict == clf.report_.verdict
    codes = [advisory.code for advisory in clf.report_.advisories]
    assert "unique_levels" in codes and [advisory.code for advisory in slim.report_.advisories] == codes
    assert "person" not in str(slim.report_.to_dict())
    assert all(isinstance(advisory, Finding) for advisory in slim.report_.advisories)
    slim.partial_fit(X, y)


def test_a_stream_forgets_its_rows_and_goes_on():
    X, y = table()
    clf = tiny(collapse_guard="repair")
    for i in range(0, N, 60):
        clf.partial_fit(X.iloc[i : i + 60], y[i : i + 60], classes=[0, 1])
    numbers = X[["a", "b", "c"]].to_numpy()

    def n_rows():
        held = clf._partial.reservoir.table.X if hasattr(clf, "_partial") else np.empty((0, 5))
        return rows_to_8_digits([held[:, :3].copy()], numbers)

    assert n_rows() > 0
    before = clf.predict_proba(X)
    assert clf.slim() is clf and n_rows() == 0
    np.testing.assert_array_equal(clf.predict_proba(X), before)
    clf.partial_fit(X, y)
    assert clf.score(X, y) > 0.5


def test_a_stream_is_saved_without_rows_and_goes_on(tmp_path):
    X, y = table()
    clf = tiny(collapse_guard="repair")
    for i in range(0, N, 60):
        clf.partial_fit(X.iloc[i : i + 60], y[i : i + 60], classes=[0, 1])
    clf.save_model(tmp_path / "m.rmlp", rows=False)
    assert len(texts_in((tmp_path / "m.rmlp").read_bytes())) == MAX_LEVELS  # those with an input of their own
    again = load_model(tmp_path / "m.rmlp")
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    again.partial_fit(X, y)
    assert again.score(X, y) > 0.5


def test_a_classifier_that_is_not_fitted_has_nothing_to_forget():
    with pytest.raises(ValueError, match="not fitted"):
        RobustMLPClassifier().slim()
