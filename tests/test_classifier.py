"""How RobustMLPClassifier trains: what is kept, what stops it, who may look on."""

import contextlib
import io
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

from robust_mlp import CollapseWarning, RobustMLPClassifier
from robust_mlp._network import training
from robust_mlp._records import Verdict
from robust_mlp.datasets import make_weak_signal, make_xor
from tests.tiny import able, clouds, tiny

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
    assert np.isfinite(clf.predict_proba(new)).all()
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(new), clf.predict_proba(new))


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


def test_with_rows_of_the_users_own_no_row_is_predicted_unseen():
    assert not hasattr(able(n_members=2).fit(X, Y, X_val=X, y_val=Y), "oof_decision_function_")


@pytest.mark.parametrize("scoring", ["loss", "accuracy", "balanced_accuracy", "roc_auc_ovr", "neg_log_loss"])
def test_any_scorer_can_pick_the_epoch(scoring):
    clf = able(early_stopping=True, scoring=scoring, validation_fraction=0.3).fit(X, Y)
    best = int(np.argmax(clf.validation_scores_))
    assert clf.best_validation_score_ == clf.validation_scores_[best]
    assert clf.score(X, Y) > 0.8


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


# Going on


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
    clf = tiny(warm_start=True).fit(X, Y)
    message = (
        "warm_start=True goes on with the classes of the fit before, [0, 1, 2], but y now has [0, 1]. "
        "Pass warm_start=False, or clone the estimator."
    )
    with pytest.raises(ValueError) as error:
        clf.fit(X[Y < 2], Y[Y < 2])
    assert str(error.value) == message


def test_partial_fit_learns_piece_by_piece():
    clf = tiny(learning_rate=0.02)
    for _ in range(15):
        for part in np.array_split(np.arange(90), 3):
            clf.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert clf.n_iter_ == 45
    assert clf.score(X, Y) > 0.9


def test_partial_fit_may_meet_a_class_late():
    clf = tiny().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1, 2])
    assert clf.predict_proba(X).shape == (90, 3)
    clf.partial_fit(X, Y)
    assert clf.n_iter_ == 2


def test_partial_fit_goes_on_with_a_repaired_network():
    rows = np.random.default_rng(0).normal(size=(400, 5))
    labels = rows[:, 0] > 0
    ruined = RobustMLPClassifier((8,) * 12, activation="sigmoid", max_iter=30, learning_rate=1e-5, n_members=1)
    ruined.set_params(random_state=0).fit(rows, labels)
    assert ruined.report_.verdict == Verdict.REPAIRED
    before = ruined.score(rows, labels)
    assert ruined.partial_fit(rows, labels).score(rows, labels) > before - 0.05


def test_partial_fit_does_not_take_its_first_piece_for_the_table():
    few = RobustMLPClassifier(random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    assert few._fitted.weights.architecture["hidden_layer_sizes"] == (128, 128)


def test_partial_fit_goes_on_after_a_pickle_as_without():
    def begun():
        return tiny(dropout=0.2).partial_fit(X, Y, classes=[0, 1, 2])

    straight = begun().partial_fit(X, Y).predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(begun())).partial_fit(X, Y).predict_proba(X), straight)


def test_partial_fit_goes_on_after_fit():
    clf = able().fit(X, Y)
    before = clf.predict_proba(X)
    clf.partial_fit(X, Y)
    after = clf.predict_proba(X)
    assert 0 < np.abs(after - before).max() < 0.2


def test_partial_fit_needs_all_classes_at_first_and_the_same_later():
    with pytest.raises(ValueError, match=r"^The first call of partial_fit needs every class that will ever come"):
        tiny().partial_fit(X, Y)
    clf = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="are not the classes of the calls before: \\[0, 1, 2\\]"):
        clf.partial_fit(X, Y, classes=[0, 1])


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


# Who looks on


def test_verbose_0_prints_nothing_and_1_a_line_per_epoch():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tiny().fit(X, Y)
    assert out.getvalue() == ""
    with contextlib.redirect_stdout(out):
        tiny(verbose=1, early_stopping=True, max_iter=2).fit(X, Y)
    lines = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["Epoch 1", "Epoch 2"]


class Recorder(keras.callbacks.Callback):
    """Counts its own calls in a list that its deep copy shares."""

    calls = []  # noqa: RUF012

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append((epoch, sorted(logs)))

    def on_train_end(self, logs=None):
        self.calls.append("end")


def test_keras_callbacks_are_told_of_every_epoch_and_copied():
    Recorder.calls.clear()
    recorder = Recorder()
    tiny(callbacks=[recorder], early_stopping=True, max_iter=2).fit(X, Y)
    logs = ["learning_rate", "loss", "val_accuracy", "val_loss"]
    assert Recorder.calls == ["begin", (0, logs), (1, logs), "end"]
    assert recorder.model is None


def test_keras_early_stopping_stops_and_restores():
    callback = keras.callbacks.EarlyStopping("loss", patience=2, min_delta=10.0, restore_best_weights=True)
    clf = tiny(callbacks=callback, max_iter=50).fit(X, Y)
    assert clf.n_iter_ == 3
    assert_array_equal(clf.predict_proba(X), tiny(max_iter=50, callbacks=callback).fit(X, Y).predict_proba(X))
    one_epoch = tiny(max_iter=50, callbacks=StopAfter(1)).fit(X, Y)
    assert_array_equal(clf.predict_proba(X), one_epoch.predict_proba(X))


class StopAfter(keras.callbacks.Callback):
    """Stops after so many epochs."""

    def __init__(self, n_epochs):
        super().__init__()
        self.n_epochs = n_epochs

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch + 1 >= self.n_epochs


def test_keras_callbacks_may_set_the_learning_rate():
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 2 else 0.001)
    clf = tiny(callbacks=scheduler, max_iter=4, learning_rate_schedule=None).fit(X, Y)
    assert_allclose(clf.history_["learning_rate"], [0.01, 0.01, 0.001, 0.001], rtol=1e-6)


@pytest.mark.parametrize("n_members", [1, 2])
def test_csv_logger_checkpoint_and_tensorboard_write_their_files(tmp_path, n_members):
    callbacks = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True),
        keras.callbacks.TensorBoard(tmp_path / "board"),
    ]
    clf = tiny(callbacks=callbacks, max_iter=3, n_members=n_members, early_stopping="auto").fit(X, Y)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    assert list((tmp_path / "board").rglob("*tfevents*"))
    saved = keras.models.load_model(tmp_path / "best.keras")
    assert saved(clf._fitted.encoding.transform(X)).shape == (90, 3)
    pickle.dumps(clf)


def test_a_callback_that_acts_on_batches_is_refused_before_training():
    class OnBatch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    message = (
        "OnBatch acts on every batch, and the training runs whole epochs at a time. Pass a callback that acts on "
        "epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), or set its save_freq or update_freq "
        "to 'epoch'."
    )
    with pytest.raises(ValueError) as error:
        tiny(callbacks=OnBatch()).fit(X, Y)
    assert str(error.value) == message


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
        ({"learning_rate": 1e-7}, {"learning_rate": 2e-3, "learning_rate_schedule": "cosine", "max_iter": 200}),
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
