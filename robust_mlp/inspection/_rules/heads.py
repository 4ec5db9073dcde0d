"""Findings about head, loss and labels: a table of valid combinations.

Pure functions on facts. Never reads a model; a valid combination gives no finding."""

from robust_mlp.inspection._rules.head_activation import activation_before_softmax, head_for_loss
from robust_mlp.inspection._rules.right_head import classes, finding, right_head, where


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
    # One mistake makes the later rules fire too: the first of each row speaks.
    for rules in ((_constant_head, _too_few_units, _label_coding, _label_codes), (head_for_loss, _loss_for_classes)):
        first = next((one for rule in rules if (one := rule(head, loss, labels)) is not None), None)
        if first is not None:
            found.append(first)
            if first.severity == "error" and first.code in ("softmax_on_one_unit", "one_unit_for_many_classes"):
                break
    if (chained := activation_before_softmax(head)) is not None:
        found.append(chained)
    return found


# ---- rows of the table: the number of units, and the coding of the labels


def _constant_head(head, loss, labels):
    """Softmax over one unit, or a categorical loss over one unit: both are constant."""
    right = right_head(labels)
    if head.units == 1 and "softmax" in head.chain:
        return finding(
            "softmax_on_one_unit",
            "The network answers 1 to every row, so it predicts one class for ever.",
            "Softmax divides a unit by the sum over the units; with one unit that is always 1.",
            f"{where(head)}; {classes(labels)}.",
            right.lines,
        )
    if head.units == 1 and loss.family in ("categorical", "sparse"):
        return finding(
            "categorical_loss_on_one_unit",
            "The loss does not depend on the output, and argmax over one column is class 0 for every row.",
            f"{loss.name} needs one unit per class; this head has a single one.",
            f"{where(head)}; {classes(labels)}.",
            right.lines,
        )
    return None


def _too_few_units(head, loss, labels):
    """Fewer units than classes."""
    if labels.kind not in ("codes", "strings", "scaled") or labels.width > 1:
        return None
    n_classes = labels.n_classes - (loss.ignore_class in labels.values)
    if head.units == 1 and labels.n_classes > 2 and loss.family != "custom":
        return finding(
            "one_unit_for_many_classes",
            "One number per row cannot tell more than two classes apart.",
            f"The head has one unit for {labels.n_classes} classes.",
            f"{where(head)}; {classes(labels)}.",
            right_head(labels).lines,
        )
    if 1 < head.units < n_classes:
        return finding(
            "too_few_units",
            "Rows of the classes without a unit break the loss or make it NaN.",
            f"The head has {head.units} units for {n_classes} classes.",
            f"{where(head)}; {classes(labels)}.",
            f"keras.layers.Dense({n_classes}, ...)",
        )
    return None


def _label_coding(head, loss, labels):
    """One-hot labels for a loss that needs codes, or the reverse."""
    wide = labels.width > 1
    if labels.kind == "multilabel" and ("softmax" in head.chain or loss.family in ("categorical", "sparse")):
        return finding(
            "softmax_for_multilabel",
            "The classes of a row compete although several of them are true at once.",
            "Rows carry several labels, and softmax or a categorical loss allows one.",
            f"{where(head)}; {labels.width} columns of labels with several or no 1 in a row.",
            right_head(labels).lines,
        )
    if wide and loss.family == "sparse":
        return finding(
            "one_hot_labels_for_sparse_loss",
            "Keras stops at the first batch: the shapes do not fit.",
            f"{loss.name} wants one whole number per row; y is one-hot.",
            f"y has {labels.width} columns.",
            'loss="categorical_crossentropy"  # or y = y.argmax(axis=1)',
        )
    if wide and labels.width != head.units:
        return finding(
            "units_differ_from_label_columns",
            "Keras stops at the first batch: the shapes do not fit.",
            "The head and the labels have different widths.",
            f"{where(head)}; y has {labels.width} columns.",
            right_head(labels).layer,
        )
    wants_columns = ("categorical", "binary", "regression", "hinge", "categorical_hinge", "divergence")
    if not wide and head.units > 1 and loss.family in wants_columns:
        fix = f"y = keras.utils.to_categorical(y, {head.units})"
        if loss.family == "categorical":
            fix = 'loss="sparse_categorical_crossentropy"  # or ' + fix
        elif loss.family == "binary":
            fix = right_head(labels, head.units).lines
        return finding(
            "codes_for_one_hot_loss",
            "Keras stops at the first batch, or compares every unit with the number of the class.",
            f"{loss.name} compares unit by unit; y holds one number per row.",
            f"{where(head)}; y has shape ({labels.n_rows}{', 1' if labels.is_column else ','}).",
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
    evidence = f"{classes(labels)}; the {'units are' if loss.family == 'sparse' else 'codes are'} 0 to {n_codes - 1}."
    symptom = (
        "The loss raises or becomes NaN: there is no unit with that number."
        if loss.family == "sparse"
        else "The loss becomes negative or points away from the label: it expects 0 and 1."
    )
    if (low, high) == (-1, 1) and labels.n_classes == 2:
        return finding(
            "labels_minus_one_plus_one", symptom, "The labels are -1 and 1.", evidence, "y = (y + 1) // 2  # 0 and 1"
        )
    if low < 0:
        return finding("labels_negative", symptom, "Some labels are negative.", evidence, reencode)
    if low == 1 and high == labels.n_classes == n_codes:
        return finding(
            "labels_start_at_one", symptom, "The labels start at 1; Keras counts from 0.", evidence, "y = y - 1"
        )
    if labels.n_classes <= n_codes:
        return finding("labels_with_gaps", symptom, "The labels are not 0, 1, 2, ... without gaps.", evidence, reencode)
    return finding(
        "labels_out_of_range", symptom, "There are more classes than units.", evidence, right_head(labels).lines
    )


def _loss_for_classes(head, loss, labels):
    """Binary cross-entropy for classes that exclude each other."""
    if loss.family != "binary" or labels.kind not in ("one_hot", "shares") or head.units < 2:
        return None
    two = labels.width == 2
    return finding(
        "binary_loss_for_exclusive_classes",
        "The reported accuracy counts every unit: answering 0 to all classes already scores "
        f"{1 - 1 / labels.width:.0%}."
        if not two
        else "It works; the two units say the same thing twice.",
        f"{loss.name} asks {labels.width} separate yes-or-no questions; each row belongs to exactly one class.",
        f"{where(head)}; y is one-hot with {labels.width} columns.",
        right_head(labels).lines,
        severity="info" if two else "warning",
    )


def _dropout_after_head(head):
    """Dropout between the last layer with weights and the output."""
    if head.dropout_after == 0:
        return None
    return finding(
        "dropout_after_head",
        "Predictions themselves are deleted while training; the loss rewards the same answer to every row.",
        "A Dropout layer follows the output layer.",
        f"{where(head)}, then dropout {head.dropout_after:g}.",
        "Delete the Dropout layer behind the last Dense layer; keep those between hidden layers.",
    )


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
        finding(
            "accuracy_of_logits",
            "The reported accuracy is wrong, and so is a prediction cut at .5: rows with a probability between .50 and "
            ".62 are counted as class 0.",
            "The metric compares the output with .5, but the output is a logit: its middle is 0.",
            f"{where(head)}, from_logits=True, metrics {', '.join(metrics)}; a logit of .5 is a probability of .62.",
            "metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]  # and predict with model.predict(X) > 0",
            severity="warning",
        )
    ]
