"""inspect_model: what is wrong with a Keras network before it trains. diagnose: what a fitted classifier does.

Puts the checks of `_inspection` together. Never changes the model or the classifier, and never trains it for good."""

import warnings
from dataclasses import replace

import numpy as np

from robust_mlp._inspection.class_weights import judge_class_weight
from robust_mlp._inspection.columns import describe_columns, judge_columns
from robust_mlp._inspection.diagnosis import Diagnosis, DiagnosisVerdict
from robust_mlp._inspection.findings import Findings, put_in_order
from robust_mlp._inspection.heads import judge_head, judge_metrics
from robust_mlp._inspection.labels import describe_labels, judge_labels, labels_as_array
from robust_mlp._inspection.layers import judge_layers
from robust_mlp._inspection.measured import judge_measured
from robust_mlp._inspection.rescaling import scale_mismatch
from robust_mlp._inspection.tables import check_lengths, inputs_as_arrays, row_codes

__all__ = ["Diagnosis", "DiagnosisVerdict", "Findings", "diagnose", "inspect_model"]

# Labels with which no loss can be computed; the rows are then shown without labels.
UNUSABLE_LABELS = ("labels_strings", "labels_missing")


def inspect_model(model, X, y, loss=None, *, class_weight=None, random_state=0):
    """Say what is wrong with a Keras network for these rows and labels.

    Reads the layers, the loss and the labels against an exact table of what fits what; shows the network real rows and
    measures what comes out; tries to learn one batch of 16 rows by heart on copies of the weights. Takes seconds. The
    model is as before: weights, optimizer, seeds and compiled state are not touched.

    Parameters
    ----------
    model : keras.Model
        Built (its input shape is known), with one output of shape (n_rows, n_units) or (n_rows,). Sequential,
        functional and subclassed models; compiled, or `loss` is passed.
    X : array-like of shape (n_rows, n_features) or (n_rows, ...), or list or dict of them
        The rows as they would be passed to ``model.fit``, numeric; at least 2 rows.
    y : array-like of shape (n_rows,) or (n_rows, n_classes)
        The labels as they would be passed to ``model.fit``.
    loss : str, keras.losses.Loss or callable, default=None
        Checked instead of the compiled loss.
    class_weight : dict of int to float, default=None
        As it would be passed to ``model.fit``. Checked as well.
    random_state : int, default=0
        Chooses the rows that are shown when there are many. No global generator is touched.

    Returns
    -------
    findings : Findings
        The root cause first. An immutable sequence of :class:`Finding`, which have ``severity`` ("error", "warning" or
        "info"), ``symptom``, ``cause``, ``evidence`` and ``fix`` (the line to type). Empty when nothing was found;
        print it to read it.

    Raises
    ------
    TypeError
        The model is missing, a function that makes one, or no Keras model.
    ValueError
        The model is not built or has several outputs, X holds text or has another shape than the model takes, X and y
        have different lengths, the loss is unknown or missing.

    Notes
    -----
    "error" means that head, loss, labels or weights contradict each other, or that it was measured that the network
    cannot move. "warning" means legal but harmful. Gradients and the batch learnt by heart need the TensorFlow backend.

    References
    ----------
    .. [1] Nikanjam et al. (2022), "Automatic Fault Detection for Deep Learning Programs Using Graph Transformations",
       https://arxiv.org/abs/2105.08095
    .. [2] Ben Braiek and Khomh (2023), "Testing Feedforward Neural Networks Training Programs",
       https://arxiv.org/abs/2204.00694

    Examples
    --------
    >>> import keras, numpy as np
    >>> from robust_mlp import inspect_model
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 4))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"),
    ...                           keras.layers.Dense(1, activation="softmax")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy")
    >>> findings = inspect_model(model, X, y)
    >>> findings[0].code
    'softmax_on_one_unit'
    >>> findings[0].fix
    'keras.layers.Dense(1, activation="sigmoid") with loss="binary_crossentropy"'
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras warns of on the way is among the findings
        return _inspect(model, X, y, loss, class_weight, random_state)


def _inspect(model, X, y, loss, class_weight, random_state):
    """The steps of `inspect_model`, in order."""
    from robust_mlp._inspection import network, probe

    network.check_model(model)
    loss_function, loss_facts = network.read_loss(model, loss)
    y = labels_as_array(y)
    X, names = inputs_as_arrays(X, network.input_shapes(model))
    n_rows = check_lengths(X, y)
    labels = describe_labels(y)
    codes = row_codes(y, labels.kind)
    generator = np.random.default_rng(random_state)

    found = _judge_inputs(X, names, is_scaled_inside=network.is_scaled_inside(model))
    has_gaps = any(finding.code == "inputs_not_finite" for finding in found)
    rows = probe.choose_rows(codes, probe.n_probe_rows(n_rows, _values_per_row(X)), generator)
    X_shown, y, codes = probe.take(X, rows), y[rows], codes[rows]
    shown = probe.show(model, _without_gaps(X_shown) if has_gaps else X_shown)

    head = network.read_head(model, shown.outputs, shown.logits)
    contradictions = judge_labels(labels) + judge_class_weight(class_weight, labels)
    contradictions += judge_head(head, loss_facts, labels)
    contradictions += judge_metrics(head, loss_facts, network.read_metrics(model))
    measured = probe.measure(
        shown,
        y,
        loss_function,
        loss_facts,
        codes,
        with_loss=not any(finding.code in UNUSABLE_LABELS for finding in contradictions),
        with_trial=not any(finding.severity == "error" for finding in contradictions),
        generator=generator,
    )
    found += contradictions + judge_layers(network.read_layers(model), is_trained=measured.is_trained)
    found += judge_measured(measured, compute_dtype=network.compute_dtype(model))
    middle = 0.0 if loss_facts.from_logits else 0.5
    found += scale_mismatch(shown, y, loss_function, measured, codes, middle=middle)
    return put_in_order(found)


def _parts(X):
    """The arrays of X as a list."""
    return list(X.values()) if isinstance(X, dict) else X if isinstance(X, list) else [X]


def _values_per_row(X):
    """How many numbers a row holds."""
    return sum(int(np.prod(part.shape[1:])) for part in _parts(X))


def _judge_inputs(X, names, *, is_scaled_inside):
    """Findings about the inputs, of all arrays where there are several."""
    parts = _parts(X)
    found = []
    for part in parts:
        columns = describe_columns(part, names if len(parts) == 1 else ())
        found += judge_columns(columns, is_scaled_inside=is_scaled_inside)
    return found


def _without_gaps(X):
    """X with 0 for NaN and infinity, so that the network itself can be looked at."""
    if isinstance(X, dict):
        return {name: _without_gaps(part) for name, part in X.items()}
    if isinstance(X, list):
        return [_without_gaps(part) for part in X]
    return np.nan_to_num(X, nan=0.0, posinf=0.0, neginf=0.0) if X.dtype.kind == "f" else X


def diagnose(classifier, X, y, *, classes=None, class_prior=None, random_state=0):
    """Say what a fitted classifier of any library does with labelled rows: collapsed or not, and why it may seem so.

    Compares its answers with always answering the class shares; tells a collapsed ranking from a collapsed decision;
    looks at calibration, at class shares that differ from training, and at whether simple models find in these rows
    what the classifier misses. Takes about a second beyond the classifier's own predictions.

    Parameters
    ----------
    classifier : object
        With ``predict_proba``, ``decision_function`` or ``predict`` (scikit-learn, XGBoost, LightGBM, scikeras ...), a
        keras.Model, or a function from X to labels, probabilities or logits. Fitted; not changed.
    X : array-like of n_rows rows
        Handed to the classifier as it is. Rows that it was not trained on tell the truth.
    y : array-like of shape (n_rows,) or one-hot of shape (n_rows, n_classes)
        The true labels.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the classifier's columns, where it has no ``classes_``. None: the sorted labels of y.
    class_prior : array-like of shape (n_classes,), default=None
        Class shares of its training rows, in the order of the classes. None: its ``class_prior_`` if it has one, else
        what its probabilities imply.
    random_state : int, default=0
        Of the simple models and of the rows they see. No global generator is touched.

    Returns
    -------
    diagnosis : Diagnosis
        ``verdict``, ``headline``, ``findings`` (with what to do next), ``comparison``, ``classes``, ``calibration``,
        ``prior``, ``signal``. Prints itself.

    Raises
    ------
    TypeError
        The classifier is missing, a class, or answers nothing.
    ValueError
        X and y have different lengths, y is empty or no vector of labels, or the classifier's columns fit no labels.

    References
    ----------
    .. [1] Saerens, Latinne, Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori
       probabilities", Neural Computation 14(1).

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.dummy import DummyClassifier
    >>> from robust_mlp import diagnose
    >>> X, y = make_classification(400, random_state=0)
    >>> diagnosis = diagnose(DummyClassifier().fit(X, y), X, y)
    >>> diagnosis.verdict.value
    'COLLAPSED'
    >>> diagnosis.findings[0].code
    'constant_output'
    """
    from robust_mlp._inspection import diagnosing as steps
    from robust_mlp._inspection.answers import ask
    from robust_mlp._inspection.diagnosis_words import diagnosis_findings, headline

    y = _as_labels(y)
    X = X if hasattr(X, "shape") or hasattr(X, "__array__") else np.asarray(X)
    if X.shape[0] != len(y):
        raise ValueError(f"X has {X.shape[0]} rows and y has {len(y)}. Pass one label for each row.")
    answers = ask(classifier, X, y, classes)
    answers, codes, unknown = _with_all_labels(answers, y)
    judged = steps.judge(answers, codes, *steps.known_prior(classifier, answers.classes, class_prior))
    signal = steps.look_for_signal(X, codes, len(answers.classes), random_state)
    verdict = steps.conclude(answers, judged, signal)
    rescaled = None
    if verdict is DiagnosisVerdict.COLLAPSED and judged.view.comparison.is_finite:

        def predicted_positions(rows):
            return ask(classifier, rows, y[: len(rows)], answers.classes).predicted

        rescaled = steps.rescaled_finding(predicted_positions, X, judged)
    calibration = steps.calibrate(answers, judged)
    prior = steps.compare_priors(answers, judged)
    found = diagnosis_findings(
        answers,
        judged,
        verdict=verdict,
        calibration=calibration,
        prior=prior,
        signal=signal,
        rescaled=rescaled,
        unknown=unknown,
    )
    return Diagnosis(
        verdict=verdict,
        headline=headline(judged, verdict, rescaled),
        findings=put_in_order(found),
        comparison=judged.view.comparison,
        classes=steps.class_rows(answers, judged),
        calibration=calibration,
        prior=prior,
        signal=None if signal is None else signal.summary,
    )


def _as_labels(y):
    """y as an ndarray of shape (n_rows,); one-hot columns become their numbers."""
    y = labels_as_array(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        if describe_labels(y).kind != "one_hot":
            raise ValueError(
                f"y has shape {y.shape} and is not one-hot; diagnose looks at one label per row. "
                "Pass y of shape (n_rows,)."
            )
        y = y.argmax(axis=1)
    labels = describe_labels(y)
    if labels.n_missing:
        raise ValueError(f"{labels.n_missing} of {len(y)} labels are NaN or None. Pass rows whose label is known.")
    return y.astype(str) if labels.kind == "strings" else y


def _with_all_labels(answers, y):
    """Answers with a column of zeros for every label of y that the classifier does not know, and the codes of y."""
    classes = answers.classes.astype(str) if y.dtype.kind in "OUS" else answers.classes
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        classes = np.concatenate([classes, unknown])
        zeros = np.zeros((len(y), len(unknown)))
        answers = replace(answers, classes=classes, probabilities=np.hstack([answers.probabilities, zeros]))
    order = np.argsort(classes, kind="stable")
    codes = order[np.searchsorted(classes[order], y)]
    return replace(answers, classes=classes), codes, tuple(unknown.tolist())
