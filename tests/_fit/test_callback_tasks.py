"""What scikit-learn's callbacks are told of a fit that the guard begins again: a bar of its own, and every epoch."""

import itertools

import pytest

from tests.tiny_fits import clouds, tiny

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")

X, Y = clouds()
# The learning rate is so low that nothing is learned; the guard raises it.
COLLAPSES = {"max_iter": 40, "learning_rate": 1e-8, "collapse_guard": "repair", "early_stopping": True}


@pytest.fixture
def shown(monkeypatch):
    """What a ProgressBar shows after each task: dicts of each bar's name to its share."""
    from sklearn.callback import _progressbar

    shown = []

    class Monitor(_progressbar.RichProgressMonitor):
        def _on_task_end(self, task_info):
            super()._on_task_end(task_info)
            shown.append({bar.description.strip(): bar.percentage / 100 for bar in self.progress_ctx._ordered_tasks})

    monkeypatch.setattr(_progressbar, "RichProgressMonitor", Monitor)
    return shown


def shares_of(shown, words):
    """The shares that the one bar whose name holds `words` has gone through."""
    (name,) = {name for bars in shown for name in bars if words in name}
    return [bars[name] for bars in shown if name in bars]


def test_a_repair_has_a_bar_of_its_own_from_0_to_100_percent(shown):
    clf = tiny(**COLLAPSES).set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert clf.n_restarts_ == 1
    repair = shares_of(shown, "training again")
    assert repair == sorted(repair) and repair[0] < 0.3 and repair[-1] == 1.0
    assert max(b - a for a, b in itertools.pairwise(repair)) < 0.3  # it goes, and does not jump
    whole = shares_of(shown, "RobustMLPClassifier - fit")
    assert whole == sorted(whole) and whole[-1] == 1.0
    n_bars = [len(bars) for bars in shown]
    assert n_bars == sorted(n_bars) and set(n_bars) == {1, 2}


def test_a_fit_without_a_repair_has_one_bar(shown):
    tiny(max_iter=3).set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert {tuple(bars) for bars in shown} == {("RobustMLPClassifier - fit",)}


def test_a_callback_that_scores_is_told_of_every_epoch_of_every_training():
    monitor = callback.ScoringMonitor(scoring="accuracy")
    clf = tiny(**COLLAPSES).set_callbacks(monitor, callback.ProgressBar()).fit(X, Y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    of_the_fit = [row for row in rows if len(row["task_id_path"]) == 2]
    of_the_repair = [row for row in rows if len(row["task_id_path"]) == 3]
    first, second = clf.report_.attempts
    assert (len(of_the_fit), len(of_the_repair)) == (first.n_epochs, second.n_epochs)
    assert of_the_repair[-1]["accuracy"] > of_the_fit[-1]["accuracy"]


def test_a_repair_after_all_announced_epochs_is_one_more_task():
    """A fit may have told of all epochs that it announced before the guard begins again."""
    monitor = callback.ScoringMonitor(scoring="accuracy")
    settings = COLLAPSES | {"max_iter": 2, "early_stopping": False}
    clf = tiny(**settings).set_callbacks(monitor).fit(X, Y)
    assert clf.n_restarts_ >= 1 and clf.report_.attempts[0].n_epochs == 2
    repairs = {row["parent_task_id_path"] for row in monitor.get_logs().data if len(row["task_id_path"]) == 3}
    assert len(repairs) == clf.n_restarts_


def test_a_grid_search_shows_a_repair_too(shown):
    from sklearn.model_selection import GridSearchCV

    clf = tiny(**COLLAPSES)
    search = GridSearchCV(clf, {"hidden_layer_sizes": [(8,)]}, cv=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=1)).fit(X, Y)
    assert any("training again" in name for bars in shown for name in bars)
