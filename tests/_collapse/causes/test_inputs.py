"""What causes look at: figures of one attempt, each held against its definition."""

import numpy as np

from robust_mlp._collapse.causes import find_causes
from robust_mlp._collapse.causes.inputs import CauseInputs, usual_rates
from robust_mlp._collapse.symptoms.rules import look
from tests.invented_attempts import attempt, constant, facts


def test_optimizers_given_by_settings_have_the_rates_of_their_class():
    assert usual_rates({"class_name": "SGD", "config": {}}) == usual_rates("sgd")
    assert usual_rates({"class_name": "Adam", "config": {}}) == usual_rates("adam") == usual_rates("rmsprop")


def test_the_loss_that_a_network_begins_with_is_no_divergence_where_a_class_is_rare():
    prior = np.array([0.98, 0.02])
    case = attempt(constant(1000, prior=prior), (0.691,) * 11, rate=1e-7)
    inputs = CauseInputs(judged=look(case, prior), facts=facts(), prior=prior, loss_prior=prior)
    assert not inputs.has_diverged
    assert next(cause.code for cause in find_causes(inputs)) == "learning_rate_too_low"
