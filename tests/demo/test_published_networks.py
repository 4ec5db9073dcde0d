"""The two networks are those of the questions, and predict labels."""

import numpy as np
import pytest

from robust_mlp.demo._published_networks import QuestionNetwork, founding_network, waveform_network


def config_of(build):
    model = build(6, 5, 0)
    return model, [(type(layer).__name__, getattr(layer, "units", None)) for layer in model.layers]


def test_the_first_question_is_built_as_it_was_asked():
    model, layers = config_of(founding_network)
    assert layers == [("Dropout", None), *(("Dense", n) for n in (64, 32, 32, 16, 5))]
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["relu"] * 4 + ["sigmoid"]
    assert [layer.kernel_constraint.max_value for layer in model.layers[1:5]] == [3] * 4
    assert model.layers[0].rate == 0.5
    assert (model.loss, model.optimizer.momentum, model.optimizer.nesterov) == ("categorical_crossentropy", 0.9, True)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


def test_the_first_questions_learning_rate_decays_with_each_update():
    schedule = founding_network(6, 5, 0).optimizer._learning_rate
    assert float(schedule(10_000)) == pytest.approx(0.005)  # .01 / (1 + 1e-4 * 10,000)


def test_the_second_question_has_relu_under_its_softmax():
    model, layers = config_of(waveform_network)
    assert layers == [("Flatten", None), ("Dense", 40), ("Dense", 10), ("Dense", 5), ("Activation", None)]
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["relu", "relu", "relu", "softmax"]
    assert (model.loss, model.optimizer.momentum) == ("categorical_crossentropy", 0.0)


def test_a_question_network_predicts_its_labels():
    X, y = np.random.default_rng(0).standard_normal((40, 3)), np.array(["x", "y"])[np.arange(40) % 2]
    network = QuestionNetwork(waveform_network, batch_size=10, epochs=1).fit(X, y)
    assert network.predict_proba(X).sum(axis=1) == pytest.approx(1)
    assert set(network.predict(X)) <= {"x", "y"}
