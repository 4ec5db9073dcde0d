"""A summary says what is in the file, without one array being read."""

import pytest

from robust_mlp import ModelFileError, PriorShiftClassifier
from robust_mlp.persistence.file_format.archive import Archive
from robust_mlp.persistence.file_format.model_file import write_model_file
from robust_mlp.persistence.summary import summary_of
from tests.persistence.fitted_examples import EXAMPLES, fitted
from tests.persistence.rewriting import rewrite


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


def test_the_classifier_inside_another_is_summed_up(tmp_path):
    clf, new = fitted("numbers")
    PriorShiftClassifier(clf).adapt(new).save_model(tmp_path / "m.rmlp")
    summary = summary_of(tmp_path / "m.rmlp")
    assert summary.kind == "PriorShiftClassifier around RobustMLPClassifier"
    assert summary.classes == clf.classes_.tolist()


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
