"""A GuardedKerasClassifier comes back with its network: the same predictions, and trainings go on."""

import functools
import pickle

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from robust_mlp import ModelFileError, load_model
from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import IRIS, SPECIES, L, X, Y, classifier, create_mlp, uncompiled
from tests.persistence.rewriting import rewrite


def with_everything(meta):
    """A network with two paths, batch normalization and dropout, whose outputs are logits."""
    rows = keras.Input((meta["n_features_in_"],))
    hidden = L.Dropout(0.1)(L.Activation("relu")(L.BatchNormalization()(L.Dense(6)(rows))))
    model = keras.Model(rows, L.Dense(meta["n_classes_"])(L.Concatenate()([rows, hidden])))
    model.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 500), momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def images(meta):
    layers = [L.Conv2D(3, 3, activation="relu"), L.Flatten(), L.Dense(meta["n_classes_"], activation="softmax")]
    model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), *layers])
    model.compile("adam", "categorical_crossentropy")
    return model


def _pictures():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return rng.normal(size=(60, 6, 6, 1)) + y[:, None, None, None], y


MADE = {
    "two_classes": lambda: (classifier(epochs=3), X, Y),
    "everything": lambda: (classifier(with_everything, epochs=3, collapse_guard="off"), IRIS, SPECIES),
    "routed": lambda: (
        classifier(uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", epochs=3,
                   optimizer__learning_rate=0.02, scale="robust", class_weight={"setosa": 2.0}),
        IRIS, np.array(["setosa", "versicolor", "virginica"])[SPECIES],
    ),
    "pictures": lambda: (classifier(images, epochs=2, collapse_guard="off"), *_pictures()),
    "several_labels": lambda: (
        classifier(create_mlp, epochs=2), IRIS, np.stack([SPECIES > 0, SPECIES > 1, IRIS[:, 0] > 6], 1).astype(int),
    ),
}  # fmt: skip


@functools.cache
def fitted(name):
    clf, rows, labels = MADE[name]()
    return clf.fit(rows, labels), rows, labels


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", MADE)
def test_the_same_predictions_come_back_and_training_goes_on(name, tmp_path):
    clf, rows, labels = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert type(again) is GuardedKerasClassifier and isinstance(again.model, keras.Model)
    np.testing.assert_array_equal(again.predict_proba(rows), clf.predict_proba(rows))
    np.testing.assert_array_equal(again.predict(rows), clf.predict(rows))
    assert again.report_.to_dict() == clf.report_.to_dict()
    assert (again.history_, again.inspection_) == (clf.history_, clf.inspection_)
    given = {key: value for key, value in clf.get_params().items() if key not in ("model", "build_fn")}
    assert {key: again.get_params()[key] for key in given} == given
    pickled = pickle.loads(pickle.dumps(again))
    np.testing.assert_allclose(pickled.predict_proba(rows), clf.predict_proba(rows), atol=1e-6)
    first = pickle.loads(pickle.dumps(clf))
    np.testing.assert_allclose(
        again.partial_fit(rows, labels).predict_proba(rows), first.partial_fit(rows, labels).predict_proba(rows),
        atol=1e-5,
    )  # fmt: skip


def test_what_is_no_layer_of_keras_cannot_be_saved(tmp_path):
    def with_lambda(meta):
        layers = [L.Lambda(lambda z: 2 * z), L.Dense(3, activation="softmax")]
        model = keras.Sequential([keras.Input((4,)), *layers])
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    clf = classifier(with_lambda, epochs=1, collapse_guard="off").fit(IRIS, SPECIES)
    with pytest.raises(ModelFileError, match=r"The network holds keras.layers.Lambda, and a model file holds"):
        clf.save_model(tmp_path / "m.rmlp")
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_hold_code_and_an_unfitted_classifier_are_told(tmp_path):
    with pytest.raises(NotFittedError):
        classifier().save_model(tmp_path / "m.rmlp")
    clf, *_ = fitted("two_classes")
    clf = pickle.loads(pickle.dumps(clf)).set_params(callbacks=[keras.callbacks.TerminateOnNaN()])
    with pytest.raises(ModelFileError, match=r"callbacks holds .* Pass leave_out=\['callbacks'\]"):
        clf.save_model(tmp_path / "m.rmlp")
    clf.save_model(tmp_path / "m.rmlp", leave_out=["callbacks", "loss"])
    again = load_model(tmp_path / "m.rmlp")
    assert again.callbacks is None
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


def test_a_loss_of_ones_own_is_named(tmp_path):
    def my_loss(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    clf = classifier(uncompiled, loss=my_loss, epochs=1, collapse_guard="off").fit(IRIS, SPECIES)
    with pytest.raises(ModelFileError, match="loss holds <function"):
        clf.save_model(tmp_path / "m.rmlp")
    clf.set_params(loss=None)
    with pytest.raises(ModelFileError, match=r"The loss 'my_loss' is none of Keras' own. Pass leave_out=\['loss'\]"):
        clf.save_model(tmp_path / "m.rmlp")
    clf.save_model(tmp_path / "m.rmlp", leave_out=["loss"])
    np.testing.assert_array_equal(load_model(tmp_path / "m.rmlp").predict_proba(IRIS), clf.predict_proba(IRIS))


@pytest.mark.parametrize(
    "leave_out, kind, message",
    [
        ("loss", TypeError, r"leave_out='loss' is a text"),
        (["los"], ValueError, "leave_out names 'los', which this classifier does not have"),
        (["model"], ValueError, "leave_out names 'model', without which the classifier cannot predict"),
    ],
)
def test_a_wrong_leave_out_is_told(leave_out, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        fitted("two_classes")[0].save_model(tmp_path / "m.rmlp", leave_out=leave_out)


def layer(head):
    return head["content"]["network"]["config"]["layers"][1]


@pytest.mark.parametrize(
    "change",
    [
        lambda head: layer(head).update(module="os", class_name="system"),
        lambda head: layer(head).update(class_name="Lambda"),
        lambda head: layer(head).update(class_name="NoSuchLayer"),
        lambda head: layer(head)["config"].update(units=5),
        lambda head: layer(head)["config"].update(units="x"),
        lambda head: head["content"].update(loss={"module": "os", "class_name": "system", "config": {}}),
        lambda head: head["content"].update(loss="no_such_loss"),
        lambda head: head["content"]["optimizer"]["items"].append(["more", 1]),
        lambda head: head["content"].update(weights=[]),
        lambda head: head["content"].update(dtypes=["float64", "os.system"]),
        lambda head: head["content"].update(row_shape=[]),
        lambda head: head["content"]["parameters"].update(predict_proba=1),
        lambda head: head["content"].pop("head"),
        lambda head: head["content"].pop("parameters"),
    ],
)
def test_files_that_were_changed_are_refused(change, tmp_path):
    fitted("two_classes")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", lambda head, entries: change(head))
    with pytest.raises(ModelFileError, match="is no valid model file"):
        load_model(tmp_path / "m.rmlp")


@pytest.mark.parametrize("as_dict", [False, True])
def test_several_inputs_and_columns_of_codes_come_back(as_dict, tmp_path):
    rng = np.random.default_rng(0)
    codes, numbers = rng.integers(0, 5, (120, 1)), rng.normal(size=(120, 2)) * 50
    y = (codes[:, 0] % 2 == 0).astype(int)

    def network():
        code, number = keras.Input((1,), name="code", dtype="int32"), keras.Input((2,), name="number")
        vectors = keras.layers.Flatten()(keras.layers.Embedding(5, 3)(code))
        rows = keras.layers.Concatenate()([vectors, number])
        model = keras.Model([code, number], keras.layers.Dense(2, "softmax")(rows))
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    X = {"code": codes, "number": numbers} if as_dict else [codes, numbers]
    clf = GuardedKerasClassifier(network, epochs=2, collapse_guard="off", random_state=0).fit(X, y)
    clf.save_model(tmp_path / "m.rmlp")
    loaded = load_model(tmp_path / "m.rmlp")
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.input_shapes_ == clf.input_shapes_
