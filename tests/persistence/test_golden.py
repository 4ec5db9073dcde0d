"""Model files that were written once load for ever, predict what they predicted, and go on."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robust_mlp import PriorShiftClassifier, load_model
from tests.persistence.fitted_examples import quietly
from tests.persistence.json_rows import from_json_rows

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.rglob("*.rmlp"))
# Their networks are computed by TensorFlow.
OF_KERAS = [path for path in FILES if path.stem == "keras_network"]
OURS = [path for path in FILES if path not in OF_KERAS]


def test_there_are_files_of_the_first_format():
    names = {path.stem for path in FILES if path.parent.name == "format1_0.1.0"}
    assert {
        "numbers",
        "default_ensemble",
        "categories",
        "vectors_of_levels",
        "dates",
        "partial_fit",
        "prior_shift",
        "keras_network",
    } <= names
    assert len(names) >= 17


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_file_predicts_what_it_predicted(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    clf = load_model(path)
    inner = clf.estimator_ if isinstance(clf, PriorShiftClassifier) else clf
    rows = from_json_rows(expected["rows"], inner)
    # Sums of products differ in their last bits between processors.
    np.testing.assert_allclose(quietly(clf.predict_proba, rows), expected["probabilities"], rtol=0, atol=1e-12)
    assert quietly(clf.predict, rows).tolist() == expected["labels"]
    if expected["report"] is not None:
        assert json.loads(clf.report_.to_json()) == expected["report"]


@pytest.mark.parametrize("path", OF_KERAS, ids=lambda path: path.stem)
def test_a_golden_keras_network_predicts_what_it_predicted_and_goes_on(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    clf = load_model(path)
    rows = pd.DataFrame(expected["rows"], columns=clf.feature_names_in_)
    np.testing.assert_allclose(clf.predict_proba(rows), expected["probabilities"], rtol=0, atol=1e-6)  # float32
    assert clf.predict(rows).tolist() == expected["labels"]
    assert json.loads(clf.report_.to_json()) == expected["report"]
    clf.partial_fit(rows, expected["labels"])
    assert abs(clf.predict_proba(rows) - expected["probabilities"]).max() > 1e-6


@pytest.mark.parametrize("name", ["numbers", "partial_fit"])
def test_a_golden_file_goes_on(name):
    path = FOLDER / "format1_0.1.0" / f"{name}.rmlp"
    rows = np.array(json.loads(path.with_suffix(".json").read_text())["rows"])
    clf = load_model(path)
    before = clf.loss_curve_
    clf.partial_fit(rows, np.arange(len(rows)) % 3)
    assert len(clf.loss_curve_) == (len(before) + 1 if name == "partial_fit" else 1)


def test_golden_files_are_small():
    assert sum(path.stat().st_size for path in FILES) < 3_000_000
