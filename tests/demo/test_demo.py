"""The demonstration prints what it promises: both traps, real tables, sentences, progress."""

import io
import re

import pytest

from robust_mlp import demo
from robust_mlp.demo import Size, main

SMALL = Size(
    founding_rows=600,
    founding_epochs=3,
    waveform_rows=100,
    waveform_length=60,
    waveform_epochs=3,
    tables=("wine",),
    widths=((8,), (4, 4)),
    max_iter=8,
)


@pytest.fixture(scope="module")
def printed():
    """Exit code, standard output and standard error of a small demonstration."""
    import contextlib
    import warnings

    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        warnings.simplefilter("ignore")  # eight epochs on few rows may well end in a CollapseWarning
        code = main(size=SMALL)
    return code, out.getvalue(), err.getvalue()


def test_the_exit_code_is_zero(printed):
    assert printed[0] == 0


@pytest.mark.parametrize("title", ["S1  600 x 157 rows", "S2  80 x 60 waveforms", "Real tables, GridSearchCV"])
def test_each_part_has_its_title(printed, title):
    assert title in printed[1]


def test_both_traps_have_all_columns(printed):
    head = "model                             accuracy  balanced  log loss  predicted rows per class"
    assert len([line for line in printed[1].splitlines() if line.startswith(head)]) == 2
    models = "class prior|network of the question|RobustMLPClassifier|RobustMLPClassifier, one network"
    assert len(re.findall(rf"^(?:{models})  ", printed[1], re.M)) == 8


def test_each_part_says_what_it_shows(printed):
    for beginning in ("S1. The table of a public question", "S2. The table of a second", "Real tables that scikit"):
        assert beginning in printed[1]


def test_the_end_says_in_four_lines_what_was_seen(printed):
    *_, title, first, second, third, fourth = printed[1].splitlines()
    assert title == "What was seen"
    assert first.startswith("1. S1: the network of the question ") and second.startswith("2. S2: the network ")
    assert re.search(r"on [01] of 1 by default, and on [01] with one network\.$", third)
    assert fourth.startswith("4. Time of all searches on them: MLPClassifier ")


def test_the_prior_predicts_the_largest_class_only(printed):
    line = next(line for line in printed[1].splitlines() if line.startswith("class prior"))
    assert "always b" in line
    assert " 0 76 0 0 0 " in line


def test_predicted_rows_add_up_to_the_test_rows(printed):
    for line in printed[1].splitlines():
        if match := re.search(r" ((?:\d+ ){4}\d+)  ", line):
            assert sum(map(int, match.group(1).split())) in (76, 20)


def test_the_reports_own_sentences_follow_each_trap(printed):
    assert len(re.findall(r"HEALTHY|REPAIRED|NO_SIGNAL|COLLAPSED", printed[1])) >= 4


def test_the_grid_searches_tell_what_they_chose(printed):
    lines = [line for line in printed[1].splitlines() if line.startswith("wine: ")]
    assert [line.split()[1] for line in lines[:1]] == ["class"]
    assert len(lines) == 4
    assert all(re.search(r" hidden_layer_sizes=\((8,|4, 4)\)$", line) for line in lines[1:])


def test_off_a_terminal_progress_is_one_plain_line_a_step(printed):
    lines = printed[2].splitlines()
    assert lines[:2] == ["[1/13] TensorFlow", "[2/13] S1: class prior"]
    assert lines[-1] == "[13/13] wine: RobustMLPClassifier"
    assert len(lines) == 13
    assert "\r" not in printed[2]


def test_full_means_every_row_of_the_question(monkeypatch):
    asked = []
    monkeypatch.setattr(demo, "founding_part", lambda size, begin, seen: asked.append(size.founding_rows) or [])
    monkeypatch.setattr(demo, "waveform_part", lambda size, begin, seen: [])
    monkeypatch.setattr(demo, "table_part", lambda size, begin, seen: [])
    assert main(full=True) == main(full=False) == 0
    assert asked == [269_501, 60_000]
