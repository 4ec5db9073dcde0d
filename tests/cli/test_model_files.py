"""A model file gives back what was saved, and a foreign or later one is refused."""

import pickle

import joblib
import numpy as np

from robust_mlp import __version__
from robust_mlp.cli._tables import features, read_table
from tests.cli.examples import assert_mistake


def test_a_saved_model_predicts_after_pickling_as_before(trained):
    folder, _ = trained
    model = joblib.load(folder / "m.joblib")
    assert model["kinds"] == {"x": "number", "z": "number", "town": "category", "is_new": "category"}
    X = features(read_table(folder / "data.csv", model["kinds"]), model["kinds"])
    again = pickle.loads(pickle.dumps(model["classifier"]))
    np.testing.assert_array_equal(again.predict_proba(X), model["classifier"].predict_proba(X))


def test_a_model_of_another_format_is_refused_with_both_versions(run, trained):
    folder, _ = trained
    content = joblib.load(folder / "m.joblib")
    joblib.dump({**content, "format_version": 99, "robust_mlp_version": "9.9"}, "later.joblib")
    message = f"'later.joblib' was written by robust_mlp 9.9 in format 99; this is {__version__}, which reads format 1."
    assert_mistake(run("predict", "later.joblib", folder / "data.csv"), message)
