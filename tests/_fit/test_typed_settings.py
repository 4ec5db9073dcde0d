"""What counts as typed: values other than the defaults, and the learning rate that an optimizer brings."""

import keras

from robust_mlp import RobustMLPClassifier
from robust_mlp._fit.typed_settings import typed_settings


def test_defaults_are_not_typed():
    assert typed_settings(RobustMLPClassifier()) == {}


def test_values_equal_to_their_default_are_not_typed():
    assert typed_settings(RobustMLPClassifier(hidden_layer_sizes=RobustMLPClassifier().hidden_layer_sizes)) == {}
    assert typed_settings(RobustMLPClassifier(max_restarts=3.0)) == {}


def test_other_values_are_typed():
    assert typed_settings(RobustMLPClassifier(dropout=0.5, n_members=1)) == {"dropout": 0.5, "n_members": 1}


def test_an_optimizer_brings_its_learning_rate():
    optimizer = keras.optimizers.SGD(0.05)
    typed = typed_settings(RobustMLPClassifier(optimizer=optimizer))
    assert typed == {"optimizer": optimizer, "learning_rate": 0.05}


def test_the_path_of_a_checkpoint_is_no_setting_of_the_network():
    assert typed_settings(RobustMLPClassifier(checkpoint="fit.rmlp")) == {}
