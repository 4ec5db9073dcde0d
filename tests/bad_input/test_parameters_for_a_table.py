"""Parameters that would do for another table, and do not fit this one."""

import pytest

from tests.bad_input.examples import FRAME, X, Y
from tests.tiny_fits import tiny

# Parameters that do not fit the data: parameters, X, y, whole message.
AGAINST_THE_DATA = {
    "class_weight with an unknown label": (
        {"class_weight": {0: 1, 7: 2}},
        X,
        "class_weight has weights for 7, which y does not contain. The classes are 0, 1, 2.",
    ),
    "class_weight with labels as strings": (
        {"class_weight": {"0": 1, "1": 1, "2": 1}},
        X,
        "class_weight has weights for '0', '1', '2', which y does not contain. Did you mean 0 for '0'? Did you mean 1 "
        "for '1'? Did you mean 2 for '2'? The classes are 0, 1, 2.",
    ),
    "class_weight of another length": (
        {"class_weight": [1, 2]},
        X,
        "class_weight has length 2, but y has 3 classes: 0, 1, 2. Pass one weight for each, in this order, or a dict "
        "such as {2: 5.0}.",
    ),
    "class_weight of nothing": (
        {"class_weight": {0: 0, 1: 0, 2: 0}},
        X,
        "class_weight={0: 0, 1: 0, 2: 0} gives weight 0 to every class that occurs in y, so there is nothing to "
        "learn. Give at least one of them a weight above 0.",
    ),
    "validation_fraction of nearly all": (
        {"early_stopping": True, "validation_fraction": 0.999},
        X,
        "validation_fraction=0.999 holds out 90 of 90 different rows, which leaves 0 training rows for 3 classes. Pass "
        "validation_fraction=0.96 or less, or more rows.",
    ),
    "validation_fraction of more rows than there are": (
        {"early_stopping": True, "validation_fraction": 200},
        X,
        "validation_fraction=200 holds out 200 of 90 different rows, which leaves 0 training rows for 3 classes. Pass "
        "validation_fraction=87 or less, or more rows.",
    ),
    "a cost matrix for fewer classes": (
        {"decision": [[0, 1], [1, 0]]},
        X,
        "decision is a cost matrix of shape (2, 2), but y has 3 classes. Pass costs of shape (3, 3), row: true class, "
        "column: predicted class, in the order of classes_.",
    ),
    "a category index that does not exist": (
        {"categorical_features": [9]},
        X,
        "categorical_features=[9] holds an index outside 0 to 3: X has 4 columns.",
    ),
    "a category name that does not exist": (
        {"categorical_features": ["q"]},
        FRAME,
        "categorical_features names ['q'], but the columns of X are ['a', 'b', 'c', 'd'].",
    ),
    "category names without a frame": (
        {"categorical_features": ["a"]},
        X,
        "categorical_features=['a'] holds column names, but X has none. Pass column indices, or X as a DataFrame.",
    ),
    "a category mask of another length": (
        {"categorical_features": [True, False]},
        X,
        "categorical_features is a mask of 2 values, but X has 4 columns. Pass one bool per column, or the indices of "
        "the category columns.",
    ),
}


@pytest.mark.parametrize("parameters, table, message", AGAINST_THE_DATA.values(), ids=AGAINST_THE_DATA)
def test_a_parameter_that_does_not_fit_the_table_is_refused(no_training, parameters, table, message):
    with pytest.raises(ValueError) as caught:
        tiny(**parameters).fit(table, Y)
    assert str(caught.value) == message


def test_a_scorer_for_two_classes_is_refused_for_three_before_training(no_training):
    with pytest.raises(ValueError, match=r"scoring='roc_auc'"):
        tiny(early_stopping=True, scoring="roc_auc").fit(X, Y)
