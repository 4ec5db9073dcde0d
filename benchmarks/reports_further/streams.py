"""Streams and warm starts that change on their way."""

import copy
import io

import joblib
import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import (
    GOOD,
    accuracy,
    case,
    caught,
    clouds,
    in_folder,
    quick,
    refused,
    right_or_says,
    small_network,
)
from robust_mlp import OneClassWarning, RobustMLPClassifier, load_model
from robust_mlp.keras_classifier import GuardedKerasClassifier


def begun(X, y, n_calls=3, **parameters):
    clf = RobustMLPClassifier(random_state=0, **parameters)
    caught(lambda: [clf.partial_fit(X, y, classes=[0, 1]) for _ in range(n_calls)])
    return clf


@case
def a_chunk_whose_numbers_become_text():
    X, y = clouds()
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf = begun(frame, y)
    before = clf.predict_proba(frame)
    dirty = frame.astype(object)
    dirty.loc[5, "b"] = "?"
    refused(lambda: clf.partial_fit(dirty, y), "b", "?")
    assert np.array_equal(clf.predict_proba(frame), before)
    other = begun(frame, y)
    caught(lambda: [c.partial_fit(frame, y) for c in (clf, other)])
    assert np.array_equal(clf.predict_proba(frame), other.predict_proba(frame))


@case
def a_shallow_copy_that_goes_on():
    X, y = clouds()
    clf = begun(X, y)
    before = clf.predict_proba(X)
    other = copy.copy(clf)
    caught(lambda: [other.partial_fit(X, 1 - y) for _ in range(5)])
    assert np.array_equal(clf.predict_proba(X), before), "the copy's training changed the original"


@case
def a_deep_copy_goes_on_in_the_same_bits():
    X, y = clouds()
    clf = begun(X, y)
    other = copy.deepcopy(clf)
    caught(lambda: [c.partial_fit(X, y) for c in (clf, other)])
    assert np.array_equal(clf.predict_proba(X), other.predict_proba(X))


@case
def other_parameters_between_two_calls():
    X, y = clouds(spread=3.0)
    for change in (
        {"hidden_layer_sizes": (5,)},
        {"activation": "tanh"},
        {"n_members": 3},
        {"scale": None},
        {"optimizer": "sgd"},
    ):
        clf = begun(X, y)
        clf.set_params(**change)
        name = next(iter(change))

        def goes_on(clf=clf):
            return clf.partial_fit(X, y)

        def used(clf, name=name, change=change):
            if name == "hidden_layer_sizes":
                return clf.model_.count_params() < 1000
            return getattr(clf._plan, name) == change[name]

        right_or_says(goes_on, used, name)


@case
def a_warm_start_with_other_parameters():
    X, y = clouds(spread=3.0)
    for change in (
        {"hidden_layer_sizes": (5,)},
        {"activation": "tanh"},
        {"n_members": 3},
        {"batch_norm": True},
        {"linear_path": False},
    ):
        clf, _, _ = caught(lambda: quick(hidden_layer_sizes=(8,), max_iter=5, warm_start=True).fit(X, y))
        clf.set_params(**change)
        right_or_says(
            lambda clf=clf: clf.fit(X, y),
            lambda c, change=change: c.model_ and c._plan.activation == change.get("activation"),
            next(iter(change)),
        )


@case
def classes_in_any_form():
    X, y = clouds(200)
    for classes in ({0, 1}, [1, 0], [0, 1, 1], np.array([0, 1]), pd.Series([0, 1]), range(2), (0, 1)):
        right_or_says(
            lambda classes=classes: RobustMLPClassifier(random_state=0).partial_fit(X, y, classes=classes),
            lambda clf: clf.classes_.tolist() == [0, 1],
            "classes",
        )
    refused(lambda: RobustMLPClassifier().partial_fit(X, y, classes=[0]), "class")
    refused(lambda: RobustMLPClassifier().partial_fit(X, y, classes=["0", "1"]), "classes")
    refused(lambda: RobustMLPClassifier().partial_fit(X, y, classes=2), "classes")


@case
def a_call_without_rows():
    X, y = clouds(200)
    clf = begun(X, y)
    before = clf.predict_proba(X)
    right_or_says(lambda: clf.partial_fit(X[:0], y[:0]), lambda c: True, "0 sample")
    assert np.array_equal(clf.predict_proba(X), before)


@case
def a_file_read_into_shared_memory_goes_on():
    X, y = clouds(400)
    clf = begun(X, y)
    with in_folder() as folder:
        joblib.dump(clf, folder / "m.joblib")
        again = joblib.load(folder / "m.joblib", mmap_mode="r")
        caught(lambda: [c.partial_fit(X, y) for c in (clf, again)])
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


@case
def a_fit_read_into_shared_memory():
    X, y = clouds(400)
    clf, _, _ = caught(lambda: quick(max_iter=5, warm_start=True).fit(X, y))
    with in_folder() as folder:
        joblib.dump(clf, folder / "m.joblib")
        again = joblib.load(folder / "m.joblib", mmap_mode="r")
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))
        caught(lambda: [c.fit(X, y) for c in (clf, again)])
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


@case
def a_stream_of_chunks_of_other_dtypes():
    X, y = clouds(900, spread=3.0)
    whole = pd.DataFrame(np.rint(X * 10), columns=list("abcd"))
    forms = [
        whole.astype("int64"),
        whole.astype("Int64"),
        whole.where(np.arange(whole.size).reshape(whole.shape) % 9 != 0),
        whole.astype("float32"),
        whole.astype(object),
    ]
    clf = RobustMLPClassifier(random_state=0)

    def stream():
        for _ in range(4):
            for i, form in enumerate(forms):
                rows = slice(i * 180, (i + 1) * 180)
                clf.partial_fit(form.iloc[rows], y[rows], classes=[0, 1])
        return clf

    right_or_says(stream, lambda clf: accuracy(clf, whole, y) > 0.9)


@case
def a_first_chunk_whose_words_are_all_missing():
    X, y = clouds(600)
    frame = pd.DataFrame({"town": np.where(y == 1, "Rome", "Oslo").astype(object), "n": X[:, 0]})
    first = frame.iloc[:50].assign(town=None)
    clf = RobustMLPClassifier(random_state=0)

    def stream():
        clf.partial_fit(first, y[:50], classes=[0, 1])
        for _ in range(10):
            clf.partial_fit(frame, y)
        return clf

    right_or_says(stream, lambda clf: accuracy(clf, frame, y) > 0.9, "town")


@case
def fit_then_stream_then_fit():
    X, y = clouds(300)
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    caught(lambda: clf.partial_fit(X[:, :4], y))
    refused(lambda: clf.partial_fit(X[:, :3], y), "4")
    caught(lambda: clf.fit(X[:, :3], y))
    fresh, _, _ = caught(lambda: quick(max_iter=5).fit(X[:, :3], y))
    assert np.array_equal(clf.predict_proba(X[:, :3]), fresh.predict_proba(X[:, :3]))


@case
def a_loaded_own_network_goes_on():
    X, y = clouds(300)
    clf = GuardedKerasClassifier(small_network, random_state=0)
    caught(lambda: [clf.partial_fit(X, y, classes=[0, 1]) for _ in range(3)])
    with in_folder() as folder:
        clf.save_model(folder / "m.rmlp")
        again, said, _ = caught(lambda: load_model(folder / "m.rmlp"))
    caught(lambda: [c.partial_fit(X, y) for c in (clf, again)])
    assert np.allclose(again.predict_proba(X), clf.predict_proba(X), atol=1e-6), io.StringIO(said).read()[:200]


def streamed(parts, classes):
    clf = RobustMLPClassifier(random_state=0)
    _, said, told = caught(lambda: [clf.partial_fit(X, y, classes=classes) for X, y in parts])
    return clf, said, told


@case
def stream_whose_first_rows_are_all_missing():
    X, y = clouds(900)
    first = np.full((20, 4), np.nan)
    clf, said, _ = streamed([(first, y[:20])] + [(X[i : i + 50], y[i : i + 50]) for i in range(0, 900, 50)] * 4, [0, 1])
    assert accuracy(clf, X, y) > GOOD - 0.05, said[-300:]


@case
def stream_in_other_units_at_first():
    X, y = clouds(900)
    parts = [(X[i : i + 50] * (1000 if i == 0 else 1), y[i : i + 50]) for i in range(0, 900, 50)] * 4
    clf, said, _ = streamed(parts, [0, 1])
    assert accuracy(clf, X, y) > GOOD - 0.05, said[-300:]


@case
def stream_of_single_rows():
    X, y = clouds(300)
    clf, said, _ = streamed([(X[i : i + 1], y[i : i + 1]) for i in range(300)], [0, 1])
    assert accuracy(clf, X, y) > 0.8 or "predict gives" in said, accuracy(clf, X, y)


@case
def own_network_in_a_stream_of_one_class():
    X, y = clouds(600)

    def make():
        return small_network(learning_rate=0.05)

    clf = GuardedKerasClassifier(make, random_state=0)
    order = np.argsort(y, kind="stable")[:300]

    def stream():
        for _ in range(5):
            clf.partial_fit(X[order], y[order], classes=[0, 1])

    _, said, told = caught(stream)
    assert any(issubclass(w.category, OneClassWarning) for w in told), said
