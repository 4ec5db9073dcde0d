"""A summary says what is in the file, without one array being read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from robust_mlp import ModelFileError, PriorShiftClassifier
from robust_mlp.persistence.file_format.archive import Archive
from robust_mlp.persistence.file_format.model_file import write_model_file
from robust_mlp.persistence.summary import summary_of
from tests.persistence.fitted_examples import EXAMPLES, fitted
from tests.persistence.rewriting import rewrite
from tests.tiny_fits import clouds, tiny

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_summary_is_that_of_the_classifier(name, tmp_path, monkeypatch):
    clf, _ = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    monkeypatch.setattr(Archive, "read_into", None)  # arrays are read by it
    summary = summary_of(tmp_path / "m.rmlp")
    assert summary.classes == clf.classes_.tolist()
    assert summary.n_members == clf.n_members_ + clf.n_additive_members_ + clf.n_radial_members_
    assert (summary.verdict, summary.headline) == (clf.report_.verdict, clf.report_.headline)
    assert [kind for _, kind, _ in summary.columns] == list(clf._reader.kinds)
    assert summary.target is None and summary.left_out == ()


@pytest.mark.parametrize("rows", [True, False])
def test_a_summary_tells_of_the_rows_of_a_stream(tmp_path, rows):
    X, y = clouds(120)
    clf = tiny(collapse_guard="warn", learning_rate=0.02)
    for part in (slice(0, 60), slice(60, None)):
        clf.partial_fit(X[part], y[part], classes=[0, 1, 2])
    clf.save_model(tmp_path / "m.rmlp", rows=rows)
    told = "rows as they were read (held out or trained on again by partial_fit)"
    assert (told in summary_of(tmp_path / "m.rmlp").of_rows) is rows


def test_the_classifier_inside_another_is_summed_up(tmp_path):
    clf, new = fitted("numbers")
    PriorShiftClassifier(clf).adapt(new).save_model(tmp_path / "m.rmlp")
    summary = summary_of(tmp_path / "m.rmlp")
    assert summary.kind == "PriorShiftClassifier around RobustMLPClassifier"
    assert summary.classes == clf.classes_.tolist()


def test_a_network_of_the_users_own_is_summed_up_without_keras(tmp_path):
    path = FOLDER / "format1_0.1.0" / "keras_network.rmlp"
    body = f"""
import json, sys
from robust_mlp.persistence.summary import summary_of
found = summary_of({str(path)!r})
print(json.dumps([found.kind, found.classes, found.columns, found.n_members, found.verdict, "keras" in sys.modules]))
"""
    ended = subprocess.run([sys.executable, "-c", body], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    columns = [[name, "number", None] for name in ("height", "width", "size", "age")]
    expected = json.loads(path.with_suffix(".json").read_text())
    verdict = expected["report"]["verdict"]
    assert json.loads(ended.stdout) == ["GuardedKerasClassifier", expected["classes"], columns, 1, verdict, False]


def test_rows_that_are_pictures_are_told_by_their_shape(tmp_path):
    path = tmp_path / "m.rmlp"
    path.write_bytes((FOLDER / "format1_0.1.0" / "keras_network.rmlp").read_bytes())
    rewrite(path, lambda head, entries: head["content"].update(row_shape=[6, 6, 1], feature_names=None))
    assert summary_of(path).columns == [("rows of shape (6, 6, 1)", "number", None)]
    rewrite(path, lambda head, entries: head["content"].update(row_shape=[2]))
    assert [name for name, *_ in summary_of(path).columns] == ["x0", "x1"]


def test_another_kind_is_refused(tmp_path):
    write_model_file(tmp_path / "m.rmlp", "os.system", lambda arrays: {})
    with pytest.raises(ModelFileError, match="nobody knows its kind"):
        summary_of(tmp_path / "m.rmlp")


def test_what_is_of_single_rows_is_listed(tmp_path):
    fitted("default_ensemble")[0].save_model(tmp_path / "m.rmlp")
    assert len(summary_of(tmp_path / "m.rmlp").of_rows) == 3
    fitted("categories")[0].save_model(tmp_path / "m.rmlp", leave_out=["sample_indices_"])
    assert summary_of(tmp_path / "m.rmlp").of_rows == ["every level of the categories"]


@pytest.mark.parametrize("key", ["attributes", "table", "classes"])
def test_a_description_that_lacks_something_is_refused(key, tmp_path):
    fitted("numbers")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", lambda head, entries: head["content"].pop(key))
    with pytest.raises(ModelFileError, match="is no valid model file"):
        summary_of(tmp_path / "m.rmlp")
