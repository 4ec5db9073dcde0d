"""Measurements: each symptom of outputs, gradients and trial steps, and none of a network that behaves."""

import pytest

from robust_mlp.inspection._read.facts import ActivityFacts, MeasuredFacts
from robust_mlp.inspection._rules.behaviour import judge_measured


def measured(**facts):
    usual = {"n_rows": 100, "n_bad_outputs": 0, "n_outputs": 100, "spread": 0.1, "scale": 1.0, "row_coupling": 0.0}
    return MeasuredFacts(
        **{**usual, "loss": 0.7, "prior_loss": 0.69, "gradient_norm": 1.0, "weight_norm": 5.0, **facts}
    )


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"n_bad_outputs": 3}, ("outputs_not_finite", "error")),
        ({"loss": float("nan")}, ("loss_not_finite", "error")),
        ({"loss_error": "ValueError: shapes"}, ("loss_refuses", "error")),
        ({"row_coupling": 0.3}, ("rows_coupled", "error")),
        ({"gradient_norm": 0.0}, ("no_gradient", "error")),
        ({"spread": 0.0, "trial_spread": 0.0, "trial_steps": 100}, ("constant_output", "error")),
        (
            {
                "activity": (
                    ActivityFacts(
                        name="h", activation="relu", n_units=8, dead_fraction=0.9, saturated_fraction=0, spread=0
                    ),
                )
            },
            ("dead_units", "warning"),
        ),
        (
            {
                "activity": (
                    ActivityFacts(
                        name="h", activation="tanh", n_units=8, dead_fraction=0, saturated_fraction=0.9, spread=0
                    ),
                )
            },
            ("saturated_units", "warning"),
        ),
        ({"update_ratio": 4.0}, ("learning_rate_too_high", "warning")),
        ({"update_ratio": 1e-9}, ("learning_rate_too_low", "warning")),
        (
            {"trial_loss": (0.7, 0.69), "trial_prior_loss": 0.69, "trial_steps": 100},
            ("batch_cannot_be_fitted", "warning"),
        ),
        ({"loss": 12.0}, ("initial_loss_far_from_guessing", "warning")),
        ({"loss": 3.0, "training_loss": 0.4, "is_trained": True}, ("modes_differ", "warning")),
    ],
)
def test_measured_symptoms(facts, expected):
    (finding,) = judge_measured(measured(**facts))
    assert (finding.code, finding.severity) == expected


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"spread": 0.0, "trial_spread": 0.4},  # an output layer that starts at zero learns
        {"update_ratio": 0.01, "trial_loss": (0.7, 0.2), "trial_prior_loss": 0.69},
        {"loss": 1.2, "prior_loss": None},
    ],
)
def test_nothing_is_said_of_a_network_that_behaves(facts):
    assert judge_measured(measured(**facts)) == []
