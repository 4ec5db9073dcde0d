"""Settings of the user that fail in the middle of a fit: the classifier is as it was before, and the cause is said."""

import keras
import numpy as np

from benchmarks.reports_further.cases import case, caught, clouds, quick, refused, right_or_says, small_network
from robust_mlp.keras_classifier import GuardedKerasClassifier

FEW = {"max_iter": 3, "max_restarts": 0}


def still_predicts(change, *words, error=(ValueError, TypeError)):
    """A refit with other parameters is refused, and the network of before answers as before."""
    X, y = clouds(200)
    clf, _, _ = caught(lambda: quick(**FEW).fit(X, y))
    before = clf.predict_proba(X)
    clf.set_params(**change)
    try:
        clf.fit(X[:, :3], np.array(["p", "q"])[y])
    except error as raised:
        assert all(word in str(raised) for word in words), raised
    else:
        raise AssertionError("not refused")
    assert np.array_equal(clf.predict_proba(X), before) and clf.classes_.tolist() == [0, 1]


class Sampler:
    def __init__(self, change=None):
        self.change = change

    def get_params(self, deep=True):
        return {"change": self.change}

    def set_params(self, **parameters):
        self.__dict__.update(parameters)
        return self

    def fit_resample(self, X, y):
        return self.change(X, y)


@case
def a_sampler_that_makes_new_classes():
    still_predicts({"sampler": Sampler(lambda X, y: (X, np.full(len(y), 7)))}, "sampler")


@case
def a_sampler_that_leaves_no_rows():
    still_predicts({"sampler": Sampler(lambda X, y: (X[:0], y[:0]))}, "sampler")


@case
def a_sampler_that_leaves_one_class():
    sampler = Sampler(lambda X, y: (X[y == y[0]], y[y == y[0]]))
    right_or_says(lambda: quick(**FEW, sampler=sampler).fit(*clouds(200)), lambda clf: False, "its rows were put back")


@case
def a_sampler_that_changes_columns():
    still_predicts({"sampler": Sampler(lambda X, y: (X[:, :1], y))}, "sampler")


@case
def a_sampler_that_makes_missing_cells():
    still_predicts({"sampler": Sampler(lambda X, y: (np.full_like(X, np.inf), y))}, "sampler")


@case
def a_scorer_that_gives_nan():
    X, y = clouds(300)
    right_or_says(lambda: quick(max_iter=5, scoring=lambda e, X, y: float("nan")).fit(X, y), lambda clf: False, "scor")


@case
def a_scorer_that_gives_text():
    still_predicts({"scoring": lambda e, X, y: "good"}, "scoring")


@case
def a_schedule_that_ends_in_nan():
    X, y = clouds(300)
    right_or_says(
        lambda: quick(max_iter=10, learning_rate_schedule=lambda p: 1.0 if p < 0.5 else float("nan")).fit(X, y),
        lambda clf: False,
        "learning_rate_schedule",
    )


@case
def a_schedule_that_raises_late():
    def schedule(progress):
        if progress > 0.5:
            raise ZeroDivisionError("late")
        return 1.0

    still_predicts({"learning_rate_schedule": schedule, "max_iter": 10}, "late", "learning_rate_schedule")


@case
def costs_that_are_no_costs():
    for costs in (
        [[0, np.nan], [1, 0]],
        [[0, np.inf], [1, 0]],
        [[0, 1, 2], [1, 0, 2]],
        [[0, 1]],
        [["a", "b"], ["c", "d"]],
        np.zeros((2, 2)),
    ):
        right_or_says(lambda costs=costs: quick(**FEW, decision=costs).fit(*clouds(200)), lambda clf: False, "decision")


@case
def a_decision_that_returns_nonsense():
    for decision in (lambda e, X, y: "best", lambda e, X, y: float("nan"), lambda: 0):
        right_or_says(
            lambda decision=decision: quick(**FEW, decision=decision).fit(*clouds(200)), lambda clf: False, "decision"
        )


@case
def a_callback_that_exits():
    class Exit(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise SystemExit(3)

    still_predicts({"callbacks": Exit()}, error=SystemExit)


@case
def a_callback_that_runs_out_of_memory_in_an_own_network():
    class Full(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise MemoryError("full")

    X, y = clouds(200)
    clf, _, _ = caught(lambda: GuardedKerasClassifier(small_network, epochs=3, random_state=0).fit(X, y))
    before = clf.predict_proba(X)
    clf.set_params(callbacks=[Full()])
    try:
        clf.fit(X, np.array(["p", "q"])[y])
    except MemoryError:
        pass
    else:
        raise AssertionError("not raised")
    assert np.array_equal(clf.predict_proba(X), before) and list(clf.classes_) == [0, 1]


@case
def optimizers_that_were_used_before():
    X, y = clouds(300, spread=3.0)
    used = keras.optimizers.Adam(0.01)
    small = small_network()
    small.compile(used, "binary_crossentropy")
    small.fit(X.astype("float32"), y, epochs=1, verbose=0)
    right_or_says(lambda: quick(max_iter=20, optimizer=used).fit(X, y), lambda clf: clf.score(X, y) > 0.9)
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 50)
    right_or_says(
        lambda: quick(max_iter=20, optimizer=keras.optimizers.Adam(schedule)).fit(X, y),
        lambda clf: clf.score(X, y) > 0.9,
        "schedule",
    )
    refused(lambda: quick(**FEW, optimizer=keras.optimizers.Adam).fit(X, y), "optimizer")
    right_or_says(
        lambda: quick(**FEW, optimizer=keras.optimizers.Adam(float("nan"))).fit(X, y),
        lambda clf: False,
        "learning rate",
        "learning_rate",
    )
