"""warm_start: a fit that goes on from the weights of the previous one, on the same table or on another chunk."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.records import Verdict
from tests.tiny_fits import able, clouds, clouds_with_levels

X, Y = clouds()


def test_warm_start_goes_on_from_the_weights_before():
    cold = able(max_iter=30).fit(X, Y)
    clf = able(max_iter=30, warm_start=True).fit(X, Y)
    assert_array_equal(clf.predict_proba(X), cold.predict_proba(X))
    first_loss = clf.loss_curve_[0]
    clf.fit(X, Y)
    assert clf.loss_curve_[0] < first_loss / 2


def test_warm_start_goes_on_with_the_same_network_on_a_table_that_has_grown():
    rows = np.random.default_rng(0).normal(size=(2_100, 3))
    clf = RobustMLPClassifier(max_iter=1, warm_start=True, random_state=0)
    for n in (500, 2_100):  # alone, the second would have wider layers and fewer members
        clf.fit(rows[:n], rows[:n, 0] > 0)
        architecture = clf._fitted.weights.architecture
        assert (architecture["hidden_layer_sizes"], architecture["n_members"]) == ((64, 64), 12)


def test_warm_start_refuses_other_classes():
    clf = able(warm_start=True).fit(X, Y)
    predicted = clf.predict(X)
    message = (
        "warm_start=True continues with the classes of the previous fit, [0, 1, 2], but y has [0, 1]. "
        "Pass warm_start=False, or clone the estimator."
    )
    with pytest.raises(ValueError) as error:
        clf.fit(X[Y < 2], Y[Y < 2])
    assert str(error.value) == message
    assert_array_equal(clf.predict(X), predicted)  # nothing is lost: not the names of the classes, either
    assert len(np.unique(predicted)) == 3


def test_inputs_that_a_member_no_longer_sees_no_longer_count():
    settings = {"n_members": 3, "warm_start": True}
    clf = able(numerical_embedding="piecewise_linear", **settings).fit(X, Y)
    clf.set_params(numerical_embedding="mixed").fit(X, Y)
    kernel, is_piece = clf._fitted.weights.trainable[0], clf._fitted.encoding.is_piece
    assert (kernel[:, is_piece] != 0).any(axis=(1, 2)).tolist() == [True, False, True]


def ruined(**changes):
    """A classifier with a network that the guard repairs, and its table."""
    rows = np.random.default_rng(0).normal(size=(400, 5))
    clf = RobustMLPClassifier((8,) * 12, activation="sigmoid", max_iter=30, learning_rate=1e-5, n_members=1)
    return clf.set_params(random_state=0, warm_start=True, **changes), rows, rows[:, 0] > 0


def test_a_warm_start_after_a_repair_goes_on_with_what_was_repaired():
    clf, rows, labels = ruined()
    first = clf.fit(rows, labels)._plan
    assert clf.report_.verdict == Verdict.REPAIRED
    assert clf.fit(rows, labels)._plan.hidden_layer_sizes == first.hidden_layer_sizes
    assert clf.score(rows, labels) > 0.9


def test_further_warm_starts_still_know_what_was_repaired():
    clf, rows, labels = ruined()
    first = clf.fit(rows, labels)._plan
    for _ in range(2):
        plan = clf.fit(rows, labels)._plan
    assert (plan.hidden_layer_sizes, plan.activation) == (first.hidden_layer_sizes, first.activation)
    assert plan.learning_rate == first.learning_rate != clf.learning_rate


def test_a_warm_start_with_another_network_names_what_differs():
    clf = able(warm_start=True, max_iter=2).fit(X, Y)
    clf.set_params(hidden_layer_sizes=(5,), n_members=2)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\(5,\) \(then \(8,\)\), n_members=2 \(then 1\)\. Pass"):
        clf.fit(X, Y)


def test_a_warm_start_takes_what_was_typed_since():
    clf, rows, labels = ruined()
    assert clf.fit(rows, labels)._plan.learning_rate != 1e-5
    assert clf.set_params(learning_rate=0.003).fit(rows, labels)._plan.learning_rate == 0.003


# ---- chunks


def test_chunks_of_counts_go_on():
    rng = np.random.default_rng(0)
    rows = rng.poisson(np.exp(rng.standard_normal((900, 4)))).astype(float)
    labels = (rows[:, 0] > rows[:, 1]).astype(int)
    clf = able(warm_start=True, max_iter=10, numerical_embedding="auto", scale="standard")
    losses = []
    for part in np.array_split(np.arange(900), 6):
        clf.fit(rows[part], labels[part])
        losses.append(clf.loss_curve_[0])
    assert losses[-1] < losses[0] / 2
    assert clf.score(rows, labels) > 0.9


def test_chunks_with_other_levels_go_on_and_keep_the_levels_of_earlier_ones():
    rng = np.random.default_rng(0)
    levels = np.repeat(np.arange(8), 100)
    frame = pd.DataFrame({"x": rng.standard_normal(800), "level": [f"l{i}" for i in levels]})
    labels = ((levels % 2) ^ (rng.random(800) < 0.02)).astype(int)
    clf = able(warm_start=True, learning_rate=0.01)
    for part in np.array_split(np.arange(800), 4):
        clf.fit(frame.iloc[part], labels[part])
    assert clf._reader.levels[1] == tuple(f"l{i}" for i in range(8))
    assert clf.score(frame, labels) > 0.9


def test_many_levels_go_on_with_their_vectors():
    frame, labels = clouds_with_levels()
    clf = able(warm_start=True, max_iter=3).fit(frame.iloc[:500], labels[:500])
    sizes = clf._fitted.encoding.embedding_sizes
    vectors = clf._fitted.weights.trainable[0]
    clf.set_params(learning_rate=1e-12).fit(frame.iloc[300:], labels[300:])
    kept = clf._fitted.weights.trainable[0]
    assert kept.shape[-2] >= sizes[0]
    assert_allclose(kept[..., : sizes[0], :], vectors, atol=1e-6)


def test_a_warm_start_answers_as_before_until_it_is_trained():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((400, 3))
    labels = (rows[:, 0] > 0).astype(int)
    clf = able(warm_start=True, max_iter=5, weight_decay=0.0).fit(rows[:200], labels[:200])
    before = clf.predict_proba(rows)
    clf.set_params(learning_rate=1e-12, max_iter=1).fit(2 * rows[200:] + 1, labels[200:])
    assert_allclose(clf.predict_proba(rows), before, atol=1e-4)


def test_a_warm_start_after_partial_fit_goes_on():
    clf = able(warm_start=True)
    for _ in range(30):
        clf.partial_fit(X, Y, classes=[0, 1, 2])
    loss = clf.loss_curve_[-1]
    assert clf.fit(X, Y).loss_curve_[0] < 2 * loss + 0.1
