"""How RobustMLPClassifier trains: what is kept, what stops it, what is repaired."""

import pickle
import signal
import threading
import time
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network import MLPClassifier

from robust_mlp import CollapseWarning, DriftWarning, RobustMLPClassifier
from robust_mlp._network import training
from robust_mlp.datasets import make_weak_signal, make_xor
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds()


# What is kept


def test_fitted_attributes_carry_the_names_of_mlpclassifier():
    clf = tiny(early_stopping=True, max_iter=3).fit(X, Y)
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.validation_scores_) == 3
    assert clf.best_loss_ == min(clf.loss_curve_)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.out_activation_ == "softmax"
    assert_allclose(clf.class_prior_, np.bincount(Y) / len(Y))
    assert set(clf.history_) == {"loss", "learning_rate", "val_loss", "val_accuracy"}


def test_without_held_out_rows_there_are_no_validation_scores():
    clf = tiny().fit(X, Y)
    assert clf.validation_scores_ is None
    assert clf.best_validation_score_ is None


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_keras_model_gives_the_same_probabilities(n_members, batch_norm):
    clf = tiny(n_members=n_members, batch_norm=batch_norm, early_stopping="auto").fit(X, Y)
    assert isinstance(clf.model_, keras.Model)
    encoded = clf._fitted.encoding.transform(X)
    assert_allclose(clf.model_(encoded), clf.predict_proba(X), atol=1e-6)


def many_levels(n_rows=2400, n_levels=300, seed=0):
    """A frame whose one category decides the label, level by level, and a column of noise."""
    rng = np.random.default_rng(seed)
    levels = np.arange(n_rows) % n_levels
    sides = rng.permutation(n_levels) < n_levels // 2
    frame = pd.DataFrame({"town": pd.Categorical([f"t{i}" for i in levels]), "noise": rng.normal(size=n_rows)})
    return frame, np.where(sides[levels] ^ (rng.random(n_rows) < 0.05), "yes", "no")


@pytest.mark.parametrize("n_members", [1, 2])
def test_each_level_of_a_category_of_many_is_learnt(n_members):
    frame, labels = many_levels()
    settings = {"n_members": n_members, "early_stopping": "auto", "learning_rate_schedule": None}
    clf = able(**settings).fit(frame[:1800], labels[:1800])
    assert clf.score(frame[1800:], labels[1800:]) > 0.9
    encoded = clf._fitted.encoding.transform(clf._reader.read(clf, frame[1800:]))
    assert_allclose(clf.model_(encoded), clf.predict_proba(frame[1800:]), atol=1e-6)
    new = frame[1800:1900].assign(town="never seen")
    with pytest.warns(DriftWarning, match="'town' hold levels that were never seen"):
        probabilities = clf.predict_proba(new)
    assert np.isfinite(probabilities).all()
    with pytest.warns(DriftWarning):
        assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(new), probabilities)


def test_many_levels_can_be_learnt_a_piece_at_a_time_and_gone_on_with():
    frame, labels = many_levels(600, 150)
    clf = tiny(learning_rate=0.03)
    for _ in range(10):
        clf.partial_fit(frame, labels, classes=["no", "yes"])
    assert clf.score(frame, labels) > 0.9
    warm = tiny(warm_start=True).fit(frame, labels)
    first = warm.loss_curve_[0]
    assert warm.fit(frame, labels).loss_curve_[0] < first


def test_mixed_members_see_numbers_whole_or_in_pieces():
    clf = tiny(n_members=3, numerical_embedding="mixed", early_stopping="auto").fit(X, Y)
    kernel, is_piece = clf._fitted.weights.trainable[0], clf._fitted.encoding.is_piece
    assert is_piece.any() and not is_piece.all()
    sees_pieces = (kernel[:, is_piece] != 0).any(axis=(1, 2))
    assert sees_pieces.tolist() == [True, False, True]
    assert (kernel[:, ~is_piece] != 0).any(axis=(1, 2)).all()


@pytest.mark.parametrize("guard, is_repaired", [("repair", True), ("warn", False), ("off", False)])
def test_a_member_with_a_bad_start_is_trained_again_where_repairs_are_wanted(monkeypatch, guard, is_repaired):
    draw, calls = training.initial_weights, []

    def draw_broken(*args, **kwargs):
        weights = draw(*args, **kwargs)
        if not calls:
            weights[0][1], weights[1][1] = 0, -100
        calls.append(1)
        return weights

    monkeypatch.setattr(training, "initial_weights", draw_broken)
    table, labels = make_xor(600, 2, random_state=0)  # where the linear path is of no help
    settings = {"n_members": 4, "activation": "relu", "early_stopping": "auto", "numerical_embedding": None}
    clf = able(**settings, hidden_layer_sizes=(32,), collapse_guard=guard).fit(table, labels)
    assert clf.report_.verdict.value == ("UNCHECKED" if guard == "off" else "HEALTHY")
    assert any(advice.code == "retrained_members" for advice in clf.report_.advisories) is is_repaired
    assert len(calls) == (2 if is_repaired else 1)
    assert clf.score(table, labels) > 0.9


def test_the_keras_model_stays_out_of_the_pickle_and_comes_back():
    clf = tiny().fit(X, Y)
    before = len(pickle.dumps(clf))
    model = clf.model_
    assert len(pickle.dumps(clf)) == before
    assert_allclose(pickle.loads(pickle.dumps(clf)).model_.get_weights()[0], model.get_weights()[0])


def test_a_pickle_is_small():
    table = np.random.default_rng(0).normal(size=(100, 20))
    clf = tiny(hidden_layer_sizes=(64, 64), numerical_embedding=None).fit(table, np.arange(100) % 2)
    assert len(pickle.dumps(clf)) <= 40_000


# Class weights that decide


@pytest.mark.parametrize("seed", range(3))
def test_weights_of_a_million_are_dropped_and_said_so(seed):
    table, labels = make_weak_signal(1500, auc=0.8, positive_share=0.2, random_state=seed)
    settings = {"n_members": 4, "early_stopping": "auto", "collapse_guard": "repair", "random_state": seed}
    clf = able(**settings, class_weight={0: 1.0, 1: 1e6}).fit(table, labels)
    report = clf.report_
    assert (report.verdict.value, report.findings[0].code) == ("REPAIRED", "class_weight_too_strong")
    assert 0 < clf.predict(table).mean() < 0.5
    balanced = able(**settings, class_weight="balanced").fit(table, labels)
    assert balanced.report_.verdict.value == "HEALTHY"


# Scorers, held-out rows, the epoch that is kept


def test_every_row_is_predicted_by_the_member_that_did_not_see_it():
    table = np.concatenate([X, X[:7]])  # equal rows have one answer
    labels = np.concatenate([Y, Y[:7]])
    weights = np.ones(len(labels))
    weights[3] = 0
    clf = able(n_members=4, early_stopping="auto").fit(table, labels, sample_weight=weights)
    found = clf.oof_decision_function_
    assert np.isnan(found[3]).all() and not np.isnan(np.delete(found, 3, axis=0)).any()
    assert_allclose(np.delete(found, 3, axis=0).sum(axis=1), 1.0)
    twice = np.array([0, 1, 2, 4, 5, 6])
    assert_array_equal(found[twice], found[len(X) + twice])
    network, encoded = clf._fitted.answering_weights.network(), clf._fitted.encoding.transform(table)
    members = np.stack([network.member_probabilities(encoded, i) for i in range(4)])
    seen = [np.flatnonzero(np.isclose(members[:, row], found[row]).all(axis=1)) for row in (0, 20, 40, 60)]
    for row, member in zip((0, 20, 40, 60), seen, strict=True):
        assert len(member) and row not in clf.sample_indices_[member[0]]
    assert not hasattr(clf.set_params(n_members=1).fit(table, labels), "oof_decision_function_")


def test_a_row_that_no_member_leaves_out_has_no_prediction_of_its_own():
    rows, labels = clouds(100, n_classes=2)
    labels[7] = 2
    found = able(n_members=3).fit(rows, labels).oof_decision_function_
    assert np.isnan(found[7]).all()
    assert np.isfinite(np.delete(found, 7, axis=0)).all()


def test_with_rows_of_the_users_own_no_row_is_predicted_unseen():
    assert not hasattr(able(n_members=2).fit(X, Y, X_val=X + 0.1, y_val=Y), "oof_decision_function_")


@pytest.mark.parametrize("scoring", ["loss", "accuracy", "balanced_accuracy", "roc_auc_ovr", "neg_log_loss"])
def test_any_scorer_can_pick_the_epoch(scoring):
    clf = able(early_stopping=True, scoring=scoring, validation_fraction=0.3).fit(X, Y)
    best = int(np.argmax(clf.validation_scores_))
    assert clf.best_validation_score_ == clf.validation_scores_[best]
    assert clf.score(X, Y) > 0.8


def test_a_scorer_that_never_saw_a_number_leaves_the_guard_to_repair():
    settings = {"optimizer": "sgd", "learning_rate": 1e30, "scoring": "accuracy", "early_stopping": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        clf = able(**settings, n_members=2, collapse_guard="repair").fit(X, Y)
    assert clf.report_.attempts[0].stop_reason == "nonfinite"
    assert clf.report_.verdict.value == "REPAIRED"


def test_a_scorer_sees_corrected_probabilities_where_they_are_wanted():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 2))
    labels = (rng.random(600) < 0.1 * np.exp(rows[:, 0] - 0.5)).astype(int)
    settings = {"class_weight": "balanced", "early_stopping": True, "n_members": 2, "scoring": "neg_log_loss"}
    corrected, as_is = (able(**settings, prior_correction=c).fit(rows, labels) for c in (True, False))
    assert max(corrected.validation_scores_) > max(as_is.validation_scores_) + 0.1
    assert max(corrected.validation_scores_) > -0.35  # the class shares alone have .33


def test_validation_rows_pick_the_epoch_however_few_rows_are_trained_on():
    clf = able(early_stopping="auto").fit(X, Y, X_val=X + 0.1, y_val=Y)
    assert len(clf.validation_scores_) == clf.n_iter_


def test_the_users_own_validation_rows_are_used_and_all_other_rows_trained_on():
    seen = []

    def record_rows(estimator, X, y):
        seen.append(len(y))
        return 0.0

    tiny(early_stopping=True, scoring=record_rows, max_iter=2).fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    assert seen == [30, 30]


def test_wrong_validation_labels_pick_an_early_epoch():
    wrong = (Y[60:] + 1) % 3
    settings = {"early_stopping": True, "max_iter": 40, "n_iter_no_change": 40, "learning_rate": 0.05}
    right = tiny(**settings).fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    misled = tiny(**settings).fit(X[:60], Y[:60], X_val=X[60:], y_val=wrong)
    assert np.argmax(misled.validation_scores_) < np.argmax(right.validation_scores_)


# Weights


def test_class_weights_and_sample_weights_multiply():
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 2, size=len(Y))
    per_class = {0: 1.0, 1: 3.0, 2: 0.5}
    # Scaling counts sample weights and not class weights, hence without it.
    both = tiny(class_weight=per_class, scale=None).fit(X, Y, sample_weight=weights)
    multiplied = tiny(scale=None).fit(X, Y, sample_weight=weights * np.vectorize(per_class.get)(Y))
    assert_allclose(both.predict_proba(X), multiplied.predict_proba(X), atol=1e-5)


def test_weights_have_no_scale():
    a, b = (tiny().fit(X, Y, sample_weight=np.full(90, w)).predict_proba(X) for w in (1.0, 1000.0))
    assert_allclose(a, b, atol=1e-6)


# What stops training


def test_max_time_ends_training_and_keeps_what_is_learnt():
    clf = able(max_iter=10**6, max_time=0.5, learning_rate_schedule=None)
    start = time.monotonic()
    clf.fit(X, Y)
    assert time.monotonic() - start < 60  # a million epochs take hours
    assert clf.n_iter_ < 10**6
    assert clf.score(X, Y) > 0.9


def test_ctrl_c_keeps_the_best_weights_so_far_and_says_so():
    clf = able(max_iter=10**6, learning_rate_schedule=None)
    tiny().fit(X, Y)  # so that the interrupt falls into the training, not into the import of TensorFlow
    timer = threading.Timer(2.0, signal.raise_signal, args=[signal.SIGINT])
    timer.start()
    with pytest.warns(
        UserWarning, match="^Training was interrupted after epoch \\d+; the best weights so far are kept."
    ):
        clf.fit(X, Y)
    assert clf.score(X, Y) > 0.9


# Optimizers


@pytest.mark.parametrize("name", ["SGD", "rmsprop", "AdamW", "nadam", "lion", "lamb"])
def test_any_optimizer_by_name(name):
    assert able(optimizer=name, learning_rate=0.01).fit(X, Y).loss_curve_[-1] < able().fit(X, Y).loss_curve_[0]


def test_an_optimizer_object_brings_its_settings_and_stays_untouched():
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0)
    clf = able(optimizer=optimizer, learning_rate_schedule=None).fit(X, Y)
    assert clf.history_["learning_rate"][0] == np.float32(0.05)
    assert not optimizer.built
    assert clf.score(X, Y) > 0.9


def test_an_optimizer_object_may_bring_a_schedule():
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 100)
    assert able(optimizer=keras.optimizers.Adam(schedule)).fit(X, Y).score(X, Y) > 0.9


# The guard's first form


def test_a_hopeless_learning_rate_is_repaired_and_the_report_says_so():
    rows, labels = clouds(300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        clf = RobustMLPClassifier((8,), learning_rate=1e-9, max_iter=20, random_state=0).fit(rows, labels)
    assert clf.report_.verdict.value == "REPAIRED"
    assert clf.n_restarts_ >= 1
    assert clf.score(rows, labels) > 0.9
    assert "learning_rate" in str(clf.report_)


@pytest.mark.parametrize(
    "broken, typed",
    [
        # Too low a rate: what too high a one leads to, and so the repair, hangs on the last bits of a sum.
        ({"learning_rate": 1e-7}, {"learning_rate": 2e-3, "learning_rate_schedule": "cosine", "max_iter": 106}),
        ({"scale": None}, {"scale": "standard"}),
        ({"dropout": 0.97}, {"dropout": 0.1}),
    ],
)
def test_typing_the_repair_gives_the_repaired_network(broken, typed):
    table, labels = make_xor(600, 6, random_state=0)
    table = table * np.logspace(-6, 6, 6)
    settings = {"n_members": 2, "max_iter": 40, "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        repaired = RobustMLPClassifier(**(settings | broken)).fit(table, labels)
    assert repaired.report_.verdict.value == "REPAIRED"
    assert_array_equal(
        repaired.predict_proba(table),
        RobustMLPClassifier(**(settings | typed)).fit(table, labels).predict_proba(table),
    )


# Tables of few kinds of rows


@pytest.mark.parametrize("seed", range(3))
def test_a_table_of_few_kinds_of_rows_is_learned_by_heart_as_it_should_be(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, (700, 2)).astype(float)
    labels = (kinds[:, 0] == kinds[:, 1]).astype(int)
    clf = RobustMLPClassifier(n_members=4, random_state=seed).fit(kinds[:400], labels[:400])
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.score(kinds[400:], labels[400:]) == 1.0
    assert clf.oof_decision_function_.shape == (400, 2) and np.isfinite(clf.oof_decision_function_).all()


def test_a_collapse_on_few_kinds_of_rows_is_repaired():
    bits = np.random.default_rng(0).integers(0, 2, (500, 3))
    clf = RobustMLPClassifier(n_members=2, learning_rate=1e-7, random_state=0).fit(bits, bits.sum(axis=1) % 2)
    assert clf.report_.verdict.value == "REPAIRED"
    assert clf.report_.findings[0].code == "learning_rate_too_low"
    assert clf.score(bits, bits.sum(axis=1) % 2) == 1.0


# What cuts a training short


@pytest.mark.parametrize(
    "settings, stop", [({}, "symptom"), ({"collapse_guard": "warn"}, "max_iter"), ({"max_restarts": 0}, "max_iter")]
)
def test_only_where_a_repair_may_follow_is_a_diverging_training_cut_short(settings, stop):
    clf = able(
        learning_rate=30.0, max_iter=25, learning_rate_schedule=None, **({"collapse_guard": "repair"} | settings)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        clf.fit(*make_xor(300, 6, random_state=0))
    assert clf.report_.attempts[0].stop_reason == stop


@pytest.mark.parametrize(("linear_path", "extra"), [(False, 0), (True, 4 * 3)])
def test_without_the_linear_path_the_network_is_that_of_scikit_learn(linear_path, extra):
    clf = able(hidden_layer_sizes=(8, 6), numerical_embedding=None, linear_path=linear_path).fit(X, Y)
    theirs = MLPClassifier((8, 6), max_iter=1000, random_state=0).fit(X, Y)
    n_weights = sum(w.size for w in (*theirs.coefs_, *theirs.intercepts_))
    assert sum(np.size(w) for w in clf.model_.trainable_weights) == n_weights + extra
    assert clf.score(X, Y) > 0.95
