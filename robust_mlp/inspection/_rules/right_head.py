"""The head and loss that fit the labels, and the words for what is there instead.

Pure functions on facts. Judges nothing."""

from dataclasses import dataclass

from robust_mlp._core.records import Finding
from robust_mlp.inspection._rules.labels import show_values

# Distinct labels listed in a message.
MOST_SHOWN = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class RightHead:
    """The head and loss that fit the labels, nearest to what is there."""

    units: int
    activation: str
    loss: str
    is_one_hot: bool  # whether the loss wants one-hot labels

    @property
    def layer(self):
        """The line that makes the layer."""
        return f'keras.layers.Dense({self.units}, activation="{self.activation}")'

    @property
    def lines(self):
        """The layer and the loss."""
        return f'{self.layer} with loss="{self.loss}"'


def right_head(labels, units=None):
    """The head and loss that fit `labels`.

    Parameters
    ----------
    labels : LabelFacts
    units : int, default=None
        Units of the present head; two units are kept for two classes.

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


def finding(code, symptom, cause, evidence, fix, severity="error"):
    """A finding, written in the order in which it is read."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def where(head):
    """The head in a few words."""
    name = f" ({head.layer!r})" if head.layer else ""
    return f"{head.units} unit{'s' if head.units != 1 else ''}{name}, activation {head.activation}"


def classes(labels):
    """The labels in a few words."""
    if labels.width > 1:
        return f"{labels.width} columns of labels"
    return f"{labels.n_classes} classes: {show_values(labels.values, MOST_SHOWN)}"
