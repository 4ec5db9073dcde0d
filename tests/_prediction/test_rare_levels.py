"""Levels of one row are dropped where no prediction depends on them, and predictions stay the same bits."""

import numpy as np
import pandas as pd

from robust_mlp import load_model
from robust_mlp._prediction.rare_levels import without_rare_levels
from tests.persistence.fitted_examples import fitted, quietly
from tests.tiny_fits import clouds, tiny


def table():
    """Towns that come often, and an address for each row."""
    X, y = clouds(300)
    towns = [f"town {i % 120}" for i in range(len(X))]
    addresses = [f"person{i}@example.org" for i in range(len(X))]
    return pd.DataFrame({"x": X[:, 0], "town": towns, "address": addresses}), y


def test_addresses_are_dropped_and_predictions_stay(tmp_path):
    X, y = table()
    clf = quietly(tiny(n_members=2, early_stopping=True).fit, X, y)
    clf.save_model(tmp_path / "all.rmlp")
    clf.save_model(tmp_path / "few.rmlp", rows=False)
    few = (tmp_path / "few.rmlp").read_bytes()
    assert b"town 7" in few
    kept = {address for address in X["address"] if address.encode() in few}
    assert kept <= {address for address in X["address"] if address in str(clf.report_.to_dict())}
    again = load_model(tmp_path / "few.rmlp")
    new = X.assign(address=X["address"].where(np.arange(len(X)) % 2 == 0, None), town="nowhere")
    for rows in (X, new):
        np.testing.assert_array_equal(quietly(again.predict_proba, rows), quietly(clf.predict_proba, rows))
    assert not hasattr(again, "sample_indices_") and not hasattr(again, "oof_decision_function_")
    assert again._reader.levels[1] == clf._reader.levels[1] and again._reader.levels[2] == ()


def test_levels_with_an_input_of_their_own_stay():
    network = fitted("categories")[0]._fitted
    assert without_rare_levels(network).encoding.reader.levels == network.encoding.reader.levels


def test_the_classifier_itself_stays_as_it_is(tmp_path):
    clf, _ = fitted("vectors_of_levels")
    before = clf._reader.levels, clf.sample_indices_
    clf.save_model(tmp_path / "m.rmlp", rows=False)
    assert (clf._reader.levels, clf.sample_indices_) == before and clf._fitted.encoding.reader is clf._reader
