"""The last activations against what the loss reads: probabilities, logits or quantities.

Pure functions on facts. Never looks at a model; whatever is legal is left alone."""

import math

from robust_mlp.inspection._rules.right_head import classes, finding, right_head, where

PROBABILITY_LOSSES = ("binary", "categorical", "sparse", "divergence")
# Activations whose values lie in a fixed interval: as logits of a softmax they bound the largest probability.
BOUNDED_RANGES = {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "softsign": (-1, 1)}
# Activations that cut off one side: a class pushed below zero gets no gradient any more.
RECTIFIERS = ("relu", "relu6", "hard_tanh", "hard_shrink", "threshold")
# A softmax that can never give a class more than this can still choose it, but no longer be sure of it.
MIN_REACHABLE_PROBABILITY = 0.9


def head_for_loss(head, loss, labels):
    """The last activation against a loss that wants probabilities or logits."""
    activation = head.activation
    if activation in ("unknown", "custom"):
        return None
    if loss.family not in PROBABILITY_LOSSES:
        return _head_for_other_losses(head, loss, labels)
    wanted = "sigmoid" if loss.family == "binary" else "softmax"
    if loss.from_logits:
        return _head_for_logits(head, loss, wanted)
    if activation == wanted:
        return None
    if loss.family == "binary" and activation == "softmax":
        return None  # judged with the labels, by `heads.judge_head`
    if loss.family != "binary" and activation in ("sigmoid", "hard_sigmoid"):
        return finding(
            "sigmoid_with_categorical_loss",
            "Each unit answers for itself, so the outputs of a row are no shares; once they saturate, argmax is a tie "
            "and one class takes all rows.",
            f"{loss.name} wants softmax outputs; this head is {activation}.",
            f"{where(head)}{_sums(head)}.",
            f'keras.layers.Dense({head.units}, activation="softmax")',
        )
    if activation in RECTIFIERS:
        return finding(
            "rectified_head",
            "A unit pushed below zero answers 0 to every row and gets no gradient; the loss freezes at log(0).",
            f"{loss.name} wants {wanted} outputs; this head is {activation}.",
            f"{where(head)}{_range(head)}.",
            f'keras.layers.Dense({head.units}, activation="{wanted}")',
        )
    if activation == "linear":
        loss_class = "".join(part.capitalize() for part in loss.name.split("_")) if "_" in loss.name else loss.name
        fix = (
            f'keras.layers.Dense({head.units}, activation="{wanted}")'
            if loss.family == "divergence"
            else f"loss=keras.losses.{loss_class}(from_logits=True)"
        )
        return finding(
            "linear_head_without_from_logits",
            "Outputs outside [0, 1] are clipped: their gradient is gone, or the loss is NaN.",
            f"{loss.name} reads the outputs as probabilities; this head gives any number.",
            f"{where(head)}, from_logits=False{_range(head)}.",
            fix,
        )
    return finding(
        "head_gives_no_probabilities",
        "The loss reads the outputs as probabilities and clips what lies outside [0, 1].",
        f"{loss.name} wants {wanted} outputs; this head is {activation}.",
        f"{where(head)}{_range(head)}.",
        f'keras.layers.Dense({head.units}, activation="{wanted}")',
    )


def _head_for_logits(head, loss, wanted):
    """An activation where the loss applies its own."""
    activation = head.activation
    linear = f"keras.layers.Dense({head.units})  # no activation"
    if activation in ("softmax", "sigmoid"):
        same = activation == wanted
        return finding(
            "activation_with_from_logits",
            f"The outputs are squashed twice, so no class can get more than {_reach(head, wanted):.2f}."
            if same
            else "The loss reads shares as logits.",
            f"{loss.name}(from_logits=True) applies {wanted} itself; this head already applies {activation}.",
            f"{where(head)}, from_logits=True{_sums(head)}.",
            f"{linear}, or from_logits=False" if same else linear,
        )
    if activation in RECTIFIERS or activation in BOUNDED_RANGES:
        return finding(
            "rectified_head" if activation in RECTIFIERS else "bounded_logits",
            "A unit pushed below zero answers 0 to every row and gets no gradient."
            if activation in RECTIFIERS
            else f"The logits are bounded, so no class can get more than {_reach(head, wanted):.2f}.",
            f"{loss.name}(from_logits=True) wants any number; this head is {activation}.",
            f"{where(head)}, from_logits=True{_range(head)}.",
            linear,
        )
    return None


def _head_for_other_losses(head, loss, labels):
    """Losses without probabilities: regression and hinge."""
    right = right_head(labels, head.units)
    if loss.family == "regression" and head.activation in ("linear", *RECTIFIERS) and labels.is_exclusive:
        return finding(
            "regression_loss_for_classes",
            "The outputs are no probabilities and are not bounded; a few far rows rule the fit.",
            f"{loss.name} fits a quantity, and the {head.activation} head gives one; the labels are classes.",
            f"{where(head)}, loss {loss.name}; {classes(labels)}{_range(head)}.",
            right.lines,
        )
    if loss.family == "regression" and labels.kind != "continuous":
        return finding(
            "regression_loss_for_classes",
            "Learning is slow or stops: the gradient vanishes where the network is sure and wrong.",
            f"{loss.name} is for quantities; the labels are classes.",
            f"{where(head)}, loss {loss.name}; {classes(labels)}.",
            right.lines,
            severity="warning",
        )
    if loss.family in ("hinge", "categorical_hinge") and head.activation in ("sigmoid", *RECTIFIERS):
        return finding(
            "hinge_with_bounded_head",
            "The margin of 1 that the loss asks for cannot be reached on both sides.",
            f"{loss.name} wants outputs on both sides of 0; this head is {head.activation}.",
            f"{where(head)}{_range(head)}.",
            f'keras.layers.Dense({head.units}, activation="tanh")',
            severity="warning",
        )
    return None


def activation_before_softmax(head):
    """An activation directly below the softmax, softmax itself included."""
    if len(head.chain) < 2 or head.activation != "softmax" or head.units < 2:
        return None
    below = head.chain[-2]
    fix = f'keras.layers.Dense({head.units}, activation="softmax")  # one activation only'
    if below in RECTIFIERS:
        return finding(
            "activation_before_softmax",
            "A class pushed below zero gets no gradient; once all units are 0 every class has the same share for ever.",
            f"The head applies {below} and then softmax.",
            f"{where(head)}, {below} before it.",
            fix,
        )
    if below not in BOUNDED_RANGES:
        return None
    reach = _reach(head, "softmax", below)
    return finding(
        "softmax_twice" if below == "softmax" else "activation_before_softmax",
        f"No class can ever get a share above {reach:.2f}, and the gradient is small.",
        f"The head applies {below} and then softmax.",
        f"{where(head)}, {below} before it; largest reachable share {reach:.2f} of 1.",
        fix,
        severity="error" if below == "softmax" or reach < MIN_REACHABLE_PROBABILITY else "warning",
    )


def _reach(head, wanted, below=None):
    """Largest probability that a bounded pre-activation allows."""
    low, high = BOUNDED_RANGES[below or head.activation]
    if wanted == "sigmoid":
        return 1 / (1 + math.exp(-high))
    return math.exp(high) / (math.exp(high) + (head.units - 1) * math.exp(low))


def _sums(head):
    """Evidence: what a row of outputs adds up to."""
    return (
        ""
        if head.row_sum is None
        else f"; a row of outputs adds up to between {head.row_sum[0]:.3g} and {head.row_sum[1]:.3g}"
    )


def _range(head):
    """Evidence: the range of the outputs."""
    if head.output_range is None:
        return ""
    return f"; outputs between {head.output_range[0]:.3g} and {head.output_range[1]:.3g} on your rows"
