"""Prose of the guard: what a symptom, a cause or a repair is called in front of the user, and the headline.

Fills numbers into sentences. Decides nothing."""

import math

from robust_mlp._collapse.column_sentences import cells_of, names_of, reading_lines
from robust_mlp._core.records import Finding, Verdict

# What a repair may set and a user cannot: no parameter of the estimator.
NEVER_TYPED = ("clip_norm",)

SYMPTOMS = {
    "not_a_number": "The network predicts something that is not a number.",
    "constant_output": "The network predicts the same probabilities for every row.",
    "no_skill": "The network predicts held-out rows no better than the class shares alone.",
    "little_skill": "The network is hardly better than the class shares alone, on training rows as well.",
    "never_predicted": "The network never predicts classes that many rows belong to.",
    "one_class": "The network gives nearly every row to one class.",
    "pushed_to_one_class": "The weights make the network give nearly every row to one class.",
    "diverged": "The training was stopped, since its loss was far above that of the class shares and not falling.",
    "far_behind": "The network is far behind a simple model of the same table.",
    "held_back": "A simple model of the same table does clearly better than the network.",
    "outdone": "The same network with usual settings does clearly better.",
    "training_loss": "The training loss never got clearly below that of the class shares alone.",
}

CAUSES = {
    "unscaled_columns": "Columns reach the network unscaled.",
    "heavy_tailed_columns": "A few very large cells set the scale of their columns: all other cells look alike.",
    "sorted_rows": "The rows are sorted by class and taken in that order.",
    "label_smoothing_too_strong": "Label smoothing leaves little of the labels.",
    "class_weight_too_strong": "The class weights push every row to one class.",
    "learning_rate_too_high": "The learning rate is too high.",
    "learning_rate_too_low": "The learning rate is too low.",
    "steps_bounded": "A setting of the optimizer makes its steps tiny.",
    "schedule_too_short": "The learning rate falls to nearly 0 before the network has learned.",
    "batch_of_one": "Batch normalization in batches of one row leaves nothing of the row: it is its own mean.",
    "batch_too_large": "The batches are so large that the weights are hardly ever updated.",
    "too_few_epochs": "The epochs were over before the weights had been updated often enough.",
    "stopped_too_early": "Early stopping ended the training before the network had learned.",
    "no_hidden_layer": "The network has no hidden layer, so it cannot combine columns.",
    "linear_activation": "The activation is linear, so that all layers together are one linear model.",
    "exploding_activation": "The activation grows so fast that the numbers overflow.",
    "vanishing_gradient": "The gradient vanishes on its way through the layers.",
    "exploding_gradient": "The gradient explodes on its way through the layers.",
    "dead_units": "A layer's units answer the same to every row.",
    "saturated_units": "A layer's units sit at the flat ends of their activation.",
    "dropout_too_strong": "Dropout leaves too few units to learn with.",
    "input_dropout_too_strong": "Dropout on the input hides too many columns at a time.",
    "weight_decay_too_strong": "Weight decay shrinks the weights faster than the loss can grow them.",
    "max_norm_too_small": "max_norm keeps the weights so small that every row gets the same answer.",
    "layer_too_narrow": "A layer is so narrow that little gets through it.",
    "no_signal": "Nothing in the features tells the classes apart.",
    "misaligned_rows": "Rows and labels are shifted against each other.",
    "unread_columns": "Columns of text hold numbers or dates, and were read as categories without an order.",
    "out_of_time": "max_time ended the training before the network had learned.",
    "interrupted": "The training was interrupted before the network had learned.",
    "cluster_lost": "The cluster was lost before the network had learned.",
    "stopped_by_callback": "A callback ended the training before the network had learned.",
    "too_many_held_out": "Most rows are held out, so that few are left to learn from.",
    "pairs_alone": "The classes depend on pairs of columns, and hardly on any column alone.",
    "unknown": "The settings and the table show no cause.",
}


def _shares_of(n):
    return f"class {n['name']!r} has {n['true']:.2%} of the rows and {n['predicted']:.2%} of the predictions"


_EVIDENCE = {
    "not_a_number": lambda n: f"since epoch {n['epoch']}",
    "constant_output": lambda n: f"the probabilities' standard deviation over rows is {n['spread']:.2g}",
    "no_skill": lambda n: f"log loss {n['loss']:.4g} against {n['prior_loss']:.4g}, association {n['score']:.2f}",
    "little_skill": lambda n: f"log loss {n['loss']:.4g} against {n['prior_loss']:.4g}",
    "never_predicted": lambda n: names_of(n["names"]),
    "one_class": _shares_of,
    "pushed_to_one_class": _shares_of,
    "diverged": lambda n: f"{n['loss']:.4g} at epoch {n['epoch']} against {n['prior_loss']:.4g}",
    "far_behind": lambda n: f"log loss {n['loss']:.4g} against {n['other']:.4g} of {n['name']}",
    "held_back": lambda n: f"log loss {n['loss']:.4g} against {n['other']:.4g} of {n['name']}",
    "outdone": lambda n: f"log loss {n['loss']:.4g} against {n['other']:.4g}",
    "training_loss": lambda n: f"{n['loss']:.4g} against {n['prior_loss']:.4g}",
    "unscaled_columns": lambda n: (
        f"scale=None and {n['n_columns']} columns of unusual size; {n['name']!r} has mean {n['mean']:.3g} "
        f"and standard deviation {n['deviation']:.3g}"
    ),
    "heavy_tailed_columns": lambda n: f"{n['n_columns']} columns: {names_of(n['names'])}",
    "sorted_rows": lambda n: (
        f"shuffle=False and {n['n_runs']} runs of equal labels in {n['n_rows']} rows, "
        f"where random order gives about {n['expected_runs']:.0f}"
    ),
    "label_smoothing_too_strong": lambda n: f"label_smoothing={n['label_smoothing']:g}",
    "class_weight_too_strong": lambda n: (
        f"class {n['name']!r} has {n['true']:.2%} of the rows and {n['share']:.2%} of the loss; "
        + (f"the class weights differ by a factor of {n['ratio']:.3g}" if n["ratio"] < math.inf else "one has weight 0")
    ),
    "learning_rate_too_high": lambda n: (
        f"learning_rate={n['rate']:.3g}, usual {n['usual']:.3g}; last training loss {n['last_loss']:.3g}, "
        f"prior {n['prior_loss']:.3g}"
    ),
    "learning_rate_too_low": lambda n: (
        f"learning_rate={n['rate']:.3g}, usual {n['usual']:.3g}"
        + (
            f"; {n['n_epochs']} epochs moved the weights by at most {n['movement']:.2g} of their length"
            if n["movement"] is not None
            else ""
        )
    ),
    "steps_bounded": lambda n: (
        f"{n['name']}={n['value']:.3g}, usual {n['usual']:.3g}"
        + (
            f"; {n['n_epochs']} epochs moved the weights by at most {n['movement']:.2g} of their length"
            if n["movement"] is not None
            else ""
        )
    ),
    "schedule_too_short": lambda n: f"{n['n_useful']} of {n['n_epochs']} epochs had a useful learning rate",
    "batch_of_one": lambda n: f"batch_size=1 with batch normalization, usual batch_size={n['usual']}",
    "batch_too_large": lambda n: (
        f"batch_size={n['batch_size']} of {n['n_train']} rows: {n['n_updates']} updates in all"
    ),
    "too_few_epochs": lambda n: f"max_iter={n['max_iter']}: {n['n_updates']} updates in all",
    "stopped_too_early": lambda n: (
        f"{n['n_epochs']} epochs, {n['n_updates']} updates; n_iter_no_change={n['n_iter_no_change']}, tol={n['tol']:g}"
    ),
    "no_hidden_layer": lambda n: "hidden_layer_sizes=()",
    "linear_activation": lambda n: f"activation={n['activation']!r}",
    "exploding_activation": lambda n: f"activation={n['activation']!r}",
    "vanishing_gradient": lambda n: (
        f"{n['depth']} hidden layers, activation={n['activation']!r}"
        + (f"; first to last gradient {n['ratio']:.2g}" if n["ratio"] is not None else "")
    ),
    "exploding_gradient": lambda n: f"{n['depth']} hidden layers; first to last gradient {n['ratio']:.2g}",
    "dead_units": lambda n: f"{n['layer']}: {n['fraction']:.0%} of {n['n_units']} units",
    "saturated_units": lambda n: f"{n['layer']}: {n['fraction']:.0%} of {n['n_units']} units",
    "dropout_too_strong": lambda n: f"dropout={n['rate']:g} leaves {n['left']:.3g} units of the narrowest layer",
    "input_dropout_too_strong": lambda n: f"input_dropout={n['rate']:g}",
    "weight_decay_too_strong": lambda n: f"weight_decay={n['decay']:g}",
    "max_norm_too_small": lambda n: f"max_norm={n['bound']:g}",
    "layer_too_narrow": lambda n: f"{n['narrowest']} {'unit' if n['narrowest'] == 1 else 'units'}",
    "no_signal": lambda n: (
        f"{n['n_rows']} rows; smallest p-value {n['p_value']:.2g}; a signal with an area under the ROC curve of "
        f"{n['smallest_auc']:.3f} would have been found"
        + (
            f"; {n['neighbours'].agreement:.1%} of the rows have the label of their nearest neighbour, "
            f"{n['neighbours'].chance:.1%} by chance"
            if n["neighbours"] is not None
            else ""
        )
    ),
    "misaligned_rows": lambda n: (
        f"with each label moved {abs(n['shift'])} {'row' if abs(n['shift']) == 1 else 'rows'} "
        f"{'up' if n['shift'] > 0 else 'down'} the area under the ROC curve is {n['auc']:.3f}"
    ),
    "unread_columns": lambda n: cells_of(n["findings"]),
    "out_of_time": lambda n: f"{n['n_epochs']} epochs",
    "interrupted": lambda n: f"{n['n_epochs']} epochs",
    "cluster_lost": lambda n: f"{n['n_epochs']} rounds",
    "stopped_by_callback": lambda n: f"{n['n_epochs']} {'epoch' if n['n_epochs'] == 1 else 'epochs'}",
    "too_many_held_out": lambda n: f"{n['n_train']} of {n['n_rows']} rows to train on",
    "pairs_alone": lambda n: (
        (f"{n['pair'][0]!r} and {n['pair'][1]!r} tell most; " if n["pair"] else "")
        + f"log loss {n['loss']:.4g} with effects of pairs, {n['prior_loss']:.4g} of the class shares"
    ),
    "unknown": lambda n: "",
}


def evidence_of(clue, class_names):
    """The numbers of a Symptom or a Cause, as text, class codes turned into the user's labels."""
    return _EVIDENCE[clue.code](with_names(clue.numbers, class_names))


def finding_of(symptom, cause, fix, class_names, severity="warning"):
    """A finding from a symptom and its cause, either of which may be None."""
    clues = [clue for clue in (cause, symptom) if clue is not None]
    return Finding(
        symptom=SYMPTOMS[symptom.code] if symptom is not None else "",
        cause=CAUSES[cause.code] if cause is not None else "",
        evidence="; ".join(text for clue in clues if (text := evidence_of(clue, class_names))),
        fix=fix,
        code=clues[0].code,
        severity=severity,
    )


def with_names(numbers, class_names):
    """The numbers of a Symptom, a Cause or an advice, with the user's labels beside class codes."""
    named = dict(numbers)
    if "code" in named:
        named["name"] = class_names[named["code"]]
    if "codes" in named:
        named["names"] = tuple(class_names[code] for code in named["codes"])
    return named


def settings_text(changes):
    """Changed settings as one would type them: "learning_rate=0.001 (was 10.0), dropout=0.1 (was 0.95)"."""
    return ", ".join(f"{name}={setting_value(new)} (was {setting_value(old)})" for name, (old, new) in changes.items())


def setting_value(value):
    """A setting's value as one would type it; the class of what cannot be typed in a few characters."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str | int | tuple) or value is None:
        return repr(value)
    if isinstance(value, dict) and "class_name" in value:  # an optimizer's settings
        return f"{value['class_name']}(...)"
    return type(value).__name__


def tried_fix(changes, is_kept):
    """What the guard did about a cause."""
    if not changes:
        return ""
    return f"Trained again with {settings_text(changes)}{'.' if is_kept else ', which did not help.'}"


def added_fix(added):
    """What was done where no setting helps."""
    return f"Added {added}. Each learns an effect for each pair of values."


def advised_fix(changes):
    """What the user can type where the guard was not to repair."""
    if not changes:
        return ""
    settings = ", ".join(
        f"{name}={setting_value(new)}" for name, (_, new) in changes.items() if name not in NEVER_TYPED
    )
    return f"Pass {settings}, or collapse_guard='repair'."


def headline_of(
    verdict,
    comparison,
    *,
    symptom="",
    cause=None,
    signal=None,
    n_attempts=1,
    added="",
    unchecked="",
):
    """The verdict in one or two sentences.

    Parameters
    ----------
    verdict : Verdict
    comparison : Comparison or None
        Of the attempt that is kept.
    symptom : str, default=""
        Code of the first thing that was wrong with the first attempt.
    cause : Cause or None, default=None
        The first cause of what went wrong.
    signal : SignalSummary or None, default=None
    n_attempts : int, default=1
    added : str, default=""
        Members of another kind that are kept in place of the network's own.
    unchecked : {"", "off", "no time"}, default=""
        "off": the user switched the guard off. "no time": `max_time` left none for the simple models that would tell.

    Returns
    -------
    headline : str
    """
    numbers = _against_prior(comparison)
    why = f" {CAUSES[cause.code]}" if cause is not None and cause.code != "unknown" else ""
    if verdict is Verdict.HEALTHY:
        if comparison.gain > 0:
            return f"The network beats the class shares{numbers}."
        return f"The network ranks the rows, but its probabilities are worse than the class shares{numbers}."
    if verdict is Verdict.REPAIRED and added:
        return f"{_first_training(symptom)}{why} With {added}, the classifier beats the class shares{numbers}."
    if verdict is Verdict.REPAIRED:
        return f"{_first_training(symptom)}{why} Trained again, the network beats the class shares{numbers}."
    if verdict is Verdict.NO_SIGNAL:
        return (
            "Nothing in the features tells the classes apart: neither the network nor simple models do better than the "
            f"class shares on {signal.n_rows} rows (smallest p-value {signal.p_value:.2g})."
        )
    if verdict is Verdict.COLLAPSED:
        times = "" if n_attempts == 1 else f" in any of {n_attempts} trainings"
        what = _HOW_IT_WENT[symptom] if symptom == "far_behind" else "did not learn"
        return f"The network {what}{times}{numbers}.{why}"
    if verdict is Verdict.UNDERFIT:
        times = "" if n_attempts == 1 else f" after {n_attempts} trainings"
        return f"The network learned something, but clearly less than a simple model{times}{numbers}.{why}"
    if unchecked == "off":
        return f"Not checked, because collapse_guard='off'{numbers}."
    before = "" if n_attempts == 1 else f"{_first_training(symptom)}{why} It was trained again. "
    if signal is not None and signal.found:
        return f"{before}The signal is too weak for the rows at hand to tell whether the network found it{numbers}."
    if unchecked == "no time":
        return f"{before}max_time left no time for the simple models that tell whether the network learned{numbers}."
    if comparison is not None and comparison.in_sample:
        return f"{before}No row was held out, so how good the network is on new rows is unknown{numbers}."
    return (
        f"{before}The different rows are too few, or of too few classes, to tell whether the network learned{numbers}."
    )


_HOW_IT_WENT = {
    "far_behind": "learned far less than a simple model",
    "held_back": "learned clearly less than a simple model",
    "outdone": "learned clearly less than another with usual settings",
    "diverged": "was stopped, because its loss was large and did not fall",
}


def _first_training(symptom):
    return f"The first training {_HOW_IT_WENT.get(symptom, 'collapsed')}."


def _against_prior(comparison):
    if comparison is None or not comparison.is_finite:
        return ""
    rows = "training" if comparison.in_sample else "held-out"
    losses = f"log loss {comparison.loss:.4g} against {comparison.prior_loss:.4g}"
    return f" ({losses} on {comparison.n_rows} {rows} rows)"


def warning_text(report):
    """The sentence to warn or raise with, or None where the report holds nothing to be warned of.

    Parameters
    ----------
    report : TrainingReport

    Returns
    -------
    text : str or None
    """
    if report.verdict not in (Verdict.NO_SIGNAL, Verdict.COLLAPSED, Verdict.UNDERFIT):
        return None
    fix = next((finding.fix for finding in report.findings if finding.fix), "")
    return " ".join(part for part in (report.headline, fix, "See report_ for the evidence.") if part)


def one_class_text(report, code, n_rows, share):
    """What to warn with where a network that did not collapse answers every held-out row with one class.

    Parameters
    ----------
    report : TrainingReport
    code : int
        Of the class.
    n_rows : int
        Held-out rows.
    share : float
        Share of these rows that belongs to the class.

    Returns
    -------
    text : str
    """
    name = report.class_names[code]
    found = f"predict gives all {n_rows:,} held-out rows to class {name!r}; that class has {share:.2%} of them."
    doubt = report.headline if report.verdict is Verdict.UNCHECKED else ""
    fix = next((advisory.fix for advisory in report.advisories if advisory.code in ABOUT_DECISIONS), "")
    return " ".join(part for part in (found, doubt, fix, "See report_ for the evidence.") if part)


def hopeless_fix(cause):
    """What to do where there is nothing to find."""
    fix = HOPELESS_FIXES[cause.code]
    return fix(cause.numbers) if callable(fix) else fix


# Advice on networks that rank the rows and never choose some classes.
ABOUT_DECISIONS = ("decision_collapse", "rare_classes_never_predicted")
HOPELESS_FIXES = {
    "unread_columns": lambda n: f"Read them first: {reading_lines(n)}",
    "misaligned_rows": "Look for a row too many or too few at the top of the features or of the labels.",
    "no_signal": (
        "No setting can change that. If you expected a signal, check that rows and labels belong together (a shuffled "
        "column of labels looks just like this) and that the features were computed from the right rows."
    ),
}
