"""Callbacks of scikit-learn, which it has from version 1.9 on, may watch a fit."""

import pytest
from numpy.testing import assert_array_equal

from tests.tiny_fits import able, clouds, tiny

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")

X, Y = clouds()


def test_scoring_monitor_scores_every_epoch():
    monitor = callback.ScoringMonitor(scoring="accuracy")
    able(max_iter=4).set_callbacks(monitor).fit(X, Y)
    logs = monitor.get_logs()
    scores = [entry["accuracy"] for log in logs for entry in log.data] if isinstance(logs, list) else logs.data
    assert len(scores) >= 4


def test_progress_bar_watches_a_fit(capsys):
    tiny(max_iter=3).set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert "fit" in capsys.readouterr().out


def test_progress_counts_the_epochs_of_the_schedule_and_all_of_them_where_nothing_ends_a_training_before():
    class Counting:
        """A callback that notes how many tasks a fit announces, and how many it ends."""

        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            if context.parent is None:
                ANNOUNCED.append(context.max_subtasks)

        def on_fit_task_end(self, estimator, context):
            if context.parent is not None:
                ENDED.append(context.task_name)

        def teardown(self, estimator, context):
            pass

    clf = able(max_iter=500, learning_rate_schedule="auto", early_stopping=False, batch_size=8)
    clf.set_callbacks(Counting()).fit(X, Y)
    assert [clf.n_iter_] == ANNOUNCED and clf.n_iter_ < 500
    assert ["epoch"] * clf.n_iter_ == ENDED


ANNOUNCED, ENDED = [], []


def test_a_progress_bar_is_full_when_early_stopping_ends_the_training(monkeypatch):
    from sklearn.callback import _progressbar

    shares = []

    class Monitor(_progressbar.RichProgressMonitor):
        """Notes the share of the fit that is shown after each task."""

        def _on_task_end(self, task_info):
            super()._on_task_end(task_info)
            shares.append(self.root_rich_task.progress)

    monkeypatch.setattr(_progressbar, "RichProgressMonitor", Monitor)
    clf = able(max_iter=200, early_stopping=True, n_iter_no_change=4, learning_rate_schedule=None, tol=0.0)
    clf.set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert clf.report_.attempts[0].stop_reason == "early_stopping" and clf.n_iter_ < 150
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert shares[-2] >= 0.9  # before the task of the whole fit ends, which makes it 1


def test_callbacks_of_scikit_learn_do_not_change_the_fit():
    plain = able().fit(X, Y).predict_proba(X)
    watched = able().set_callbacks(callback.ScoringMonitor(scoring="accuracy")).fit(X, Y).predict_proba(X)
    assert_array_equal(plain, watched)
