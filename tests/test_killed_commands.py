"""The benchmark of killed commands: it tells a whole file from half of one, and a killed prediction leaves the old."""

import pandas as pd
import pytest

from benchmarks.killed_commands import commands, is_usable, one_kill, write_tables
from tests.tiny_fits import tiny


@pytest.fixture
def folder(tmp_path):
    """Tables, a model, and predictions that were there before."""
    write_tables(tmp_path)
    table = pd.read_csv(tmp_path / "train.csv")
    clf = tiny().fit(table[list("abcd")], table["label"])
    clf.save_model(tmp_path / "m.rmlp")
    (tmp_path / "out.csv").write_text((tmp_path / "rows.csv").read_text())
    return tmp_path


def test_half_a_table_is_not_whole(folder):
    place = folder / "out.csv"
    assert is_usable(place)
    place.write_bytes(place.read_bytes()[: place.stat().st_size // 2])
    assert not is_usable(place)


def test_a_model_that_predicts_is_whole_and_half_of_it_is_not(folder):
    place = folder / "m.rmlp"
    assert is_usable(place)
    place.write_bytes(place.read_bytes()[:-100])
    assert not is_usable(place)


def test_a_command_that_is_killed_at_once_leaves_what_was_there(folder):
    (folder / "model.rmlp").write_bytes((folder / "m.rmlp").read_bytes())
    line = one_kill("predict", 0, 0.0, folder)
    assert line["is_old"] and line["is_whole"] and line["was_running"]
    assert set(commands(folder)) == {"fit", "predict"}
