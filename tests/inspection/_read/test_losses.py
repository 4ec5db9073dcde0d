"""Every loss that Keras has belongs to a family, under each of its names; any other is custom."""

import keras
import pytest

from robust_mlp.inspection._read.losses import loss_family

# Losses of Keras that say nothing about classes, or that no table of classes is trained with.
WITHOUT_FAMILY = {"Loss", "CTC", "Dice", "Tversky", "Circle", "CosineSimilarity"}
CLASSES = [
    name
    for name, value in vars(keras.losses).items()
    if isinstance(value, type) and issubclass(value, keras.losses.Loss) and name not in WITHOUT_FAMILY
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_keras_has_a_family(name):
    assert loss_family(name) != "custom"


@pytest.mark.parametrize("name", CLASSES)
def test_a_function_is_of_the_family_of_its_class(name):
    function = getattr(getattr(keras.losses, name)(), "fn", None)
    if function is not None:
        assert loss_family(function.__name__) == loss_family(name)


@pytest.mark.parametrize(
    "name, family",
    [
        ("binary_crossentropy", "binary"),
        ("bce", "binary"),
        ("BinaryFocalCrossentropy", "binary"),
        ("CategoricalCrossentropy", "categorical"),
        ("SparseCategoricalCrossentropy", "sparse"),
        ("sparse_categorical_crossentropy", "sparse"),
        ("MSE", "regression"),
        ("hinge", "hinge"),
        ("CategoricalHinge", "categorical_hinge"),
        ("KLDivergence", "divergence"),
        ("my_own_loss", "custom"),
        ("binary", "custom"),
        ("", "custom"),
    ],
)
def test_families_by_name(name, family):
    assert loss_family(name) == family


@pytest.mark.parametrize("name", ["bce", "mse", "mae", "mape", "msle"])
def test_short_names_are_those_that_keras_takes(name):
    full = keras.losses.get(name).__name__
    assert loss_family(name) == loss_family(full)
