"""Data sets of TensorFlow and Keras are read into arrays; what has no end is refused with what to type."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from robust_mlp.inspection._read.batches import arrays_of_batches, comes_in_batches, labelled_arrays

X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
W = np.linspace(1, 2, 20)


class Pairs(keras.utils.PyDataset):
    """Batches of six rows."""

    def __init__(self, with_end=True):
        super().__init__()
        self.with_end = with_end

    def __len__(self):
        return 4

    @property
    def num_batches(self):
        return 4 if self.with_end else None

    def __getitem__(self, i):
        return X[6 * i : 6 * i + 6], Y[6 * i : 6 * i + 6]


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(6)


@pytest.mark.parametrize("data", [lambda: dataset(X, Y), Pairs], ids=["tf.data", "PyDataset"])
def test_all_rows_are_read_in_their_order(data):
    assert comes_in_batches(data())
    rows, labels, weights = arrays_of_batches(data())
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(labels, Y)
    assert weights is None


def test_weights_and_several_inputs_come_along():
    rows, _, weights = arrays_of_batches(dataset({"a": X, "b": Y}, Y, W))
    np.testing.assert_array_equal(rows["a"], X)
    np.testing.assert_array_equal(weights, W)
    rows, _, _ = arrays_of_batches(dataset((X, Y), Y))
    assert isinstance(rows, list) and len(rows) == 2
    np.testing.assert_array_equal(rows[1], Y)


def test_an_inspection_reads_no_more_than_it_needs():
    rows, labels = labelled_arrays(dataset(X, Y).repeat(), None)
    assert len(rows) == len(labels) >= 20_000
    assert len(arrays_of_batches(dataset(X, Y), most_rows=7)[0]) == 12


@pytest.mark.parametrize(
    "data, message",
    [
        (lambda: dataset(X, Y).repeat(), r"^X is a data set without an end\. Pass X\.take\(n_batches\)\.$"),
        (lambda: Pairs(with_end=False), r"^X is a PyDataset without an end\."),
        (
            lambda: iter([(X, Y)]),
            r"^X is a list_iterator, which can be read only once and may have no end\.",
        ),
        (lambda: dataset(X), r"holds 1 parts; rows with labels are needed\."),
        (lambda: dataset(X, (Y, Y)), r"^The labels of a batch are 2 parts; one array is needed\."),
        (
            lambda: tf.data.Dataset.from_tensor_slices((X, Y)),
            r"^X is a _TensorSliceDataset of single rows; batches are needed\. Pass X\.batch\(32\)\.$",
        ),
        (lambda: dataset(X[:0], Y[:0]), r"without a batch\. Pass one that holds rows\.$"),
    ],
    ids=["endless", "endless PyDataset", "iterator", "no labels", "two outputs", "single rows", "empty"],
)
def test_what_cannot_be_read_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        arrays_of_batches(data())


def test_labels_beside_a_data_set_are_refused():
    with pytest.raises(ValueError, match=r"which holds its own labels, and y came too\. Pass X alone\.$"):
        labelled_arrays(dataset(X, Y), Y)


@pytest.mark.parametrize("X", [X, X.tolist(), [X, X], {"a": X}, "text", 3])
def test_tables_do_not_come_in_batches(X):
    assert not comes_in_batches(X)
