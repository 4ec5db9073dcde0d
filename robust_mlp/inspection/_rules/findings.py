"""Findings: an immutable sequence of `Finding` that prints itself, and the order of causes.

Decides the order, and which symptom a cause explains. Never measures."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from html import escape

from robust_mlp._core.records import Finding

# Data before labels before head before training: an early cause can produce the later ones, so it comes first.
CAUSE_ORDER = (
    "inputs_not_finite",
    "batch_averages_lag",
    "inputs_all_constant",
    "one_class",
    "labels_missing",
    "labels_strings",
    "labels_scaled",
    "labels_continuous",
    "softmax_on_one_unit",
    "dropout_after_head",
    "categorical_loss_on_one_unit",
    "one_unit_for_many_classes",
    "softmax_for_multilabel",
    "labels_minus_one_plus_one",
    "labels_start_at_one",
    "labels_negative",
    "labels_with_gaps",
    "labels_out_of_range",
    "too_few_units",
    "one_hot_labels_for_sparse_loss",
    "codes_for_one_hot_loss",
    "units_differ_from_label_columns",
    "softmax_twice",
    "activation_before_softmax",
    "sigmoid_with_categorical_loss",
    "rectified_head",
    "linear_head_without_from_logits",
    "head_gives_no_probabilities",
    "activation_with_from_logits",
    "bounded_logits",
    "regression_loss_for_classes",
    "hinge_with_bounded_head",
    "scale_differs_from_training",
    "accuracy_of_logits",
    "binary_loss_for_exclusive_classes",
    "class_weight_not_a_dict",
    "class_weight_values",
    "class_weight_keys",
    "nothing_trainable",
    "rows_coupled",
    "identical_units",
    "weights_too_large",
    "weights_too_small",
    "biases_too_large",
    "exponential_activation",
    "vanishing_sigmoids",
    "inputs_unscaled",
    "class_weight_inverted",
    "class_weight_too_strong",
    "class_weight_does_nothing",
    "dropout_too_strong",
    "learning_rate_too_high",
    "learning_rate_too_low",
    "linear_hidden_layer",
    # of a diagnosis
    "not_a_number",
    "no_skill",
    "no_signal",
    "decision_collapsed",
    "misses_signal",
    "never_predicted",
    "unknown_labels",
    "prior_shift",
    "overconfident",
    "underconfident",
    "answers_read_as",
    "one_column_output",
    # symptoms
    "outputs_not_finite",
    "loss_not_finite",
    "loss_refuses",
    "no_gradient",
    "constant_output",
    "batch_cannot_be_fitted",
    "saturated_units",
    "dead_units",
    "initial_loss_far_from_guessing",
    "modes_differ",
    "frozen_layers",
    "inputs_constant",
)
SEVERITIES = ("error", "warning", "info")
# Symptoms that stop a network, and their possible causes. The first cause that was found becomes the error.
STOPPING_SYMPTOMS = ("outputs_not_finite", "loss_not_finite", "loss_refuses", "no_gradient", "constant_output")
POSSIBLE_CAUSES = (
    "inputs_unscaled",
    "exponential_activation",
    "vanishing_sigmoids",
    "weights_too_large",
    "weights_too_small",
    "biases_too_large",
    "identical_units",
)


def put_in_order(found):
    """Sort findings by severity and cause, and merge a cause with the symptom that it explains.

    Parameters
    ----------
    found : list of Finding

    Returns
    -------
    findings : Findings
    """
    errors = [finding for finding in found if finding.severity == "error"]
    symptoms = [finding for finding in errors if finding.code in STOPPING_SYMPTOMS]
    if not symptoms:
        return Findings(sorted(found, key=_rank))
    if len(errors) == len(symptoms):
        causes = sorted((f for f in found if f.code in POSSIBLE_CAUSES), key=_rank)
        if not causes:
            return Findings(sorted(found, key=_rank))
        cause, symptom = causes[0], sorted(symptoms, key=_rank)[0]
        evidence = f"{symptom.evidence} {cause.evidence}"
        promoted = replace(cause, severity="error", symptom=symptom.symptom, evidence=evidence)
        found = [promoted if finding is cause else finding for finding in found]
    found = [replace(f, severity="warning") if f in symptoms else f for f in found]  # the cause already reports them
    return Findings(sorted(found, key=_rank))


def _rank(finding):
    """Sort key: severity, then position in the order of causes."""
    place = CAUSE_ORDER.index(finding.code) if finding.code in CAUSE_ORDER else len(CAUSE_ORDER)
    return SEVERITIES.index(finding.severity), place


class Findings(Sequence):
    """An immutable sequence of findings, the root cause first.

    `print` shows the report. An empty sequence means that nothing was found.

    Parameters
    ----------
    findings : iterable of Finding, default=()

    Attributes
    ----------
    errors : tuple of Finding
        Contradictions and measured failures: this network cannot learn.
    warnings : tuple of Finding
        Settings that make learning slow or unlikely, or that make its figures misleading.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import inspect_model
    >>> model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1, activation="softmax")])
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> findings = inspect_model(model, *load_wine(return_X_y=True))
    >>> len(findings.errors) > 0
    True
    >>> "inputs_unscaled" in findings.codes
    True
    """

    __slots__ = ("_findings",)
    _findings: tuple[Finding, ...]

    def __init__(self, findings=()):
        object.__setattr__(self, "_findings", tuple(findings))

    def __setattr__(self, name, value):
        raise AttributeError("Findings cannot be changed. Make another one: Findings([...]).")

    def __delattr__(self, name):
        raise AttributeError("Findings cannot be changed. Make another one: Findings([...]).")

    def __reduce__(self):
        return Findings, (self._findings,)

    def __getitem__(self, index):
        chosen = self._findings[index]
        return Findings(chosen) if isinstance(index, slice) else chosen

    def __len__(self):
        return len(self._findings)

    def __eq__(self, other):
        return self._findings == other._findings if isinstance(other, Findings) else NotImplemented

    def __hash__(self):
        return hash(self._findings)

    @property
    def errors(self):
        """The findings of severity "error"."""
        return self._of("error")

    @property
    def warnings(self):
        """The findings of severity "warning"."""
        return self._of("warning")

    @property
    def codes(self):
        """The stable names of all findings, in order."""
        return tuple(finding.code for finding in self._findings)

    def _of(self, severity):
        """Findings of one severity."""
        return tuple(finding for finding in self._findings if finding.severity == severity)

    def to_dict(self):
        """Plain values for JSON.

        Returns
        -------
        content : dict
            ``{"findings": [...]}`` with one dict of strings per finding.
        """
        return {"findings": [asdict(finding) for finding in self._findings]}

    def __str__(self):
        return "\n".join([self._headline(), *(_as_text(i, f) for i, f in enumerate(self._findings, start=1))])

    def __repr__(self):
        return f"<Findings: {self._headline()}>"

    def _headline(self):
        """The number of findings of each severity."""
        if not self._findings:
            return "Nothing found."
        counts = [(severity, len(self._of(severity))) for severity in SEVERITIES]
        words = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("remark", "remarks")}
        return ", ".join(f"{n} {words[severity][n != 1]}" for severity, n in counts if n) + "."

    def _repr_html_(self):
        from robust_mlp._report.style import FRAGMENT_STYLE  # only needed if a page is shown

        return f'{FRAGMENT_STYLE}<div class="robust-mlp">{self.as_list()}</div>'

    def as_list(self):
        """The findings as an HTML list, without a style sheet.

        Returns
        -------
        html : str
        """
        from robust_mlp._report.style import SEVERITY_COLOURS, chip

        items = "".join(
            f"<li>{chip(f.severity, SEVERITY_COLOURS[f.severity])} <b>{escape(f.cause or f.symptom)}</b> "
            f"{escape(f.symptom) if f.cause else ''} ({escape(f.evidence)})"
            f'<span class="fix"><code>{escape(f.fix)}</code></span></li>'
            for f in self._findings
        )
        return f"<p>{self._headline()}</p>" + (f"<ul>{items}</ul>" if items else "")


def _as_text(number, finding):
    """One finding as indented lines."""
    lines = [f"{number}. {finding.severity.upper()}: {finding.cause or finding.symptom} [{finding.code}]"]
    if finding.cause:
        lines.append(f"   what it does: {finding.symptom}")
    return "\n".join([*lines, f"   evidence: {finding.evidence}", f"   type: {finding.fix}"])


__all__ = ["Finding", "Findings", "put_in_order"]
