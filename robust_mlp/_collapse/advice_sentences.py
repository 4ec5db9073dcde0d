"""Prose of the advice: for each code the sentence, the numbers behind it, and what to type.

Fills numbers into sentences. Decides nothing."""

from collections.abc import Callable

from robust_mlp._collapse.column_sentences import COLUMN_ADVICE, names_of
from robust_mlp._collapse.explanations import evidence_of, with_names
from robust_mlp._core.printable import printable
from robust_mlp._core.records import Finding

# Who or what ended a training, by its stop reason.
_ENDED = {
    "max_time": "max_time ended {what}.",
    "interrupted": "An interrupt ended {what}.",
    "callback": "A callback ended {what}.",
    "cluster_lost": "The loss of the cluster ended {what}.",
}


def _cut(n):
    what = "the training" if n["number"] == 1 else f"training {n['number']}"
    return _ENDED[n["by"]].format(what=what)


def _figure_of_cut(n):
    """Which figure is of a cut network, and what to do about it."""
    if n["kept"] == n["number"]:
        figure = f"Every figure above is of this cut network, with the weights of epoch {n['best_epoch']}."
    else:
        figure = (
            f"The figures above are of training {n['kept']}, which was not cut. Only the held-out loss of training "
            f"{n['number']} is of a cut network."
        )
    may_help = n["by"] == "max_time" and not n["is_hopeless"]
    return f"{figure} Pass a larger max_time to finish it." if may_help else figure


def _more_epochs(n_epochs, has_auto_schedule, is_slow):
    """What to type for twice the epochs: an 'auto' schedule ends by itself, however large `max_iter` is."""
    if has_auto_schedule:
        return (
            f"Pass learning_rate_schedule='cosine', max_iter={2 * n_epochs}: the 'auto' schedule ends by "
            "itself, whatever max_iter is." + (" Or raise learning_rate." if is_slow else "")
        )
    return f"Pass max_iter={2 * n_epochs}{', or raise learning_rate' if is_slow else ''}."


def _less_overfitting(n):
    if n["is_best_kept"]:
        return "The weights of the best epoch are kept. More dropout or weight_decay may gain something."
    return "The weights of a later epoch are kept. early_stopping=True keeps those of the best."


def _usual_values(n):
    if "other" not in n:
        return "Usual values may do better."
    losses = f"log loss {n['other']:.4g} against {n['loss']:.4g}"
    return f"A second training with usual values was not clearly better ({losses}), so the first one is kept."


# By code: the sentence, the evidence, and what to type. Some depend on the numbers of the advice.
ADVICE: dict[str, tuple[str | Callable[[dict], str], Callable[[dict], str], str | Callable[[dict], str]]] = {
    "cut_short": (_cut, lambda n: f"after {n['n_epochs']} of at most {n['max_iter']} epochs", _figure_of_cut),
    "left_out": (
        "max_time left no time for parts of the fit.",
        lambda n: ", ".join(n["stages"]),
        "No figure above includes them. Pass a larger max_time to have them.",
    ),
    "can_go_on": (
        "The checkpoint file holds the trainings so far.",
        lambda n: printable(n["path"]),
        "Call fit again with the same rows and settings: it goes on where this one was cut.",
    ),
    "in_sample": (
        "No row was held out, so the network was judged on rows that it was trained on.",
        lambda n: f"{n['n_rows']} rows",
        "Pass X_val and y_val, early_stopping=True or n_members > 1 for an honest judgement.",
    ),
    "few_held_out": (
        "The held-out rows are too few to prove that the network learned. The rows that it was trained on and simple "
        "models speak for it.",
        lambda n: f"{n['n_rows']} held-out rows",
        lambda n: (
            "Pass X_val and y_val, or more rows, for a proof."
            if n["n_members"] > 1
            else "Pass n_members > 1, which holds out every row once, or X_val and y_val, for a proof."
        ),
    ),
    "one_class_held_out": (
        "All held-out rows belong to one class, so they cannot tell whether the network learned.",
        lambda n: f"{n['n_rows']} rows",
        "Pass X_val and y_val with rows of every class.",
    ),
    "decision_collapse": (
        "The network ranks the rows well, and yet the same class is the most probable one for every row.",
        lambda n: f"area under the ROC curve {n['auc']:.3f}; {n['share']:.2%} of the rows are of class {n['name']!r}",
        "The probabilities suit these class shares, so another training would not help: decision='balanced', a scorer "
        "or a matrix of costs as decision= gives the other classes a chance.",
    ),
    "rare_classes_never_predicted": (
        "Classes that the network ranks well are never its first choice.",
        lambda n: f"{names_of(n['names'])}; area under the ROC curve at least {n['auc']:.3f}",
        "decision='balanced', a scorer or a matrix of costs as decision= gives them a chance.",
    ),
    "overconfident": (
        "The network ranks the rows but is too sure of itself: its log loss is worse than that of the class shares.",
        lambda n: f"log loss {n['loss']:.4g} against {n['prior_loss']:.4g}; area under the ROC curve {n['auc']:.3f}",
        lambda n: (
            ("Pass" if n["is_tempered"] else "Pass early_stopping=True,")
            + " more dropout or weight_decay, or calibrate with CalibratedClassifierCV."
        ),
    ),
    "wrong_level": (
        "The network ranks the rows, and its probabilities are at a wrong level: their log loss is worse than that of "
        "the class shares.",
        lambda n: (
            f"class {n['name']!r} has {n['share']:.2%} of the rows and a mean probability of {n['mean']:.2%}; log loss "
            f"{n['loss']:.4g} against {n['prior_loss']:.4g}; area under the ROC curve {n['auc']:.3f}"
        ),
        "Pass more epochs, or calibrate with CalibratedClassifierCV; the ranking needs neither.",
    ),
    "weighted_predictions": (
        "The figures are for the class shares of the data; class weights or a sampler make predict choose otherwise.",
        lambda n: (
            f"class {n['name']!r} has {n['predicted']:.1%} of the predictions above, and {n['served']:.1%} of predict's"
        ),
        "prior_correction=True gives honest probabilities; decision='balanced' serves rare classes without weights.",
    ),
    "late_collapse": (
        "The network learned and then lost it again for good.",
        lambda n: f"best epoch {n['epoch']} of {n['last_epoch']}",
        "The weights of the best epoch are kept. A lower learning_rate keeps the training stable.",
    ),
    "simple_models_do_better": (
        "A simple model does clearly better on this table, and no setting explains it.",
        lambda n: f"log loss {n['loss']:.4g} of the network, {n['other']:.4g} of {n['name']}",
        "Models of that kind may suit the table better than networks, for example HistGradientBoostingClassifier.",
    ),
    "trees_do_better": (
        "The training is sound, and boosted trees predict this table clearly better.",
        lambda n: (
            f"log loss {n['loss']:.4g} of the network, {n['other']:.4g} of trees, {n['share']:.0%} less, on "
            f"{n['n_rows']:,} held-out rows; trees fitted to {n['n_trained']:,} rows"
        ),
        "Compare with HistGradientBoostingClassifier: compare_models(clf, X, y). Columns that say directly what trees "
        "find in steps, such as ratios, differences, or cells of a map as categories, may help the network.",
    ),
    "retrained_members": (
        "Members of the ensemble had not learned what the others had, and were trained again from other first weights.",
        lambda n: f"{', '.join(str(m) for m in n['members'])} of {n['n_members']}",
        "They now do better on the rows they left out. Fewer layers or batch_norm=True make a bad start rarer.",
    ),
    "overfitting": (
        "The held-out loss rose again while the training loss fell.",
        lambda n: f"{n['best']:.4g} at epoch {n['epoch']}, {n['last']:.4g} at the end",
        _less_overfitting,
    ),
    "still_improving": (
        "The held-out loss was still falling when the epochs were over.",
        lambda n: f"{n['earlier']:.4g} at epoch {n['earlier_epoch']}, {n['last']:.4g} at epoch {n['last_epoch']}",
        lambda n: _more_epochs(n["last_epoch"], n["has_auto_schedule"], n["is_slow"]),
    ),
    "extreme_settings": (
        "The network learned in spite of settings that often stop one.",
        lambda n: "; ".join(evidence_of(cause, ()) for cause in n["causes"]),
        _usual_values,
    ),
    "prior_shift": (
        "The held-out rows have other class shares than the training rows.",
        lambda n: f"class {n['name']!r}: {n['train']:.2%} in training, {n['held_out']:.2%} held out",
        "PriorShiftClassifier adapts the probabilities to the shares of new rows.",
    ),
    "conflicting_labels": (
        "Rows with the very same features carry different labels.",
        lambda n: (
            f"{n['share']:.1%} of the rows; no model can be right on more than {n['ceiling']:.1%} of all rows, "
            f"nor reach a log loss below {n['floor']:.4g}"
        ),
        "Check the labels, or add the features that tell these rows apart.",
    ),
    **COLUMN_ADVICE,
}


def advice_finding(advice, class_names):
    """Advice as a finding, class codes turned into the user's labels."""
    sentence, evidence, fix = ADVICE[advice.code]
    numbers = with_names(advice.numbers, class_names)
    return Finding(
        symptom="",
        cause=sentence(numbers) if callable(sentence) else sentence,
        evidence=evidence(numbers),
        fix=fix(numbers) if callable(fix) else fix,
        code=advice.code,
        severity="warning" if numbers.get("is_serious") else "info",
    )


def column_text(advisory):
    """The warning about a column that makes a fit worth little: the text of an advisory of severity "warning"."""
    return f"{advisory.cause} ({advisory.evidence}) {advisory.fix}"
