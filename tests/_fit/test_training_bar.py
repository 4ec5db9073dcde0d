"""The bar of a fit: only where it can be drawn, with the best loss, and at 100 % where the training ends."""

import io
import sys

import pytest

from robust_mlp._core.records import EpochRecord
from robust_mlp._fit import training_bar
from robust_mlp._fit.expected_end import ExpectedEnd
from robust_mlp._fit.training_bar import TrainingBar, bar_for
from tests.tiny_fits import clouds, tiny

X, Y = clouds()


class Terminal(io.StringIO):
    """A text file that takes itself for a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    "verbose, stream, is_shown",
    [
        (1, Terminal(), True),
        (True, Terminal(), True),
        (0, Terminal(), False),
        (2, Terminal(), False),
        (1, io.StringIO(), False),
    ],
)
def test_a_bar_is_drawn_on_a_terminal_if_verbose_is_1(verbose, stream, is_shown):
    assert (bar_for(verbose, stream) is not None) is is_shown


def closed_terminal():
    stream = Terminal()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [None, closed_terminal()], ids=["none", "closed"])
@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_a_process_without_standard_error_fits(monkeypatch, stream, verbose):
    """Services and programs with windows only have none: `pythonw.exe` sets it to None."""
    monkeypatch.setattr(sys, "stderr", stream)
    assert bar_for(verbose) is None
    assert tiny(verbose=verbose).fit(X, Y).score(X, Y) >= 0


def test_a_notebook_is_no_terminal_and_gets_a_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert bar_for(1, io.StringIO()) is not None


def test_without_tqdm_there_is_no_bar(monkeypatch):
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    assert bar_for(1, Terminal()) is None


class Noting:
    """Stands for tqdm: notes what it is told."""

    def __init__(self, **settings):
        self.settings, self.total, self.n, self.texts, self.seen = settings, settings["total"], 0, [], []
        self.is_closed = False
        BARS.append(self)

    def set_postfix_str(self, text, refresh):
        self.texts.append(text)

    def update(self, n):
        self.n += n
        self.seen.append((self.n, self.total))

    def refresh(self):
        self.seen.append((self.n, self.total))

    def clear(self):
        self.texts.append("cleared")

    def close(self):
        self.is_closed = True


BARS = []


@pytest.fixture
def bar(monkeypatch):
    BARS.clear()
    monkeypatch.setattr(training_bar, "SECONDS_BEFORE_BAR", 0)
    return TrainingBar(Noting, Terminal())


def record(epoch, loss, held_out=None):
    return EpochRecord(epoch=epoch, loss=loss, learning_rate=0.01, validation_loss=held_out)


def test_the_bar_reaches_its_end_where_early_stopping_ends_the_training(bar):
    bar.begin(ExpectedEnd(100, 3))
    for epoch, loss in enumerate([0.9, 0.7, 0.8, 0.75, 0.71], start=1):
        bar.epoch(record(epoch, 0.5, loss))
    assert BARS[0].seen == [(1, 4), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert BARS[0].texts[-1] == "best held-out loss 0.7000 in epoch 2"
    bar.close()
    assert BARS[0].is_closed


def test_without_early_stopping_all_epochs_are_to_come(bar):
    bar.begin(ExpectedEnd(4, None))
    for epoch in (1, 2):
        bar.epoch(record(epoch, 1 / epoch))
    assert BARS[0].seen == [(1, 4), (2, 4)]
    assert BARS[0].texts[-1] == "best loss 0.5000 in epoch 2"
    bar.close()
    assert BARS[0].seen[-1] == (2, 2)  # whatever ended it


def test_no_more_epochs_are_expected_than_there_may_be(bar):
    bar.begin(ExpectedEnd(4, 10))
    assert BARS[0].total == 4


def test_each_attempt_has_a_bar_of_its_own_and_a_line_goes_above_it(bar, capsys):
    bar.begin(ExpectedEnd(4, None))
    bar.say("because")
    bar.begin(ExpectedEnd(4, None))
    assert [one.settings["desc"] for one in BARS] == ["Training", "Training again (2)"]
    assert BARS[0].is_closed and BARS[0].texts == ["cleared"]
    assert capsys.readouterr().out == "because\n"


def test_a_fit_draws_the_bar_and_announces_its_repair_when_it_happens(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(training_bar, "SECONDS_BEFORE_BAR", 0)
    monkeypatch.setattr(training_bar, "SECONDS_BETWEEN_DRAWS", 0)
    clf = tiny(verbose=1, max_iter=8, learning_rate=1e-8, collapse_guard="repair", early_stopping=True).fit(X, Y)
    assert clf.report_.verdict == "REPAIRED"
    drawn = terminal.getvalue()
    assert "Training:" in drawn and "Training again (2)" in drawn and "best held-out loss" in drawn
    last = [line for line in drawn.replace("\n", "\r").split("\r") if "Training again" in line][-1]
    assert "100%" in last
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Attempt 1: ") and "Training again with learning_rate=" in printed[0]
    assert printed[-1].startswith("Kept: ")
    assert not any(line.startswith("Epoch") for line in printed)


def test_a_short_fit_draws_nothing(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(training_bar, "SECONDS_BEFORE_BAR", 3600)
    tiny(verbose=1, max_iter=2).fit(X, Y)
    assert "Training" not in terminal.getvalue()
