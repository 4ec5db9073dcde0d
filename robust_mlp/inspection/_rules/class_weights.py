"""Findings about the class_weight of `model.fit`.

Pure functions. Keras looks up each rounded label in the dict. For a missing label it uses weight 1, without a
warning."""

import math
from collections.abc import Mapping
from numbers import Integral, Real

from robust_mlp._core.records import Finding
from robust_mlp.inspection._rules.labels import show_values

BALANCED_DICT = (
    'weights = sklearn.utils.class_weight.compute_class_weight("balanced", classes=np.unique(y), y=y); '
    "class_weight = dict(enumerate(weights))"
)
# "balanced" gives every class the same total weight. A rare class with this many times as much dominates the fit.
OVERWEIGHT = 1.5
# Class counts must differ by this factor; otherwise no class clearly needs the larger weight.
CLEAR_IMBALANCE = 1.5


def judge_class_weight(class_weight, labels):
    """Find errors in class_weight.

    Parameters
    ----------
    class_weight : object
        The argument of `model.fit`.
    labels : LabelFacts

    Returns
    -------
    findings : list of Finding
    """
    if class_weight is None:
        return []
    if not isinstance(class_weight, Mapping):
        return [
            _finding(
                "class_weight_not_a_dict",
                "error",
                "Keras ignores it or stops at the first batch.",
                "Keras wants a dict from class number to weight.",
                f"class_weight={class_weight!r} is a {type(class_weight).__name__}.",
                BALANCED_DICT,
            )
        ]
    counts = _counts(labels)
    checks = (_bad_values, _keys, _all_equal, _inverted, _too_strong)
    for check in checks:
        if (finding := check(class_weight, counts)) is not None:
            return [finding]
    return []


def _finding(code, severity, symptom, cause, evidence, fix):
    """A Finding from its parts, in reading order."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def _counts(labels):
    """{class number: number of rows}, with the numbers that Keras looks up."""
    if labels.kind == "strings":
        return dict(enumerate(labels.counts))
    return {round(value): count for value, count in zip(labels.values, labels.counts, strict=False)}


def _bad_values(class_weight, counts):
    """Weights that are not positive numbers."""
    bad = {
        key: value
        for key, value in class_weight.items()
        if not isinstance(value, Real) or not math.isfinite(value) or value < 0
    }
    if not bad:
        return None
    return _finding(
        "class_weight_values",
        "error",
        "The loss becomes NaN, negative, or stops.",
        "A weight is not a positive number.",
        f"class_weight has {bad!r}.",
        BALANCED_DICT,
    )


def _keys(class_weight, counts):
    """Keys without a label, or labels without a key."""
    unknown = [key for key in class_weight if not isinstance(key, (Integral, float)) or key not in counts]
    missing = [code for code in counts if code not in class_weight]
    if not missing:  # keys without a label may belong to classes that are not in this sample
        return None
    return _finding(
        "class_weight_keys",
        "error" if len(missing) == len(counts) else "warning",
        "Keras silently takes weight 1 for a class without a key.",
        "The keys of class_weight are not the class numbers in y.",
        f"No key for class{'es' if len(missing) > 1 else ''} {show_values(tuple(missing))}"
        + (f"; keys without a row: {show_values(tuple(unknown))}." if unknown else "."),
        BALANCED_DICT,
    )


def _all_equal(class_weight, counts):
    """The same weight for every class."""
    weights = {float(class_weight[code]) for code in counts}
    if len(weights) > 1 or len(counts) < 2:
        return None
    (weight,) = weights
    return _finding(
        "class_weight_does_nothing",
        "info" if weight == 1 else "warning",
        "The balance of the classes stays as it is"
        + ("." if weight == 1 else "; only the learning rate is multiplied."),
        "All classes have the same weight.",
        f"Every weight is {weight:g}; rows per class {show_values(tuple(counts.values()))}.",
        BALANCED_DICT,
    )


def _inverted(class_weight, counts):
    """More weight for the frequent class than for the rare one."""
    most, least = max(counts, key=counts.get), min(counts, key=counts.get)
    is_clear = counts[most] >= CLEAR_IMBALANCE * max(counts[least], 1)
    if not is_clear or class_weight[most] <= class_weight[least]:
        return None
    return _finding(
        "class_weight_inverted",
        "warning",
        "The frequent class is pushed further, so the network predicts it even more.",
        "The frequent class has the larger weight.",
        f"Class {most}: {counts[most]} rows, weight {class_weight[most]:g}; "
        f"class {least}: {counts[least]} rows, weight {class_weight[least]:g}.",
        BALANCED_DICT,
    )


def _too_strong(class_weight, counts):
    """A rare class that outweighs all others."""
    total = sum(counts.values())
    weighted = {code: counts[code] * class_weight[code] for code in counts}
    all_weight = sum(weighted.values())
    if all_weight == 0:
        return None
    heaviest = max(weighted, key=lambda code: weighted[code])
    share, fair = weighted[heaviest] / all_weight, 1 / len(counts)
    is_rare = counts[heaviest] / total < fair / CLEAR_IMBALANCE
    if not is_rare or share < min(OVERWEIGHT * fair, (1 + fair) / 2):
        return None
    return _finding(
        "class_weight_too_strong",
        "warning",
        "The network predicts the rare class for nearly every row.",
        "The weight of a rare class is larger than balance asks for.",
        f"Class {heaviest} is {counts[heaviest] / total:.1%} of the rows and {share:.1%} of the weight.",
        BALANCED_DICT,
    )
