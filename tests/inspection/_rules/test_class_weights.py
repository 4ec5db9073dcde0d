"""class_weight: what does not do what was meant, and what balances."""

import numpy as np
import pytest

from robust_mlp.inspection._rules.class_weights import judge_class_weight
from robust_mlp.inspection._rules.labels import describe_labels


@pytest.mark.parametrize(
    "class_weight, expected",
    [
        ("auto", ("class_weight_not_a_dict", "error")),
        ("balanced", ("class_weight_not_a_dict", "error")),
        ([1.0, 2.0], ("class_weight_not_a_dict", "error")),
        ({"0": 1.0, "1": 9.0}, ("class_weight_keys", "error")),
        ({0: 1.0}, ("class_weight_keys", "warning")),
        ({0: 1.0, 1: float("nan")}, ("class_weight_values", "error")),
        ({0: 1.0, 1: -2.0}, ("class_weight_values", "error")),
        ({0: 34.0, 1: 34.0}, ("class_weight_does_nothing", "warning")),
        ({0: 1, 1: 1}, ("class_weight_does_nothing", "info")),
        ({0: 9.0, 1: 1.0}, ("class_weight_inverted", "warning")),
        ({0: 1.0, 1: 100.0}, ("class_weight_too_strong", "warning")),
    ],
)
def test_class_weights_that_do_not_do_what_was_meant(class_weight, expected):
    labels = describe_labels(np.repeat([0, 1], [90, 10]))
    (finding,) = judge_class_weight(class_weight, labels)
    assert (finding.code, finding.severity) == expected


@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 9.0}, {0: 0.5, 1: 2.0}, {0: 1, 1: 9, 2: 30}])
def test_class_weights_that_balance_are_left_alone(class_weight):
    assert judge_class_weight(class_weight, describe_labels(np.repeat([0, 1], [90, 10]))) == []
