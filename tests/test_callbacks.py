"""CollapseGuard: watches any model.fit, changes nothing, and says why a network did not learn."""

import copy
import pickle
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from robust_mlp.callbacks import CollapseGuard
from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning

L = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 6)).astype("float32")
Y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)
Y3 = np.digitize(X[:, 0], [-0.4, 0.4])
ONE_HOT = np.eye(3)[Y3]


def model_of(units=1, head="sigmoid", loss="binary_crossentropy", optimizer="adam", activation="relu", n=6):
    keras.utils.set_random_seed(0)
    layers = [L.Dense(16, activation=activation, name="hidden"), L.Dense(units, activation=head)]
    model = keras.Sequential([keras.Input((n,)), *layers])
    model.compile(optimizer=keras.optimizers.Adam(0.01) if optimizer == "adam" else optimizer, loss=loss)
    return model


def fit(model, guard, x=X, y=Y, **options):
    options = {"epochs": 6, "batch_size": 32, "verbose": 0, **options}
    callbacks = options.pop("callbacks", [])
    return model.fit(x, y, callbacks=[*callbacks, guard], **options)


def still():
    """A network whose weights do not move."""
    return model_of(optimizer=keras.optimizers.SGD(1e-12))


class Spoiler(keras.callbacks.Callback):
    """Ruins the weights from an epoch on, as a learning rate that is too high does late in a training."""

    def __init__(self, epoch, value):
        super().__init__()
        self.epoch, self.value = epoch, value

    def on_epoch_end(self, epoch, logs=None):
        if epoch >= self.epoch:
            self.model.set_weights([np.full_like(w, self.value) for w in self.model.get_weights()])


# ---- a healthy training


def test_a_healthy_training_is_reported_and_nothing_is_warned():
    guard = CollapseGuard()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(model_of(), guard, validation_split=0.25)
    report = guard.report_
    assert report.verdict.value == "HEALTHY"
    assert report.comparison.n_rows == 150 and not report.comparison.in_sample
    assert len(report.attempts[0].loss) == 6 and len(report.attempts[0].validation_loss) == 6
    assert guard.stopped_epoch_ is None


@pytest.mark.parametrize(
    "units, head, loss, y",
    [
        (1, "sigmoid", "binary_crossentropy", Y),
        (1, "sigmoid", "binary_crossentropy", Y[:, None].astype(float)),
        (1, None, keras.losses.BinaryCrossentropy(from_logits=True), Y),
        (1, "sigmoid", "mse", Y),
        (1, "tanh", "hinge", 2 * Y - 1),
        (1, "sigmoid", "binary_focal_crossentropy", Y),
        (1, "sigmoid", lambda a, b: keras.ops.mean(keras.ops.abs(keras.ops.cast(a, "float32") - b), axis=-1), Y),
        (2, "softmax", "sparse_categorical_crossentropy", Y),
        (3, "softmax", "sparse_categorical_crossentropy", Y3),
        (3, "softmax", "categorical_crossentropy", ONE_HOT),
        (3, None, keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), ONE_HOT),
        (3, "sigmoid", "binary_crossentropy", ONE_HOT),
    ],
)
def test_any_head_loss_and_coding_of_labels(units, head, loss, y):
    guard = CollapseGuard()
    fit(model_of(units, head, loss), guard, y=y, epochs=12)
    assert guard.report_.verdict.value == "HEALTHY"
    assert guard.report_.comparison.accuracy > 0.8


def test_training_is_the_same_with_and_without_the_guard():
    def trained(callbacks):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [keras.Input((6,)), L.Dense(16, "relu"), L.Dropout(0.3), L.BatchNormalization(), L.Dense(1, "sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        model.fit(X, Y, epochs=4, batch_size=32, verbose=0, validation_split=0.2, callbacks=callbacks)
        return model.get_weights()

    for with_guard, without in zip(trained([CollapseGuard(log_dir=None)]), trained([]), strict=True):
        np.testing.assert_array_equal(with_guard, without)


# ---- where the rows come from


class Batches(keras.utils.PyDataset):
    """Batches of the table."""

    def __len__(self):
        return len(X) // 50

    def __getitem__(self, i):
        return X[50 * i : 50 * i + 50], Y[50 * i : 50 * i + 50]


def endless_batches():
    while True:
        for i in range(12):
            yield X[50 * i : 50 * i + 50], Y[50 * i : 50 * i + 50]


@pytest.mark.parametrize(
    "data, options",
    [
        (lambda: tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(600, seed=0).batch(50), {}),
        (lambda: tf.data.Dataset.from_tensor_slices((X, Y)).batch(50).repeat(), {"steps_per_epoch": 12}),
        (Batches, {}),
        (endless_batches, {"steps_per_epoch": 12}),
    ],
    ids=["dataset", "endless dataset", "PyDataset", "generator"],
)
def test_data_that_come_in_batches(data, options):
    guard = CollapseGuard()
    model_of().fit(data(), epochs=8, verbose=0, shuffle=False, callbacks=[guard], **options)
    assert guard.report_.verdict.value == "HEALTHY"
    assert guard.report_.comparison.in_sample


def test_validation_data_may_be_a_dataset():
    guard = CollapseGuard()
    held_out = tf.data.Dataset.from_tensor_slices((X[400:], Y[400:])).batch(50)
    fit(model_of(), guard, X[:400], Y[:400], validation_data=held_out)
    assert guard.report_.comparison.n_rows == 200 and not guard.report_.comparison.in_sample


def test_rows_may_be_given():
    guard = CollapseGuard(validation_data=(X[500:], Y[500:]))
    fit(model_of(), guard, X[:500], Y[:500])
    assert guard.report_.comparison.n_rows == 100 and not guard.report_.comparison.in_sample


def test_sample_weights_class_weights_and_tensors():
    guard = CollapseGuard()
    fit(model_of(), guard, sample_weight=np.linspace(0.5, 2, 600))
    assert guard.report_.verdict.value == "HEALTHY"
    fit(model_of(), guard, class_weight={0: 1.0, 1: 2.0})
    assert guard.report_.verdict.value == "HEALTHY"
    fit(model_of(), guard, tf.constant(X), tf.constant(Y))
    assert guard.report_.verdict.value == "HEALTHY"


def test_several_inputs():
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    model = keras.Model({"left": left, "right": right}, L.Dense(1, "sigmoid")(L.Concatenate()([left, right])))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    guard = CollapseGuard()
    fit(model, guard, {"left": X[:, :3], "right": X[:, 3:]})
    assert guard.report_.verdict.value == "HEALTHY"


def test_a_model_that_is_built_by_its_first_batch():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([L.Dense(16, "relu"), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    guard = CollapseGuard()
    fit(model, guard)
    assert guard.report_.verdict.value == "HEALTHY"


def test_a_subclassed_model():
    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.out, self.first = L.Dense(3, activation="softmax"), L.Dense(16, activation="relu")

        def call(self, x):
            return self.out(self.first(x))

    keras.utils.set_random_seed(0)
    model = MyModel()
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    guard = CollapseGuard()
    fit(model, guard, y=Y3)
    assert guard.report_.verdict.value == "HEALTHY"


# ---- what cannot be watched is left alone


def test_a_model_with_two_outputs_is_left_alone():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, [L.Dense(1, "sigmoid")(inputs), L.Dense(1, "sigmoid")(inputs)])
    model.compile("adam", ["binary_crossentropy", "binary_crossentropy"])
    guard = CollapseGuard()
    fit(model, guard, y=[Y, Y])
    assert guard.report_.verdict.value == "UNCHECKED"
    assert guard.report_.headline.startswith("The training was not watched. ")


def test_a_regression_and_several_labels_are_left_alone():
    guard = CollapseGuard()
    fit(model_of(head=None, loss="mse"), guard, y=X[:, 0] + 0.1)
    assert guard.report_.headline == "The training was not watched. Its rows do not belong to exactly one class each."
    fit(model_of(2, "sigmoid"), guard, y=np.column_stack([Y, Y]))
    assert guard.report_.verdict.value == "UNCHECKED"


# ---- modes


def test_a_network_that_stands_still_is_warned_of_once():
    guard = CollapseGuard()
    with pytest.warns(CollapseWarning) as caught:
        fit(still(), guard, epochs=12)
    (warned,) = [warning for warning in caught if warning.category is CollapseWarning]  # older Keras warns beside it
    text = str(warned.message)
    assert text.startswith("Epoch 5: The network did not learn (log loss ")
    assert "The learning rate is too low. optimizer=keras.optimizers.Adam(learning_rate=1e-3)" in text
    assert len(guard.report_.attempts[0].loss) == 12
    assert guard.report_.verdict.value == "COLLAPSED"
    assert guard.report_.findings[0].code == "learning_rate_too_low"


@pytest.mark.parametrize("mode", ["stop", "restore"])
def test_a_network_that_stands_still_is_stopped(mode):
    guard = CollapseGuard(mode)
    with pytest.warns(CollapseWarning, match="The learning rate is too low"):
        history = fit(still(), guard, epochs=50)
    assert guard.stopped_epoch_ == len(history.history["loss"]) == 5


def test_a_network_that_stands_still_can_raise():
    guard = CollapseGuard("raise")
    with pytest.raises(CollapseError, match="Epoch 5: The network did not learn") as raised:
        fit(still(), guard, epochs=50)
    assert raised.value.report is guard.report_


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_late_collapse_is_noticed_and_the_best_weights_put_back(value):
    guard = CollapseGuard("restore")
    model = model_of()
    history = fit(model, guard, epochs=30, callbacks=[Spoiler(6, value)], validation_split=0.2)
    assert guard.stopped_epoch_ == len(history.history["loss"]) <= 10
    assert guard.report_.verdict.value == "REPAIRED"
    assert guard.report_.headline.startswith("Training collapsed. With the weights of epoch ")
    assert np.mean((model.predict(X, verbose=0)[:, 0] > 0.5) == Y) > 0.9


def test_a_late_collapse_is_warned_of():
    guard = CollapseGuard()
    with pytest.warns(CollapseWarning):
        fit(model_of(), guard, epochs=14, callbacks=[Spoiler(6, 0.0)], validation_split=0.2)
    assert guard.report_.verdict.value == "COLLAPSED"


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_a_contradiction_between_head_and_loss_is_the_finding():
    guard = CollapseGuard()
    with pytest.warns(CollapseWarning, match="with one unit that is always 1"):
        fit(model_of(head="softmax"), guard)
    assert guard.report_.findings[0].code == "softmax_on_one_unit"
    assert guard.report_.findings[0].fix.startswith('keras.layers.Dense(1, activation="sigmoid")')


def test_a_loss_that_is_no_number_is_noticed_at_once():
    guard = CollapseGuard("stop")
    with pytest.warns(CollapseWarning):
        fit(model_of(optimizer=keras.optimizers.SGD(1e20)), guard, 1e4 * X, epochs=20)
    assert guard.stopped_epoch_ == 1


def test_rows_of_wild_size_are_the_cause():
    guard = CollapseGuard()
    keras.utils.set_random_seed(3)
    with pytest.warns(CollapseWarning):
        fit(model_of(activation="sigmoid", optimizer=keras.optimizers.SGD(0.01)), guard, 1e6 + 1e3 * X, epochs=15)
    assert guard.report_.findings[0].code == "inputs_unscaled"
    assert guard.report_.findings[0].fix.startswith("scaler = sklearn.preprocessing.StandardScaler()")


def test_nothing_to_learn_is_told_as_such():
    guard = CollapseGuard()
    labels = np.random.default_rng(5).integers(0, 2, 2000)
    rows = np.random.default_rng(6).normal(size=(2000, 6)).astype("float32")
    with pytest.warns(NoSignalWarning, match="Nothing in the features tells the classes apart"):
        fit(model_of(), guard, rows, labels, epochs=2, validation_split=0.25)
    assert guard.report_.verdict.value == "NO_SIGNAL"


# ---- beside other callbacks


def test_with_early_stopping_checkpoints_and_tensorboard(tmp_path):
    guard = CollapseGuard()
    others = [
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras"),
        keras.callbacks.TensorBoard(tmp_path / "log"),
    ]
    fit(model_of(), guard, epochs=40, validation_split=0.25, callbacks=others)
    assert guard.report_.verdict.value == "HEALTHY"
    assert (tmp_path / "best.keras").exists()
    names = set()
    for path in (tmp_path / "log" / "collapse_guard").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            names |= {value.tag for value in event.summary.value}
    expected = {"predicted_share/0", "predicted_share/1", "skill_over_prior", "dead_units/hidden"}
    assert {name.removeprefix("collapse_guard/") for name in names} >= expected


def test_scalars_can_go_to_a_folder_of_their_own(tmp_path):
    fit(model_of(), CollapseGuard(log_dir=str(tmp_path)), epochs=2)
    assert any((tmp_path / "collapse_guard").iterdir())


def test_weights_that_early_stopping_puts_back_afterwards_are_judged():
    guard = CollapseGuard()
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)
    model = model_of()
    with pytest.warns(CollapseWarning, match="The network had learned and lost it again: loss 0"):
        history = model.fit(
            X, Y, validation_split=0.2, epochs=30, verbose=0, callbacks=[guard, stopping, Spoiler(6, 0.0)]
        )
    assert history.history["val_loss"][-1] > 0.6
    assert guard.report_.comparison.loss < 0.3
    assert np.mean((model.predict(X, verbose=0)[:, 0] > 0.5) == Y) > 0.85


def test_a_second_training_starts_afresh():
    guard = CollapseGuard("stop")
    with pytest.warns(CollapseWarning):
        fit(still(), guard, epochs=20)
    fit(model_of(), guard)
    assert guard.report_.verdict.value == "HEALTHY" and guard.stopped_epoch_ is None
    assert len(guard.report_.attempts[0].loss) == 6


@pytest.mark.parametrize("again", [copy.deepcopy, lambda guard: pickle.loads(pickle.dumps(guard))])
def test_it_can_be_copied_and_pickled_with_its_report(again):
    guard = CollapseGuard("stop", max_rows=100)
    fit(model_of(), guard)
    other = again(guard)
    assert other.mode == "stop" and other.max_rows == 100
    assert other.report_.to_dict() == guard.report_.to_dict()
    fit(model_of(), other)
    assert other.report_.verdict.value == "HEALTHY"


def test_it_can_look_less_often():
    guard = CollapseGuard(every=3)
    fit(model_of(), guard, epochs=7)
    assert guard.report_.attempts[0].epochs == (3, 6)


def test_no_epoch_at_all():
    guard = CollapseGuard()
    fit(model_of(), guard, epochs=0)
    assert guard.report_.headline == "The training was not watched. No epoch came to its end."


@pytest.mark.parametrize(
    "options, message",
    [
        ({"mode": "repair"}, "mode='repair' is not known. Pass one of 'warn', 'stop', 'restore', 'raise'."),
        ({"max_rows": 3}, "max_rows=3 does not fit. Pass an int >= 16."),
        ({"every": 0}, "every=0 does not fit. Pass an int >= 1."),
        ({"validation_data": X}, "validation_data does not fit. Pass a pair (X, y) of held-out rows and their labels."),
    ],
)
def test_bad_arguments_are_told_clearly(options, message):
    with pytest.raises(ValueError) as raised:
        CollapseGuard(**options)
    assert str(raised.value) == message


# ---- moving averages of batch normalization


def normalized(momentum):
    keras.utils.set_random_seed(0)
    layers = [L.BatchNormalization(momentum=momentum), L.Dense(16, "relu"), L.BatchNormalization(momentum=momentum)]
    model = keras.Sequential([keras.Input((6,)), *layers, L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


FAR = (20 * X + 300).astype("float32")


def test_lagging_averages_are_named_first_and_the_training_goes_on_to_its_end():
    guard, model = CollapseGuard("stop"), normalized(0.99)
    with pytest.warns(CollapseWarning, match="The moving averages of batch normalization lag behind the rows"):
        history = fit(model, guard, FAR, epochs=8, batch_size=128)
    assert len(history.history["loss"]) == 8 and guard.stopped_epoch_ is None
    assert guard.report_.verdict.value == "COLLAPSED"
    assert guard.report_.findings[0].code == "batch_averages_lag"
    assert "40 updates with momentum 0.99 leave 67%" in guard.report_.findings[0].evidence


def test_restore_estimates_the_averages_again():
    guard, model = CollapseGuard("restore"), normalized(0.99)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(model, guard, FAR, epochs=8, batch_size=128)
    assert guard.report_.verdict.value == "REPAIRED"
    assert np.mean((model.predict(FAR, verbose=0)[:, 0] > 0.5) == Y) > 0.9


def test_averages_that_follow_are_not_blamed():
    guard, model = CollapseGuard(), normalized(0.5)
    fit(model, guard, FAR, epochs=8, batch_size=128)
    assert guard.report_.verdict.value == "HEALTHY"


# ---- several inputs in batches


def test_several_inputs_in_a_data_set():
    left, right = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([left, right], L.Dense(1, "sigmoid")(L.Concatenate()([left, right])))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    guard = CollapseGuard()
    data = tf.data.Dataset.from_tensor_slices(((X[:, :3], X[:, 3:]), Y)).batch(50)
    model.fit(data, epochs=8, verbose=0, shuffle=False, callbacks=[guard])
    assert guard.report_.verdict.value == "HEALTHY"
