"""GuardedKerasClassifier: a user's own Keras network as a scikit-learn classifier under the guard."""

import gc
import pickle
import random
import resource
import subprocess
import sys
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from robust_mlp.callbacks import CollapseGuard
from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning
from robust_mlp.keras_classifier import GuardedKerasClassifier
from robust_mlp.keras_classifier.training import can_run_in_graph

L = keras.layers
IRIS, SPECIES = load_iris(return_X_y=True)
X, Y = make_classification(800, 8, n_informative=5, random_state=0)
X = X.astype("float32")
RNG = np.random.default_rng(0)


def create_mlp(meta, width=16, activation="relu", dropout=0.0, rate=0.01):
    """A network of the usual form for the labels it is told of."""
    binary = meta["target_type_"] == "binary"
    head = "softmax" if meta["target_type_"].startswith("multiclass") else "sigmoid"
    layers = [L.Dense(width, activation=activation), L.Dense(1 if binary else meta["n_classes_"], activation=head)]
    if dropout:
        layers.insert(1, L.Dropout(dropout))
    model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers])
    loss = "sparse_categorical_crossentropy" if head == "softmax" else "binary_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def uncompiled(meta):
    """A network that leaves optimizer and loss to the classifier."""
    head = [L.Dense(meta["n_classes_"], activation="softmax")]
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), L.Dense(16, activation="relu"), *head])


def tiny_descent():
    """A network so narrow, and steps so small, that it does not even learn four rows."""
    model = keras.Sequential([keras.Input((2,)), L.Dense(2, activation="sigmoid"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.01), "binary_crossentropy")
    return model


def still():
    """A network that does not move: the learning rate is far too small."""
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(1e-12), "binary_crossentropy")
    return model


def softmax_on_one_unit():
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def classifier(model=create_mlp, **settings):
    return GuardedKerasClassifier(model, **{"epochs": 15, "random_state": 0, **settings})


# Neither can be met by a subclass of scikeras' class: it inherits BaseEstimator before ClassifierMixin, and it defines
# `_more_tags` without `__sklearn_tags__`; changing that class itself would change it for everybody.
IMPOSSIBLE = {
    "check_mixin_order": AssertionError,
    "check_estimator_tags_renamed": TypeError,
}


CHECKS = list(estimator_checks_generator(GuardedKerasClassifier(create_mlp, epochs=40, random_state=0)))
# Names of our own: scikit-learn's hold the estimator's repr, and with it create_mlp's address, which differs from
# process to process.
CHECK_NAMES = [f"{i}-{check.func.__name__}" for i, (_, check) in enumerate(CHECKS)]


@pytest.mark.filterwarnings("ignore::robust_mlp.CollapseWarning", "ignore::robust_mlp.NoSignalWarning")
@pytest.mark.parametrize("estimator, check", CHECKS, ids=CHECK_NAMES)
def test_scikit_learn_check(estimator, check):
    name = check.func.__name__
    if name not in IMPOSSIBLE:
        check(estimator)
        return
    with pytest.raises(IMPOSSIBLE[name]):
        check(estimator)


# ---- a healthy network


def test_a_healthy_network_stays_as_it_is():
    clf = classifier().fit(X, Y)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.n_restarts_ == 0 and clf.report_.findings == ()
    assert clf.score(X, Y) > 0.85
    assert [type(layer).__name__ for layer in clf.model_.layers] == ["Dense", "Dense"]
    assert clf.model_.layers[0].units == 16
    np.testing.assert_array_equal(clf.classes_, [0, 1])


def test_the_guard_judges_held_out_rows_where_there_are_enough():
    assert classifier().fit(X, Y).report_.comparison.n_rows == 100
    many = classifier(epochs=1).fit(np.tile(X, (2, 1)) + RNG.normal(0, 0.1, (1600, 8)), np.tile(Y, 2)).report_
    assert many.comparison.n_rows == 160
    few = classifier().fit(X[:200], Y[:200]).report_
    assert few.comparison.in_sample and few.comparison.n_rows == 200
    own = classifier().fit(X[:600], Y[:600], X_val=X[600:], y_val=Y[600:]).report_
    assert own.comparison.n_rows == 200 and not own.comparison.in_sample


def test_the_history_has_keras_names():
    history = classifier(epochs=4).fit(X, Y).history_
    assert sorted(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert all(len(curve) == 4 for curve in history.values())


def test_parameters_are_routed_as_scikeras_routes_them():
    clf = classifier(
        uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", optimizer__learning_rate=0.05
    )
    assert float(clf.fit(IRIS, SPECIES).model_.optimizer.learning_rate) == pytest.approx(0.05)
    wide = classifier(model__width=7, model__dropout=0.2, fit__epochs=2).fit(X, Y)
    assert wide.model_.layers[0].units == 7 and len(wide.history_["loss"]) == 2
    assert clone(wide).get_params()["model__width"] == 7
    stopping = classifier(
        callbacks=keras.callbacks.EarlyStopping, callbacks__patience=2, callbacks__monitor="val_loss", epochs=60
    )
    assert len(stopping.fit(X, Y).history_["loss"]) < 60


def test_the_loss_is_chosen_where_none_was_given():
    clf = classifier(uncompiled, optimizer="adam").fit(IRIS, SPECIES)
    assert clf._trained.choice.loss == "sparse_categorical_crossentropy"


def test_columns_are_standardized_and_may_have_gaps():
    raw = X * np.logspace(0, 6, 8) + 1e4
    raw[5, 3] = np.nan
    clf = classifier().fit(raw, Y)
    assert clf.score(raw, Y) > 0.85
    assert np.isfinite(clf.predict_proba(raw)).all()


def test_a_network_that_scales_its_inputs_gets_them_raw():
    def with_normalization():
        scale = L.Normalization()
        scale.adapt(1000 * X)
        model = keras.Sequential(
            [keras.Input((8,)), scale, L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    clf = classifier(with_normalization).fit(1000 * X, Y)
    np.testing.assert_allclose(clf.feature_encoder_.transform(1000 * X), 1000 * X)
    assert clf.score(1000 * X, Y) > 0.85


def test_words_as_numbers_stay_whole_numbers():
    words = np.random.default_rng(0).integers(1, 30, size=(400, 6))
    labels = (words > 15).sum(axis=1) > 3

    def embedding():
        model = keras.Sequential(
            [keras.Input((6,), dtype="int32"), L.Embedding(30, 8), L.Flatten(), L.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        return model

    assert classifier(embedding).fit(words, labels).score(words, labels) > 0.8


def test_images_and_sequences():
    images = np.repeat(X[:, :, None, None], 8, axis=2) * 50 + 100

    def create_cnn(meta):
        layers = [L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(1, activation="sigmoid")]
        model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    assert classifier(create_cnn).fit(images, Y).score(images, Y) > 0.7


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"])[Y],
        Y.astype(bool),
        2 * Y - 1,
        Y * 5.0 + 3,
        pd.Series(np.array(["no", "yes"])[Y], dtype="category"),
    ],
    ids=["strings", "bools", "signs", "floats", "category"],
)
def test_labels_of_any_type(labels):
    clf = classifier().fit(X, labels)
    assert clf.score(X, labels) > 0.85
    assert set(np.unique(clf.predict(X))) <= set(np.unique(np.asarray(labels)))


def test_one_hot_labels_come_back_one_hot():
    one_hot = np.eye(3)[SPECIES]
    clf = classifier(uncompiled, loss="categorical_crossentropy", optimizer="adam", epochs=60, batch_size=8).fit(
        IRIS, one_hot
    )
    assert clf.predict(IRIS).shape == (150, 3)
    assert clf.score(IRIS, one_hot) > 0.9


def test_several_labels_per_row():
    several = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0]).astype(int)
    clf = classifier(epochs=30).fit(X, several)
    assert clf.predict(X).shape == several.shape and np.mean(clf.predict(X) == several) > 0.9
    assert clf.report_.verdict.value == "UNCHECKED"


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame(X, columns=list("abcdefgh")), scipy.sparse.csr_matrix(X), X.tolist(), X.astype(object)],
    ids=["pandas", "sparse", "lists", "objects"],
)
def test_tables_of_any_type(table):
    clf = classifier(epochs=3).fit(table, Y)
    np.testing.assert_allclose(clf.predict_proba(table), classifier(epochs=3).fit(X, Y).predict_proba(X), rtol=1e-5)
    assert hasattr(clf, "feature_names_in_") == isinstance(table, pd.DataFrame)


# ---- repairs


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_a_head_that_contradicts_the_labels_is_replaced_and_the_report_says_so():
    clf = classifier(softmax_on_one_unit).fit(X, Y)
    assert clf.report_.verdict.value == "REPAIRED" and clf.n_restarts_ == 0
    assert clf.model_.layers[-1].activation.__name__ == "sigmoid"
    assert clf.score(X, Y) > 0.85
    assert clf.inspection_[0].code == clf.report_.findings[0].code == "softmax_on_one_unit"
    assert clf.report_.findings[0].fix == (
        'Replaced by keras.layers.Dense(1, activation="sigmoid") with loss="binary_crossentropy"; '
        "repair_head=False leaves it as it was."
    )


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_the_head_is_left_alone_if_asked_and_the_collapse_is_told():
    clf = classifier(softmax_on_one_unit, repair_head=False, max_restarts=1)
    with pytest.warns(CollapseWarning):
        clf.fit(X, Y)
    assert clf.report_.verdict.value == "COLLAPSED"
    assert clf.report_.findings[0].code == "softmax_on_one_unit"


def test_a_network_that_does_not_move_is_trained_again():
    clf = classifier(still, epochs=6).fit(X, Y)
    assert clf.report_.verdict.value == "REPAIRED" and clf.n_restarts_ >= 1
    assert clf.report_.findings[0].code == "learning_rate_too_low"
    assert clf.score(X, Y) > 0.85


def test_raw_rows_are_the_cause_where_they_are_not_to_be_scaled():
    clf = classifier(epochs=10, scale=None, model__activation="sigmoid").fit(1e5 * X + 1e6, Y)
    assert clf.report_.verdict.value == "REPAIRED"
    assert clf.report_.findings[0].code == "unscaled_columns"
    assert clf.score(1e5 * X + 1e6, Y) > 0.75


def test_the_guard_can_only_warn_or_raise_or_be_off():
    with pytest.warns(CollapseWarning, match="The network did not learn"):
        warned = classifier(still, epochs=6, collapse_guard="warn").fit(X, Y)
    assert warned.report_.verdict.value == "COLLAPSED" and warned.n_restarts_ == 0
    with pytest.raises(CollapseError) as raised:
        classifier(still, epochs=6, collapse_guard="raise").fit(X, Y)
    assert raised.value.report.verdict.value == "COLLAPSED"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        off = classifier(still, epochs=6, collapse_guard="off").fit(X, Y)
    assert off.report_.verdict.value == "UNCHECKED"


def test_nothing_to_learn_is_told_as_such():
    noise = np.random.default_rng(3).integers(0, 2, size=800)
    with pytest.warns(NoSignalWarning):
        clf = classifier(epochs=2, max_restarts=1).fit(X[np.random.default_rng(4).permutation(800)], noise)
    assert clf.report_.verdict.value == "NO_SIGNAL"


def test_a_restart_on_rows_too_few_to_hold_any_out_ends_when_they_are_known_by_heart():
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    clf = GuardedKerasClassifier(tiny_descent, epochs=20, random_state=0).fit(X, y)
    assert clf.n_restarts_ > 0 and clf.score(X, y) == 1.0
    assert len(clf.history_["loss"]) < 2000  # as many as a restart may take
    assert clf.history_["loss"][-1] < 0.02


def test_scaled_labels_are_taken_as_classes_and_told():
    clf = classifier(uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", epochs=60, batch_size=8)
    clf.fit(IRIS, SPECIES / 255)
    np.testing.assert_allclose(clf.classes_, np.arange(3) / 255)
    assert np.mean(clf.predict(IRIS) == SPECIES / 255) > 0.9
    assert clf.report_.findings[0].code == "labels_scaled"


def test_labels_sorted_by_class_do_no_harm():
    order = np.argsort(SPECIES, kind="stable")
    clf = classifier(
        uncompiled,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        epochs=60,
        batch_size=8,
        validation_split=0.2,
    ).fit(IRIS[order], SPECIES[order])
    assert min(clf.report_.comparison.support) >= 9  # validation_split alone would take the last rows: one class
    assert clf.score(IRIS, SPECIES) > 0.9


# ---- imbalance


def rare(share=0.05):
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=3000) < share).astype(int)
    return rng.normal(size=(3000, 4)) + 1.2 * y[:, None], y


def test_class_weights_and_samplers_raise_the_recall_of_the_rare_class():
    rows, labels = rare()

    def recall(**settings):
        clf = classifier(**settings).fit(rows, labels)
        return np.mean(clf.predict(rows)[labels == 1])

    plain = recall()
    assert recall(class_weight="balanced") > plain + 0.2
    assert recall(class_weight={0: 1.0, 1: 19.0}) > plain + 0.2
    for sampler in ("over", "under", "smote", "balanced_batches"):
        assert recall(sampler=sampler) > plain + 0.2


def test_a_weight_of_two_is_a_row_that_occurs_twice():
    weights = np.random.default_rng(0).integers(0, 3, size=len(X))
    weighted = classifier(epochs=3).fit(X, Y, sample_weight=weights)
    repeated = classifier(epochs=3).fit(np.repeat(X, weights, axis=0), np.repeat(Y, weights))
    np.testing.assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))


def test_a_one_sided_class_weight_is_done_and_not_judged():
    clf = classifier(class_weight={0: 1e6, 1: 1e-3}).fit(X, Y)
    assert np.mean(clf.predict(X) == 0) == 1
    assert (
        clf.report_.headline == "The class weights give one class 100.00% of the loss: the network can only answer it."
    )


# ---- the same seed, and the globals


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    one, same, other = (classifier(random_state=seed, model__dropout=0.3, epochs=4).fit(X, Y) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_the_order_of_the_rows_changes_nothing():
    order = np.random.default_rng(0).permutation(len(X))
    one, other = classifier(epochs=3).fit(X, Y), classifier(epochs=3).fit(X[order], Y[order])
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_no_global_generator_or_setting_is_changed():
    from tensorflow.python.framework import config

    keras.utils.set_random_seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist(), config.is_op_determinism_enabled()
    classifier(epochs=2).fit(X, Y)
    assert (random.getstate(), np.random.get_state()[1].tolist(), config.is_op_determinism_enabled()) == before


def test_importing_it_leaves_keras_alone():
    script = """
import keras
before = [(cls, "__reduce__" in vars(cls), "__deepcopy__" in vars(cls)) for cls in
          (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)]
import robust_mlp.keras_classifier
after = [(cls, "__reduce__" in vars(cls), "__deepcopy__" in vars(cls)) for cls, *_ in before]
assert before == after, after
import robust_mlp
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_memory_stays_flat_over_fits():
    clf = classifier(epochs=2)
    for _ in range(4):
        clf.fit(X, Y)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(25):
        clone(clf).fit(X, Y)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 40, f"{grown:.0f} MB"


# ---- inside scikit-learn


def test_scikit_learn_takes_it_for_a_classifier():
    assert is_classifier(classifier())
    scores = cross_val_score(classifier(epochs=5), X, Y, cv=3, scoring="roc_auc")
    assert scores.min() > 0.85
    by_class = cross_val_score(
        classifier(uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", epochs=40, batch_size=8),
        IRIS,
        SPECIES,
        cv=3,
    )
    assert by_class.min() > 0.8  # sorted by class: only stratified folds can do that


@pytest.mark.parametrize(
    "outer",
    [
        lambda clf: make_pipeline(StandardScaler(), clf),
        lambda clf: VotingClassifier([("own", clf), ("lr", LogisticRegression())], voting="soft"),
        lambda clf: StackingClassifier([("own", clf)], cv=2),
        lambda clf: CalibratedClassifierCV(clf, cv=2),
        lambda clf: GridSearchCV(clf, {"model__width": [4, 16], "model__rate": [0.003, 0.03]}, cv=2),
    ],
    ids=["pipeline", "voting", "stacking", "calibrated", "grid search"],
)
def test_it_works_inside(outer):
    assert outer(classifier(epochs=5)).fit(X, Y).score(X, Y) > 0.85


def test_it_pickles_small_and_answers_the_same():
    clf = classifier(epochs=3, callbacks=[keras.callbacks.EarlyStopping(patience=50)]).fit(X, Y)
    text = pickle.dumps(clf)
    assert len(text) < 60_000
    again = pickle.loads(text)
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert again.report_.to_dict() == clf.report_.to_dict()


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_a_repaired_network_pickles_as_well():
    clf = classifier(softmax_on_one_unit, epochs=3).fit(X, Y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))


def test_few_rows_are_answered_without_keras_predict(monkeypatch):
    clf = classifier(epochs=2).fit(X, Y)
    monkeypatch.setattr(keras.Model, "predict", None)
    monkeypatch.setattr(keras.Model, "predict_on_batch", None)
    assert clf.predict(X[:1]).shape == (1,)


# ---- networks of every kind


def functional(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    x = L.Dense(16, activation="relu")(inputs)
    x = L.add([x, L.Dense(16, activation="relu")(x)])
    model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.out, self.first = L.Dense(1, activation="sigmoid"), L.Dense(16, activation="relu")

    def call(self, x):
        return self.out(self.first(x))


def subclassed():
    model = Subclassed()
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def without_input_shape():
    model = keras.Sequential([L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def regularized():
    layers = [
        *(L.Dense(32, kernel_regularizer="l2"), L.BatchNormalization(), L.Activation("relu"), L.Dropout(0.3)),
        L.Dense(1, activation="sigmoid", kernel_constraint="max_norm"),
    ]
    model = keras.Sequential([keras.Input((8,)), *layers])
    rate = keras.optimizers.schedules.CosineDecay(0.02, 500)
    model.compile(keras.optimizers.AdamW(rate, clipnorm=1.0), keras.losses.BinaryCrossentropy(label_smoothing=0.05))
    return model


def own_training_step():
    class Own(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    inputs = keras.Input((8,))
    model = Own(inputs, L.Dense(1, activation="sigmoid")(L.Dense(16, activation="relu")(inputs)))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def other_metrics():
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, activation="relu"), L.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=[keras.metrics.AUC(from_logits=True)])
    return model


@pytest.mark.parametrize(
    "make_model, in_graph",
    [
        (functional, True),
        (subclassed, True),
        (without_input_shape, True),
        (regularized, True),
        (own_training_step, False),
        (other_metrics, False),
    ],
)
def test_networks_of_every_kind(make_model, in_graph):
    clf = classifier(make_model).fit(X, Y)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.score(X, Y) > 0.85
    assert can_run_in_graph(clf.model_) is in_graph


def test_both_ways_of_training_learn_the_same():
    in_graph = classifier(epochs=8).fit(X, Y)
    in_keras = classifier(epochs=8, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)]).fit(
        X, Y
    )
    np.testing.assert_allclose(in_graph.predict_proba(X), in_keras.predict_proba(X), atol=2e-4)


def test_a_network_instead_of_a_function_is_copied():
    model = subclassed_free = functional({"n_features_in_": 8})
    before = [np.array(w) for w in model.get_weights()]
    classifier(model, epochs=5).fit(X, Y)
    for old, new in zip(before, subclassed_free.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_callbacks_see_the_network_and_may_change_the_learning_rate():
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(
                (float(self.model.optimizer.learning_rate), logs["val_loss"], self.model.get_weights()[0][0, 0])
            )

    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1))
    classifier(callbacks=[schedule, Watch()], epochs=3).fit(X, Y)
    np.testing.assert_allclose([rate for rate, *_ in seen], [0.01, 0.005, 0.01 / 3], rtol=1e-6)
    assert len({weight for *_, weight in seen}) == 3


def test_the_guard_as_a_callback_works_inside():
    guard = CollapseGuard()
    classifier(callbacks=[guard], epochs=8).fit(X, Y)
    assert guard.report_.verdict.value == "HEALTHY"


def test_a_plain_scikeras_classifier_takes_the_guard_as_a_callback():
    from scikeras.wrappers import KerasClassifier

    guard = CollapseGuard()
    KerasClassifier(create_mlp, epochs=8, verbose=0, callbacks=[guard]).fit(X, Y)
    assert guard.report_.verdict.value == "HEALTHY"


# ---- going on


def test_partial_fit_goes_on_and_keeps_the_optimizer():
    clf = classifier()
    for _ in range(6):
        clf.partial_fit(X, Y)
    assert clf.score(X, Y) > 0.85 and len(clf.history_["loss"]) == 6
    late = classifier().partial_fit(X[Y == 0], Y[Y == 0], classes=[0, 1])
    np.testing.assert_array_equal(late.classes_, [0, 1])
    assert late.report_.verdict.value == "UNCHECKED"


def test_warm_start_goes_on_from_the_fit_before():
    clf = classifier(warm_start=True, epochs=3).fit(X, Y)
    first = clf.history_["loss"][0]
    assert clf.fit(X, Y).history_["loss"][0] < first


def test_initialize_makes_the_network_without_training():
    clf = classifier().initialize(X, Y)
    assert clf.predict_proba(X).shape == (800, 2) and clf.history_ == {}


def test_another_feature_encoder_can_be_put_in():
    class Own(GuardedKerasClassifier):
        @property
        def feature_encoder(self):
            return StandardScaler(with_std=False)

    clf = Own(create_mlp, epochs=5, random_state=0).fit(X, Y)
    assert isinstance(clf.feature_encoder_, StandardScaler)
    assert clf.score(X, Y) > 0.8


# ---- bad input


def no_model_at_all():
    return 3


def two_outputs():
    inputs = keras.Input((8,))
    model = keras.Model(inputs, [L.Dense(1, activation="sigmoid")(inputs), L.Dense(1, activation="sigmoid")(inputs)])
    model.compile("adam", ["binary_crossentropy", "binary_crossentropy"])
    return model


def one_unit():
    model = keras.Sequential([keras.Input((4,)), L.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize(
    "settings, rows, labels, error, message",
    [
        (
            {"model": None},
            X,
            Y,
            ValueError,
            "model is None. Pass the function that makes the network: GuardedKerasClassifier(create_model).",
        ),
        (
            {"scale": "minmax"},
            X,
            Y,
            ValueError,
            "scale='minmax' is not known. Pass 'auto', 'standard', 'robust' or None.",
        ),
        (
            {"collapse_guard": "stop"},
            X,
            Y,
            ValueError,
            "collapse_guard='stop' is not known. Pass one of 'repair', 'warn', 'raise', 'off'.",
        ),
        ({"max_restarts": -1}, X, Y, ValueError, "max_restarts=-1 does not fit. Pass an int >= 0."),
        ({"repair_head": "yes"}, X, Y, ValueError, "repair_head='yes' does not fit. Pass True or False."),
        (
            {"validation_fraction": 1.5},
            X,
            Y,
            ValueError,
            "validation_fraction=1.5 does not fit. Pass a number in [0, 1).",
        ),
        ({"epochs": 2.5}, X, Y, ValueError, "epochs=2.5 does not fit. Pass an int >= 0."),
        (
            {"batch_size": 0},
            X,
            Y,
            ValueError,
            "batch_size=0 does not fit. Pass an int >= 1, or -1 for all rows at once.",
        ),
        (
            {"model": no_model_at_all},
            X,
            Y,
            TypeError,
            "model returned a int, not a keras.Model. Let it return the network.",
        ),
        ({"model": two_outputs}, X, Y, ValueError, "The network has 2 outputs. Let it return one: the classes."),
        (
            {"model": one_unit, "repair_head": False},
            IRIS,
            SPECIES,
            ValueError,
            "The head has one unit for 3 classes. 1 unit ('dense'), activation sigmoid; 3 classes: 0, 1, 2. "
            'Build it with keras.layers.Dense(3, activation="softmax") with loss="sparse_categorical_crossentropy".',
        ),
        (
            {"scale": None},
            np.where(X > 2, np.nan, X),
            Y,
            ValueError,
            "Input X contains NaN, and scale=None leaves it. Pass scale='standard', or fill it first.",
        ),
        (
            {},
            np.where(X > 2, np.inf, X),
            Y,
            ValueError,
            "Input X contains infinity. Replace it first, for example with X = np.where(np.isinf(X), np.nan, X).",
        ),
    ],
)
def test_bad_input_is_told_clearly(settings, rows, labels, error, message):
    keras.backend.clear_session()
    with pytest.raises(error) as raised:
        classifier(**{"model": create_mlp, **settings}).fit(rows, labels)
    assert str(raised.value) == message


def test_unknown_arguments_of_fit_and_half_a_validation_set_are_refused():
    with pytest.raises(TypeError, match=r"fit got unexpected keyword arguments: epoch\. It takes batch_size, epochs, "):
        classifier().fit(X, Y, epoch=3)
    with pytest.raises(ValueError, match=r"y_val is missing. Pass X_val and y_val together\."):
        classifier().fit(X, Y, X_val=X)


def test_it_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        classifier().predict(X)
