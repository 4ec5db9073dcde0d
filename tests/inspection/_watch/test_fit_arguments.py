"""The rows of a running `model.fit` are found, sampled with every class, and no iterator of it is advanced."""

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf
from numpy.testing import assert_array_equal

from robust_mlp.inspection._watch import fit_arguments
from robust_mlp.inspection._watch.fit_arguments import running_fit, sample_rows
from tests.inspection.examples import X4, Y4, L, plain_model


def rng():
    return np.random.default_rng(0)


class Asks(keras.callbacks.Callback):
    """Looks for the running fit at the first batch."""

    def __init__(self, max_rows=1000, model=None):
        super().__init__()
        self.max_rows, self.other, self.found = max_rows, model, None

    def on_train_batch_begin(self, batch, logs=None):
        self.found = self.found or running_fit(self.other or self.model, self.max_rows, rng())


def asked(x, y=None, callback=None, model=None, **options):
    """What is found during a fit."""
    callback = callback or Asks()
    (model or plain_model()).fit(x, y, verbose=0, callbacks=[callback], **options)
    return callback.found


class Sequence(keras.utils.PyDataset):
    """Batches of ten rows; notes which were asked for."""

    def __init__(self, n_batches=8):
        super().__init__()
        self.asked, self.n_batches = [], n_batches

    def __len__(self):
        return self.n_batches

    def __getitem__(self, i):
        self.asked.append(i)
        return X4[10 * i : 10 * i + 10], Y4[10 * i : 10 * i + 10]


def test_arguments_of_the_running_fit_are_found():
    callback = Asks()
    found = asked(X4, Y4, callback, batch_size=16, epochs=2, shuffle=False, class_weight={0: 1.0, 1: 2.0})
    assert (found.batch_size, found.epochs, found.shuffle, found.has_class_weight) == (16, 2, False, True)
    assert callback in found.callbacks
    assert_array_equal(found.training.X, X4)
    assert_array_equal(found.training.y, Y4)
    assert_array_equal(found.training.all_labels, Y4)
    assert found.validation is None


def test_validation_rows_are_found_however_they_were_given():
    split = asked(X4, Y4, validation_split=0.25)
    assert (len(split.training.X), len(split.validation.X)) == (60, 20)
    assert_array_equal(split.validation.X, X4[60:])
    given = asked(X4, Y4, validation_data=(X4[:10], Y4[:10]))
    assert_array_equal(given.validation.y, Y4[:10])


def test_without_a_fit_of_this_model_there_are_no_rows():
    found = running_fit(plain_model(), 100, rng())
    assert (found.training, found.validation, found.batch_size) == (None, None, None)
    assert asked(X4, Y4, Asks(model=plain_model())).training is None  # another model trains


@pytest.mark.parametrize(
    "x, y",
    [
        (X4, Y4),
        (tf.constant(X4), tf.constant(Y4)),
        (pd.DataFrame(X4), pd.Series(Y4)),
        (scipy.sparse.csr_matrix(X4), Y4),
    ],
    ids=["arrays", "tensors", "pandas", "sparse"],
)
def test_rows_are_those_of_the_labels(x, y):
    found = sample_rows(x, y, 30, rng())
    assert len(found.X) == len(found.y) == 30
    assert set(np.unique(found.y)) == {0, 1}
    for row, label in zip(np.asarray(found.X), found.y, strict=True):
        (place,) = np.flatnonzero((row == X4).all(axis=1))
        assert Y4[place] == label
    assert_array_equal(found.all_labels, Y4)


def test_several_inputs_are_sampled_alike():
    found = sample_rows([X4, 10 * X4], Y4, 30, rng())
    assert_array_equal(found.X[1], 10 * found.X[0])
    assert found.table is None
    by_name = sample_rows({"a": X4}, Y4, 30, rng())
    assert_array_equal(by_name.X["a"], found.X[0])
    assert sample_rows(X4, Y4, 30, rng()).table is X4


def test_a_rare_class_is_among_the_rows_of_a_long_table(monkeypatch):
    monkeypatch.setattr(fit_arguments, "MAX_CANDIDATES", 500)
    labels = np.zeros(2000, int)
    labels[::40] = 1
    found = sample_rows(np.arange(2000.0)[:, None], labels, 20, rng())
    assert len(found.y) == 20 and 1 in found.y
    assert_array_equal(labels[found.X[:, 0].astype(int)], found.y)


def test_a_dataset_is_read_from_its_beginning():
    dataset = tf.data.Dataset.from_tensor_slices((X4, Y4)).batch(8)
    found = sample_rows(dataset, None, 20, rng())
    assert_array_equal(found.X, X4[:20])
    assert_array_equal(found.y, Y4[:20])
    assert found.all_labels is None


def test_a_sequence_is_asked_for_batches_from_all_over(monkeypatch):
    monkeypatch.setattr(fit_arguments, "MAX_BATCHES", 3)
    batches = Sequence()
    found = sample_rows(batches, None, 1000, rng())
    assert batches.asked == [0, 3, 7]
    assert len(found.X) == 30
    few = Sequence()
    assert len(sample_rows(few, None, 5, rng()).X) == 5
    assert few.asked == [0]


def test_a_generator_is_not_advanced():
    taken = []

    def batches():
        for i in range(8):
            taken.append(i)
            yield X4[10 * i : 10 * i + 10], Y4[10 * i : 10 * i + 10]

    found = asked(batches(), steps_per_epoch=8, shuffle=False)
    assert taken == list(range(8))  # each once, for the training alone
    if found.training is not None:  # what Keras itself had looked at
        assert_array_equal(found.training.X, X4[: len(found.training.X)])


@pytest.mark.parametrize(
    "x, y",
    [
        (None, None),
        (X4, np.zeros((80, 2, 2))),
        (tf.data.Dataset.from_tensor_slices(X4).batch(8), None),
        (tf.data.Dataset.from_tensor_slices((X4, (Y4, Y4))).batch(8), None),
        (iter(()), None),
    ],
    ids=["nothing", "labels per step", "no labels", "two outputs", "generator"],
)
def test_what_cannot_be_read_again_is_none(x, y):
    assert sample_rows(x, y, 20, rng()) is None


def test_rows_are_copies():
    x = X4.copy()
    found = sample_rows(x, Y4, 30, rng())
    before = found.X.copy()
    x[:] = 0
    assert_array_equal(found.X, before)


def test_the_training_is_the_same_as_without_looking():
    def weights(callbacks):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="relu"), L.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy")
        model.fit(Sequence(), epochs=2, verbose=0, callbacks=callbacks)
        return model.get_weights()

    for one, other in zip(weights([]), weights([Asks()]), strict=True):
        assert_array_equal(one, other)
