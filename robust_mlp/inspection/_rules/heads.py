"""Findings about head, loss and labels: a table of valid combinations.

Pure functions on facts. Never reads a model; a valid combination gives no finding."""

import math
from dataclasses import dataclass

from robust_mlp._core.records import Finding
from robust_mlp.inspection._rules.labels import show_values

PROBABILITY_LOSSES = ("binary", "categorical", "sparse", "divergence")
# Activations with values in a fixed interval. As logits of a softmax they limit the largest probability.
BOUNDED_RANGES = {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "softsign": (-1, 1)}
# Activations that are flat on one side: a class there gets no gradient.
RECTIFIERS = ("relu", "relu6", "hard_tanh", "hard_shrink", "threshold")
# A softmax whose largest possible probability is below this can still choose a class, but never with confidence.
MIN_REACHABLE_PROBABILITY = 0.9
# Distinct labels listed in a message.
MOST_SHOWN = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class RightHead:
    """The head and loss that fit the labels and are closest to the present ones."""

    units: int
    activation: str
    loss: str
    is_one_hot: bool  # whether the loss wants one-hot labels

    @property
    def layer(self):
        """The code of the layer."""
        return f'keras.layers.Dense({self.units}, activation="{self.activation}")'

    @property
    def lines(self):
        """The code of the layer and of the loss."""
        return f'{self.layer} with loss="{self.loss}"'


def right_head(labels, units=None):
    """The head and loss that fit `labels`.

    Parameters
    ----------
    labels : LabelFacts
    units : int, default=None
        Units of the present head. A head of two units for two classes stays.

    Returns
    -------
    head : RightHead
    """
    if labels.kind == "multilabel":
        return RightHead(units=labels.width, activation="sigmoid", loss="binary_crossentropy", is_one_hot=True)
    if labels.kind in ("one_hot", "shares") or (labels.kind in ("scaled", "strings") and labels.width > 1):
        return RightHead(units=labels.width, activation="softmax", loss="categorical_crossentropy", is_one_hot=True)
    if labels.kind == "probabilities" or (labels.n_classes <= 2 and units != 2):
        return RightHead(units=1, activation="sigmoid", loss="binary_crossentropy", is_one_hot=False)
    return RightHead(
        units=max(labels.n_classes, 2), activation="softmax", loss="sparse_categorical_crossentropy", is_one_hot=False
    )


def judge_head(head, loss, labels):
    """Contradictions between head, loss and labels, the root cause first.

    Parameters
    ----------
    head : HeadFacts
    loss : LossFacts
    labels : LabelFacts

    Returns
    -------
    findings : list of Finding
    """
    found = []
    if (dropout := _dropout_after_head(head)) is not None:
        found.append(dropout)
    # One mistake also triggers the later rules, so only the first finding of each group is kept.
    for rules in ((_constant_head, _too_few_units, _label_coding, _label_codes), (_head_for_loss, _loss_for_classes)):
        first = next((finding for rule in rules if (finding := rule(head, loss, labels)) is not None), None)
        if first is not None:
            found.append(first)
            if first.severity == "error" and first.code in ("softmax_on_one_unit", "one_unit_for_many_classes"):
                break
    if (chained := _activation_before_softmax(head, labels)) is not None:
        found.append(chained)
    return found


def _error(code, symptom, cause, evidence, fix, severity="error"):
    """A Finding from its parts, in reading order."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def _where(head):
    """A short description of the head."""
    name = f" ({head.layer!r})" if head.layer else ""
    return f"{head.units} unit{'s' if head.units != 1 else ''}{name}, activation {head.activation}"


def _classes(labels):
    """A short description of the labels."""
    if labels.width > 1:
        return f"{labels.width} columns of labels"
    return f"{labels.n_classes} classes: {show_values(labels.values, MOST_SHOWN)}"


# ---- rows of the table: the number of units, and the coding of the labels


def _constant_head(head, loss, labels):
    """Softmax over one unit, or a categorical loss over one unit: both are constant."""
    right = right_head(labels)
    if head.units == 1 and "softmax" in head.chain:
        return _error(
            "softmax_on_one_unit",
            "The network answers 1 to every row, so it predicts one class for ever.",
            "Softmax divides a unit by the sum over the units; with one unit that is always 1.",
            f"{_where(head)}; {_classes(labels)}.",
            right.lines,
        )
    if head.units == 1 and loss.family in ("categorical", "sparse"):
        return _error(
            "categorical_loss_on_one_unit",
            "The loss does not depend on the output, and argmax over one column is class 0 for every row.",
            f"{loss.name} needs one unit per class; this head has a single one.",
            f"{_where(head)}; {_classes(labels)}.",
            right.lines,
        )
    return None


def _too_few_units(head, loss, labels):
    """Fewer units than classes."""
    if labels.kind not in ("codes", "strings", "scaled") or labels.width > 1:
        return None
    n_classes = labels.n_classes - (loss.ignore_class in labels.values)
    if head.units == 1 and labels.n_classes > 2 and loss.family != "custom":
        return _error(
            "one_unit_for_many_classes",
            "One number per row cannot tell more than two classes apart.",
            f"The head has one unit for {labels.n_classes} classes.",
            f"{_where(head)}; {_classes(labels)}.",
            right_head(labels).lines,
        )
    if 1 < head.units < n_classes:
        return _error(
            "too_few_units",
            "Rows of the classes without a unit break the loss or make it NaN.",
            f"The head has {head.units} units for {n_classes} classes.",
            f"{_where(head)}; {_classes(labels)}.",
            f"keras.layers.Dense({n_classes}, ...)",
        )
    return None


def _label_coding(head, loss, labels):
    """One-hot labels for a loss that needs codes, or the reverse."""
    wide = labels.width > 1
    if labels.kind == "multilabel" and ("softmax" in head.chain or loss.family in ("categorical", "sparse")):
        return _error(
            "softmax_for_multilabel",
            "The classes of a row compete although several of them are true at once.",
            "Rows carry several labels, and softmax or a categorical loss allows one.",
            f"{_where(head)}; {labels.width} columns of labels with several or no 1 in a row.",
            right_head(labels).lines,
        )
    if wide and loss.family == "sparse":
        return _error(
            "one_hot_labels_for_sparse_loss",
            "Keras stops at the first batch: the shapes do not fit.",
            f"{loss.name} wants one whole number per row; y is one-hot.",
            f"y has {labels.width} columns.",
            'loss="categorical_crossentropy"  # or y = y.argmax(axis=1)',
        )
    if wide and labels.width != head.units:
        return _error(
            "units_differ_from_label_columns",
            "Keras stops at the first batch: the shapes do not fit.",
            "The head and the labels have different widths.",
            f"{_where(head)}; y has {labels.width} columns.",
            right_head(labels).layer,
        )
    wants_columns = ("categorical", "binary", "regression", "hinge", "categorical_hinge", "divergence")
    if not wide and head.units > 1 and loss.family in wants_columns:
        fix = f"y = keras.utils.to_categorical(y, {head.units})"
        if loss.family == "categorical":
            fix = 'loss="sparse_categorical_crossentropy"  # or ' + fix
        elif loss.family == "binary":
            fix = right_head(labels, head.units).lines
        return _error(
            "codes_for_one_hot_loss",
            "Keras stops at the first batch, or compares every unit with the number of the class.",
            f"{loss.name} compares unit by unit; y holds one number per row.",
            f"{_where(head)}; y has shape ({labels.n_rows}{', 1' if labels.is_column else ','}).",
            fix,
        )
    return None


def _label_codes(head, loss, labels):
    """Class codes that do not run from 0 to one less than the number of units."""
    if labels.kind != "codes" or labels.n_classes < 2 or loss.family not in ("sparse", "binary"):
        return None
    # One unit with a binary loss stands for the two codes 0 and 1.
    n_codes = head.units if loss.family == "sparse" else 2
    low, high = int(labels.smallest), int(labels.largest)
    ignored = loss.ignore_class
    if ignored is not None and ignored in (low, high):
        kept = [int(value) for value in labels.values if value != ignored]
        low, high = min(kept), max(kept)
    if low >= 0 and high < n_codes:
        return None
    reencode = "classes, y = np.unique(y, return_inverse=True)"
    evidence = f"{_classes(labels)}; the {'units are' if loss.family == 'sparse' else 'codes are'} 0 to {n_codes - 1}."
    symptom = (
        "The loss raises or becomes NaN: there is no unit with that number."
        if loss.family == "sparse"
        else "The loss becomes negative or points away from the label: it expects 0 and 1."
    )
    if (low, high) == (-1, 1) and labels.n_classes == 2:
        return _error(
            "labels_minus_one_plus_one", symptom, "The labels are -1 and 1.", evidence, "y = (y + 1) // 2  # 0 and 1"
        )
    if low < 0:
        return _error("labels_negative", symptom, "Some labels are negative.", evidence, reencode)
    if low == 1 and high == labels.n_classes == n_codes:
        return _error(
            "labels_start_at_one", symptom, "The labels start at 1; Keras counts from 0.", evidence, "y = y - 1"
        )
    if labels.n_classes <= n_codes:
        return _error("labels_with_gaps", symptom, "The labels are not 0, 1, 2, ... without gaps.", evidence, reencode)
    return _error(
        "labels_out_of_range", symptom, "There are more classes than units.", evidence, right_head(labels).lines
    )


# ---- rows of the table: the activation, and the kind of loss


def _head_for_loss(head, loss, labels):
    """The last activation and a loss that needs probabilities or logits."""
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
        return None  # judged with the labels, by _loss_for_classes
    if loss.family != "binary" and activation in ("sigmoid", "hard_sigmoid"):
        return _error(
            "sigmoid_with_categorical_loss",
            "Each unit answers for itself, so the outputs of a row are no shares; once they saturate, argmax is a tie "
            "and one class takes all rows.",
            f"{loss.name} wants softmax outputs; this head is {activation}.",
            f"{_where(head)}{_sums(head)}.",
            f'keras.layers.Dense({head.units}, activation="softmax")',
        )
    if activation in RECTIFIERS:
        return _error(
            "rectified_head",
            "A unit pushed below zero answers 0 to every row and gets no gradient; the loss freezes at log(0).",
            f"{loss.name} wants {wanted} outputs; this head is {activation}.",
            f"{_where(head)}{_range(head)}.",
            f'keras.layers.Dense({head.units}, activation="{wanted}")',
        )
    if activation == "linear":
        loss_class = "".join(part.capitalize() for part in loss.name.split("_")) if "_" in loss.name else loss.name
        fix = (
            f'keras.layers.Dense({head.units}, activation="{wanted}")'
            if loss.family == "divergence"
            else f"loss=keras.losses.{loss_class}(from_logits=True)"
        )
        return _error(
            "linear_head_without_from_logits",
            "Outputs outside [0, 1] are clipped: their gradient is gone, or the loss is NaN.",
            f"{loss.name} reads the outputs as probabilities; this head gives any number.",
            f"{_where(head)}, from_logits=False{_range(head)}.",
            fix,
        )
    return _error(
        "head_gives_no_probabilities",
        "The loss reads the outputs as probabilities and clips what lies outside [0, 1].",
        f"{loss.name} wants {wanted} outputs; this head is {activation}.",
        f"{_where(head)}{_range(head)}.",
        f'keras.layers.Dense({head.units}, activation="{wanted}")',
    )


def _head_for_logits(head, loss, wanted):
    """An activation, although the loss applies its own."""
    activation = head.activation
    linear = f"keras.layers.Dense({head.units})  # no activation"
    if activation in ("softmax", "sigmoid"):
        same = activation == wanted
        return _error(
            "activation_with_from_logits",
            f"The outputs are squashed twice, so no class can get more than {_reach(head, wanted):.2f}."
            if same
            else "The loss reads shares as logits.",
            f"{loss.name}(from_logits=True) applies {wanted} itself; this head already applies {activation}.",
            f"{_where(head)}, from_logits=True{_sums(head)}.",
            f"{linear}, or from_logits=False" if same else linear,
        )
    if activation in RECTIFIERS or activation in BOUNDED_RANGES:
        return _error(
            "rectified_head" if activation in RECTIFIERS else "bounded_logits",
            "A unit pushed below zero answers 0 to every row and gets no gradient."
            if activation in RECTIFIERS
            else f"The logits are bounded, so no class can get more than {_reach(head, wanted):.2f}.",
            f"{loss.name}(from_logits=True) wants any number; this head is {activation}.",
            f"{_where(head)}, from_logits=True{_range(head)}.",
            linear,
        )
    return None


def _head_for_other_losses(head, loss, labels):
    """Losses without probabilities: regression and hinge."""
    right = right_head(labels, head.units)
    if loss.family == "regression" and head.activation in ("linear", *RECTIFIERS) and labels.is_exclusive:
        return _error(
            "regression_loss_for_classes",
            "The outputs are no probabilities and are not bounded; a few far rows rule the fit.",
            f"{loss.name} fits a quantity, and the {head.activation} head gives one; the labels are classes.",
            f"{_where(head)}, loss {loss.name}; {_classes(labels)}{_range(head)}.",
            right.lines,
        )
    if loss.family == "regression" and labels.kind != "continuous":
        return _error(
            "regression_loss_for_classes",
            "Learning is slow or stops: the gradient vanishes where the network is sure and wrong.",
            f"{loss.name} is for quantities; the labels are classes.",
            f"{_where(head)}, loss {loss.name}; {_classes(labels)}.",
            right.lines,
            severity="warning",
        )
    if loss.family in ("hinge", "categorical_hinge") and head.activation in ("sigmoid", *RECTIFIERS):
        return _error(
            "hinge_with_bounded_head",
            "The margin of 1 that the loss asks for cannot be reached on both sides.",
            f"{loss.name} wants outputs on both sides of 0; this head is {head.activation}.",
            f"{_where(head)}{_range(head)}.",
            f'keras.layers.Dense({head.units}, activation="tanh")',
            severity="warning",
        )
    return None


def _loss_for_classes(head, loss, labels):
    """Binary cross-entropy for classes that exclude each other."""
    if loss.family != "binary" or labels.kind not in ("one_hot", "shares") or head.units < 2:
        return None
    two = labels.width == 2
    return _error(
        "binary_loss_for_exclusive_classes",
        "The reported accuracy counts every unit: answering 0 to all classes already scores "
        f"{1 - 1 / labels.width:.0%}."
        if not two
        else "It works; the two units say the same thing twice.",
        f"{loss.name} asks {labels.width} separate yes-or-no questions; each row belongs to exactly one class.",
        f"{_where(head)}; y is one-hot with {labels.width} columns.",
        right_head(labels).lines,
        severity="info" if two else "warning",
    )


def _activation_before_softmax(head, labels):
    """An activation directly before the softmax, which may be a softmax itself."""
    if len(head.chain) < 2 or head.activation != "softmax" or head.units < 2:
        return None
    below = head.chain[-2]
    fix = f'keras.layers.Dense({head.units}, activation="softmax")  # one activation only'
    if below in RECTIFIERS:
        return _error(
            "activation_before_softmax",
            "A class pushed below zero gets no gradient; once all units are 0 every class has the same share for ever.",
            f"The head applies {below} and then softmax.",
            f"{_where(head)}, {below} before it.",
            fix,
        )
    if below not in BOUNDED_RANGES:
        return None
    reach = _reach(head, "softmax", below)
    return _error(
        "softmax_twice" if below == "softmax" else "activation_before_softmax",
        f"No class can ever get a share above {reach:.2f}, and the gradient is small.",
        f"The head applies {below} and then softmax.",
        f"{_where(head)}, {below} before it; largest reachable share {reach:.2f} of 1.",
        fix,
        severity="error" if below == "softmax" or reach < MIN_REACHABLE_PROBABILITY else "warning",
    )


def _dropout_after_head(head):
    """Dropout between the last layer with weights and the output."""
    if head.dropout_after == 0:
        return None
    return _error(
        "dropout_after_head",
        "Predictions themselves are deleted while training; the loss rewards the same answer to every row.",
        "A Dropout layer follows the output layer.",
        f"{_where(head)}, then dropout {head.dropout_after:g}.",
        "Delete the Dropout layer behind the last Dense layer; keep those between hidden layers.",
    )


def _reach(head, wanted, below=None):
    """Largest probability that bounded logits allow."""
    low, high = BOUNDED_RANGES[below or head.activation]
    if wanted == "sigmoid":
        return 1 / (1 + math.exp(-high))
    return math.exp(high) / (math.exp(high) + (head.units - 1) * math.exp(low))


def _sums(head):
    """Evidence: the range of the sums of a row of outputs."""
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


def judge_metrics(head, loss, metrics):
    """Metrics that cut logits at .5.

    Parameters
    ----------
    head : HeadFacts
    loss : LossFacts
    metrics : sequence of str
        Names of the compiled metrics that compare the output with .5.

    Returns
    -------
    findings : list of Finding
    """
    if not metrics or head.units != 1 or loss.family != "binary" or not loss.from_logits or head.activation != "linear":
        return []
    return [
        _error(
            "accuracy_of_logits",
            "The reported accuracy is wrong, and so is a prediction cut at .5: rows with a probability between .50 and "
            ".62 are counted as class 0.",
            "The metric compares the output with .5, but the output is a logit: its middle is 0.",
            f"{_where(head)}, from_logits=True, metrics {', '.join(metrics)}; a logit of .5 is a probability of .62.",
            "metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]  # and predict with model.predict(X) > 0",
            severity="warning",
        )
    ]
