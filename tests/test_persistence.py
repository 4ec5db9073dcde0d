"""The quick profile of `benchmarks.persistence`: hostile files are refused, and killed saves leave whole files."""

import pytest

from benchmarks.hostile_files import KINDS
from benchmarks.persistence import MOST_MEMORY, MOST_SIZE, killed_saves, sizes, try_files
from tests.persistence.fitted_examples import fitted

N_FILES = 400


@pytest.mark.parametrize("name", ["default_ensemble", "categories", "vectors_of_levels"])
def test_hostile_files_are_refused_or_predict(name, tmp_path):
    clf, new = fitted(name)
    clf.save_model(tmp_path / "honest.rmlp")
    found = try_files(tmp_path / "honest.rmlp", new[:5], N_FILES, tmp_path, seed=len(name))
    assert found["wrong"] == []
    assert found["events"] == []
    assert found["memory"] <= MOST_MEMORY
    counts = found["kinds"]
    assert all(tried == N_FILES // len(KINDS) for tried, _, _ in counts.values())
    never_valid = set(KINDS) - {"other_json", "other_arrays"}  # where another value may be as good
    assert all(counts[kind][1] == counts[kind][0] for kind in never_valid), counts
    assert counts["other_json"][1] > 0.5 * counts["other_json"][0]


def test_a_killed_save_leaves_a_whole_file(tmp_path):
    n_whole, _ = killed_saves(fitted("numbers")[0], tmp_path, 20)
    assert n_whole == 20


def test_a_file_is_hardly_larger_than_a_pickle(tmp_path):
    ours, pickled, few = sizes(fitted("vectors_of_levels")[0], tmp_path)
    assert few < ours <= MOST_SIZE * pickled
