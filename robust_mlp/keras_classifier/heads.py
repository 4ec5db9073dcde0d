"""The choice of head and loss for a user's network: the user's own, or replacements that fit the labels.

Works on facts of the inspection. Changes no model."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from robust_mlp._core.records import Finding
from robust_mlp.inspection._read import keras_model
from robust_mlp.inspection._read.facts import HeadFacts, LabelFacts, LossFacts
from robust_mlp.inspection._read.losses import loss_family
from robust_mlp.inspection._rules.heads import judge_head
from robust_mlp.inspection._rules.right_head import RightHead, right_head
from robust_mlp.keras_classifier.layer_changes import Changes, roles_of

# Losses that compare unit by unit and need labels of the same width as the head.
_WIDE = ("categorical", "binary", "regression", "hinge", "categorical_hinge", "divergence")


@dataclass(frozen=True, eq=False)
class HeadChoice:
    """The head and loss to train with.

    `right` is None if the user's own are kept. `findings` are the findings about the user's own.
    """

    units: int
    loss: Any  # a keras.losses.Loss, a function or a name
    facts: LossFacts
    head: HeadFacts
    findings: tuple[Finding, ...] = ()
    right: RightHead | None = None
    replaced: dict = field(default_factory=dict)  # of "head" and "loss": (the user's own, the one in its place)

    @property
    def changes(self):
        """The changes to build."""
        if self.right is None:
            return Changes()
        return Changes(units=self.right.units, head_activation=self.right.activation)


def choose_head(model, loss, labels, *, repair):
    """Keep the user's head and loss if they fit, else choose fitting ones.

    Parameters
    ----------
    model : keras.Model
        Built.
    loss : loss as given to `compile`, or None
    labels : ClassLabels
    repair : bool
        False keeps the user's head and loss.

    Returns
    -------
    choice : HeadChoice

    Raises
    ------
    ValueError
        The network cannot be trained on these labels, and `repair` is False or a repair is not possible.
    """
    head = keras_model.read_head(model) or HeadFacts(units=_units(model), chain=("unknown",), is_read_from_outputs=True)
    can_repair = repair and roles_of(model) is not None
    if loss is None:
        return _without_loss(head, labels, can_repair)
    function, facts = keras_model.read_loss(model, loss)
    labels_facts = label_facts(labels, facts, head.units)
    findings = tuple(judge_head(head, facts, labels_facts))
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return HeadChoice(head.units, function, facts, head, findings)
    if can_repair:
        right = right_head(labels_facts, head.units)
        return _repaired(head, right, tuple(_as_repaired(f, right) for f in findings), facts.name)
    blocking = [
        f for f in errors if f.code in ("too_few_units", "one_unit_for_many_classes", "units_differ_from_label_columns")
    ]
    if blocking:
        raise ValueError(f"{blocking[0].cause} {blocking[0].evidence} Build it with {blocking[0].fix}.")
    return HeadChoice(head.units, function, facts, head, findings)


def right_choice(model, labels, choice):
    """The head and loss that fit the labels best, even if the user's own fit; None if it cannot be built."""
    if choice.right is not None or roles_of(model) is None:
        return None
    right = right_head(label_facts(labels, choice.facts, choice.units), choice.units)
    return _repaired(choice.head, right, choice.findings, choice.facts.name)


def _repaired(head, right, findings, loss=""):
    """The choice of another head; `loss` names the user's own, "" where there is none."""
    own_head = f'Dense({head.units}, activation="{head.activation}")'
    pairs = {"head": (own_head, right.layer.removeprefix("keras.layers."))} | (
        {"loss": (loss, right.loss)} if loss else {}
    )
    replaced = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    facts = LossFacts(name=right.loss, family=loss_family(right.loss))
    new_head = HeadFacts(units=right.units, chain=(right.activation,), layer=head.layer)
    return HeadChoice(right.units, right.loss, facts, new_head, findings, right, replaced)


def _without_loss(head, labels, can_repair):
    """The HeadChoice without a given loss: a loss that fits the head, or a new head."""
    right = right_head(label_facts(labels, LossFacts(name="", family="custom"), head.units), head.units)
    fits = head.units == right.units and head.activation == right.activation
    if not fits and not can_repair:
        raise ValueError(
            "The model is not compiled and no loss was passed. "
            f"Pass loss={right.loss!r} with {right.layer} as the last layer, or repair_head=True."
        )
    if fits:
        facts = LossFacts(name=right.loss, family=loss_family(right.loss))
        return HeadChoice(head.units, right.loss, facts, head)
    return _repaired(head, right, ())


def _as_repaired(finding, right):
    """The finding with the repair that was made."""
    if finding.severity != "error":
        return finding
    return replace(
        finding, severity="warning", fix=f"Replaced by {right.lines}; repair_head=False leaves it as it was."
    )


def _units(model):
    """Units of a head whose layers cannot be traced."""
    shape = getattr(model, "output_shape", None)
    return int(shape[-1]) if isinstance(shape, tuple) and shape[-1] is not None else 1


def label_facts(labels, loss, units):
    """LabelFacts of labels in the coding that the loss needs."""
    n = labels.n_classes
    if labels.is_multilabel:
        return LabelFacts(kind="multilabel", n_rows=0, is_column=False, width=n, n_classes=n)
    if loss.family in _WIDE and units > 1:
        return LabelFacts(kind="one_hot", n_rows=0, is_column=False, width=max(n, 2), n_classes=n)
    codes = tuple(range(n))
    return LabelFacts(
        kind="codes", n_rows=0, is_column=False, width=1, n_classes=n, values=codes, smallest=0, largest=n - 1
    )


def targets_for(choice, codes, n_classes):
    """Labels in the coding that the loss needs.

    Parameters
    ----------
    choice : HeadChoice
    codes : ndarray of shape (n_rows,), int, or for several labels per row (n_rows, n_classes)
    n_classes : int

    Returns
    -------
    targets : ndarray of shape (n_rows,), (n_rows, 1) or (n_rows, units), dtype float32
        For a custom loss, codes stay codes, as in scikeras.
    """
    if codes.ndim == 2:
        return codes.astype(np.float32)
    if choice.facts.family in _WIDE and choice.units > 1:
        return np.eye(max(choice.units, n_classes), dtype=np.float32)[codes][:, : choice.units]
    if choice.facts.family == "sparse":
        return codes.astype(np.float32)
    return codes.astype(np.float32)[:, None]
