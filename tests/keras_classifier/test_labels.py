"""Labels of every form become codes, and predictions come back in that form."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from robust_mlp.keras_classifier.labels import learn_class_labels

CODES = np.arange(30) % 3
SEVERAL = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1]] * 10)


@pytest.mark.parametrize(
    "y, classes, target_type",
    [
        (CODES, [0, 1, 2], "multiclass"),
        (CODES + 5, [5, 6, 7], "multiclass"),
        (np.array(["b", "a", "c"])[CODES], ["a", "b", "c"], "multiclass"),
        (CODES > 0, [False, True], "binary"),
        (CODES / 255, [0, 1 / 255, 2 / 255], "multiclass"),
        (pd.Series(np.array(["no", "yes"])[CODES % 2], dtype="category"), ["no", "yes"], "binary"),
    ],
    ids=["codes", "from five", "text", "bools", "scaled", "category"],
)
def test_vectors_of_any_type(y, classes, target_type):
    labels, codes = learn_class_labels(y)
    assert (labels.kind, labels.target_type, labels.is_multilabel) == ("vector", target_type, False)
    assert labels.classes.tolist() == classes and labels.n_classes == len(classes)
    assert_array_equal(labels.classes[codes], np.asarray(y))
    assert_array_equal(labels.encode(y), codes)
    assert_array_equal(labels.decode(np.eye(len(classes))[codes]), np.asarray(y))


def test_one_hot_columns_come_back_one_hot():
    labels, codes = learn_class_labels(np.eye(3)[CODES])
    assert (labels.kind, labels.target_type) == ("one_hot", "multiclass-onehot")
    assert_array_equal(codes, CODES)
    assert_array_equal(labels.encode(np.eye(3)[CODES]), CODES)
    assert_array_equal(labels.decode(0.9 * np.eye(3)[CODES] + 0.03), np.eye(3)[CODES])


def test_several_labels_per_row_are_cut_at_a_half():
    labels, codes = learn_class_labels(SEVERAL)
    assert (labels.kind, labels.target_type, labels.is_multilabel) == ("multilabel", "multilabel-indicator", True)
    assert codes.dtype == np.float32
    assert_array_equal(codes, SEVERAL)
    assert_array_equal(labels.decode(np.where(SEVERAL, 0.51, 0.5)), SEVERAL)


def test_only_labels_that_count_are_classes():
    used = CODES < 2
    for y in (CODES, CODES / 255):
        labels, _ = learn_class_labels(np.where(used, y, y[0]), used)
        assert labels.n_classes == 2


@pytest.mark.parametrize(
    "y, other, message",
    [
        (
            np.eye(3)[CODES],
            np.eye(4),
            "y has shape (4, 4); in fit it had 3 columns. Pass as many.",
        ),
        (SEVERAL, CODES, "y has shape (30,); in fit it had 3 columns. Pass as many."),
        (
            CODES / 255,
            np.array([0.5]),
            f"y holds 0.5, which was no label in fit. Known labels: {(np.arange(3) / 255).tolist()}.",
        ),
    ],
)
def test_labels_that_were_none_in_fit_are_told(y, other, message):
    labels, _ = learn_class_labels(y)
    with pytest.raises(ValueError) as caught:
        labels.encode(other)
    assert str(caught.value) == message
