"""`diagnose`: checks the predictions of a fitted classifier of any library on rows it has not seen.

Never changes the classifier."""

from dataclasses import replace

import numpy as np

from robust_mlp._system.floating_point import usual_floating_point
from robust_mlp.inspection._diagnosis.record import Diagnosis, DiagnosisVerdict
from robust_mlp.inspection._read.batches import comes_in_batches, labelled_arrays
from robust_mlp.inspection._read.input_parts import is_parted
from robust_mlp.inspection._rules.findings import put_in_order
from robust_mlp.inspection._rules.labels import describe_labels, labels_as_array


def diagnose(classifier, X, y=None, *, classes=None, class_prior=None, random_state=0):
    """Say whether a fitted classifier of any library has collapsed, by its predictions for labelled rows.

    Compares the predictions with the class shares. Tells a collapsed ranking from a collapsed decision. Checks the
    calibration, class shares that differ from training, and whether simple models find a signal that the classifier
    misses. Takes about a second, in addition to the classifier's own predictions.

    Parameters
    ----------
    classifier : object
        With ``predict_proba``, ``decision_function`` or ``predict`` (scikit-learn, XGBoost, LightGBM, scikeras ...), a
        keras.Model, or a function from X to labels, probabilities or logits. Fitted; not changed.
    X : array-like of n_rows rows, or list or dict of such arrays for a network with several inputs
        Passed to the classifier unchanged. Use rows that it was not trained on; others give too good a picture. Or a
        `tf.data.Dataset` or `keras.utils.PyDataset` of batches (x, y), of which up to 20,000 rows are read.
    y : array-like of shape (n_rows,) or one-hot of shape (n_rows, n_classes), default=None
        The true labels. None where X holds them.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the classifier's columns, if it has no ``classes_``. None: the sorted labels of y.
    class_prior : array-like of shape (n_classes,), default=None
        Class shares that its probabilities carry, in the order of the classes: those of its training rows, unless class
        weights or a sampler changed them. None: its ``probability_prior_`` or ``class_prior_`` if it has one, else what
        its probabilities imply.
    random_state : int, default=0
        Seed of the simple models and of the choice of their rows. No global generator is used.

    Returns
    -------
    diagnosis : Diagnosis
        ``verdict``, ``headline``, ``findings`` (with what to do next), ``comparison``, ``classes``, ``calibration``,
        ``prior``, ``signal``. Prints itself.

    Raises
    ------
    TypeError
        The classifier is None or a class, or has no method that predicts.
    ValueError
        X and y have different lengths, y is empty or not a vector of labels, or the number of the classifier's columns
        does not fit the labels.

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
    >>> print(diagnosis.verdict)
    COLLAPSED
    >>> diagnosis.findings[0].code
    'constant_output'
    """
    with usual_floating_point():
        return _diagnosis(classifier, X, y, classes, class_prior, random_state)


def _diagnosis(classifier, X, y, classes, class_prior, random_state):
    """The steps of `diagnose`, in order."""
    from robust_mlp.inspection._diagnosis import steps as steps
    from robust_mlp.inspection._diagnosis.averages import lag_in
    from robust_mlp.inspection._diagnosis.own_advice import advice_for
    from robust_mlp.inspection._diagnosis.predictions import ask
    from robust_mlp.inspection._diagnosis.text import diagnosis_findings, headline

    if comes_in_batches(X):
        X, y = labelled_arrays(X, y)
    y = _as_labels(y)
    X = _with_as_many_rows(X, len(y))
    answers = ask(classifier, X, y, classes)
    answers, codes, unknown = _with_all_labels(answers, y)
    judged = steps.judge(answers, codes, *steps.known_prior(classifier, answers.classes, class_prior))
    signal = steps.look_for_signal(X, codes, len(answers.classes), random_state)
    verdict = steps.conclude(answers, judged, signal)
    rescaled = None
    if verdict is DiagnosisVerdict.COLLAPSED and judged.attempt.comparison.is_finite:

        def predicted_positions(rows):
            return ask(classifier, rows, y[: len(rows)], answers.classes).predicted

        rescaled = steps.rescaled_finding(predicted_positions, X, judged)
    calibration = steps.calibrate(answers, judged)
    prior = steps.compare_priors(answers, judged)
    found = diagnosis_findings(
        answers,
        judged,
        verdict=verdict,
        signal=signal,
        rescaled=rescaled,
        unknown=unknown,
        figures=(calibration, prior),
        advice=advice_for(classifier),
    )
    lag = None if verdict is DiagnosisVerdict.HEALTHY else lag_in(classifier, X, answers, codes)
    if lag is not None:
        verdict, found = DiagnosisVerdict.COLLAPSED, [lag, *found]
    return Diagnosis(
        verdict=verdict,
        headline=headline(judged, verdict, rescaled if lag is None else lag),
        findings=put_in_order(found),
        comparison=judged.attempt.comparison,
        classes=steps.class_rows(answers, judged),
        calibration=calibration,
        prior=prior,
        signal=None if signal is None else signal.summary,
    )


def _with_as_many_rows(X, n_rows):
    """X with a shape, or its arrays; ValueError if it has not `n_rows` rows."""
    if is_parted(X, n_rows):
        lengths = {len(part) for part in (X.values() if isinstance(X, dict) else X)}
        if lengths != {n_rows}:
            raise ValueError(
                f"The inputs in X have {', '.join(map(str, sorted(lengths)))} rows and y has {n_rows}. "
                "Pass one label for each row."
            )
        return X
    X = X if hasattr(X, "shape") or hasattr(X, "__array__") else np.asarray(X)
    if not X.shape or X.shape[0] != n_rows:
        raise ValueError(f"X has {X.shape[0] if X.shape else 0} rows and y has {n_rows}. Pass one label for each row.")
    return X


def _as_labels(y):
    """y as an ndarray of shape (n_rows,); one-hot rows become column numbers."""
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
    """Answers with a column of zeros for each label of y that the classifier does not know; the codes of y."""
    classes = answers.classes.astype(str) if y.dtype.kind in "OUS" else answers.classes
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        classes = np.concatenate([classes, unknown])
        zeros = np.zeros((len(y), len(unknown)))
        answers = replace(answers, classes=classes, probabilities=np.hstack([answers.probabilities, zeros]))
    order = np.argsort(classes, kind="stable")
    codes = order[np.searchsorted(classes[order], y)]
    return replace(answers, classes=classes), codes, tuple(unknown.tolist())
