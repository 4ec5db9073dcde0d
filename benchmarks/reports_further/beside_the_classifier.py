"""What came wrong into the classifier, brought to what stands beside it."""

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import (
    GOOD,
    case,
    caught,
    clouds,
    quick,
    refused,
    right_or_says,
    small_network,
)
from robust_mlp import (
    PriorShiftClassifier,
    compare_imbalance,
    compare_models,
    contributions,
    diagnose,
    explain,
    inspect_model,
    search_space,
)
from robust_mlp.keras_classifier import GuardedKerasClassifier

FEW = {"max_iter": 3, "max_restarts": 0}


def guarded(**parameters):
    return GuardedKerasClassifier(small_network, **({"epochs": 15, "random_state": 0} | parameters))


def columns(X):
    return dict(zip("abcd", X.T.tolist(), strict=True))


@case
def own_network_on_masked_cells():
    X, y = clouds(spread=3.0)
    hidden = np.random.default_rng(0).random(X.shape) < 0.3
    masked = np.ma.array(np.where(hidden, 1e20, X), mask=hidden)
    right_or_says(lambda: guarded().fit(masked, y), lambda clf: clf.score(masked, y) > GOOD, "mask")


@case
def own_network_on_labels_with_nan():
    X, y = clouds(200)
    names = np.array(["no", "yes"])[y].tolist()
    refused(lambda: guarded(epochs=1).fit(X, [float("nan"), *names[1:]]), "NaN")
    refused(lambda: guarded(epochs=1).fit(X, [1, *names[1:]]), "int, str")


@case
def own_network_in_calls_without_rows():
    X, y = clouds(200)
    clf, _, _ = caught(lambda: guarded().partial_fit(X, y, classes=[0, 1]))
    before = clf.predict_proba(X)
    refused(lambda: clf.partial_fit(X[:0], y[:0]), "0 sample")
    assert np.array_equal(clf.predict_proba(X), before)


@case
def own_network_with_classes_as_a_set():
    X, y = clouds(200)
    right_or_says(
        lambda: guarded().partial_fit(X, y, classes={0, 1}), lambda clf: list(clf.classes_) == [0, 1], "classes"
    )


@case
def own_network_judged_by_rows_that_it_knows():
    X, y = clouds(200)
    clf, said, _ = caught(lambda: guarded(epochs=3).fit(X, y, X_val=X, y_val=y))
    assert "X_val" in said + str(getattr(clf, "report_", clf)), said


@case
def own_network_on_groups_that_are_the_classes():
    X, y = clouds(200)
    clf, said, _ = caught(lambda: guarded(epochs=3).fit(X, y, groups=y))
    assert "group" in said + str(getattr(clf, "report_", clf)), said


@case
def own_network_on_near_copies():
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(40, 4)), 10, axis=0) + rng.normal(scale=1e-6, size=(400, 4))
    clf, said, _ = caught(lambda: guarded(epochs=100).fit(X, np.repeat(rng.integers(0, 2, 40), 10)))
    assert "groups" in said + str(getattr(clf, "report_", clf)), str(clf.report_)[:300]


@case
def rows_to_predict_that_are_no_table():
    X, y = clouds(200)
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf, _, _ = caught(lambda: quick(**FEW).fit(frame, y))
    for call in (clf.predict, clf.predict_proba, clf.decision_function):
        refused(lambda call=call: call(columns(X)), "pandas.DataFrame(X)")
    refused(lambda: clf.partial_fit(columns(X), y), "pandas.DataFrame(X)")
    refused(lambda: quick(**FEW).fit(frame, y, X_val=columns(X), y_val=y), "X_val", "pandas.DataFrame")


@case
def a_dict_to_everything_else():
    X, y = clouds(200)
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf, _, _ = caught(lambda: quick(**FEW).fit(frame, y))
    refused(lambda: explain(clf, columns(X), y, random_state=0), "DataFrame")
    refused(lambda: contributions(clf, columns(X)), "DataFrame")
    refused(lambda: PriorShiftClassifier(quick(**FEW)).fit(columns(X), y), "DataFrame")
    shifted, _, _ = caught(lambda: PriorShiftClassifier(clf).fit(frame, y))
    refused(lambda: shifted.adapt(columns(X)), "DataFrame")
    refused(lambda: search_space(columns(X), y), "DataFrame")


@case
def missing_labels_to_everything_else():
    X, y = clouds(200)
    names = np.array(["no", "yes"])[y].tolist()
    missing = [float("nan"), *names[1:]]
    clf, _, _ = caught(lambda: quick(**FEW).fit(X, names))
    refused(lambda: explain(clf, X, missing, random_state=0), "NaN")
    refused(lambda: PriorShiftClassifier(quick(**FEW)).fit(X, missing), "NaN")
    refused(lambda: compare_models(clf, X, missing), "NaN")
    refused(lambda: compare_imbalance(clf, X, missing), "NaN")
    refused(lambda: diagnose(clf, X, missing), "NaN")


@case
def masked_cells_to_what_inspects():
    X, y = clouds(200)
    masked = np.ma.array(
        np.where(np.arange(800).reshape(X.shape) % 9 == 0, 1e20, X), mask=np.arange(800).reshape(X.shape) % 9 == 0
    )
    right_or_says(lambda: inspect_model(small_network(), masked, y), lambda found: "1e+20" not in str(found), "mask")
