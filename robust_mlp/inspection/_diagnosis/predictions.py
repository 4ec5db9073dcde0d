"""Predictions of any classifier: probabilities if it gives them, labels otherwise.

Knows scikit-learn's methods, Keras models and plain functions. Judges nothing."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._core.losses import softmax_in_place
from robust_mlp.inspection._read.distributions import are_shares
from robust_mlp.inspection._watch.outputs import as_probabilities, middle_of

# Batch size for a Keras model.
KERAS_BATCH = 4096


@dataclass(frozen=True, eq=False)
class Answers:
    """A classifier's predictions for n_rows rows.

    `classes` ndarray of shape (n_classes,); `predicted` ndarray of shape (n_rows,), positions in `classes`;
    `probabilities` ndarray of shape (n_rows, n_classes), float64. `kind` is "probabilities"; "scores" if the numbers
    only rank; "labels" if each row has probability 1 for its label. `is_one_column` if there is one number per row.
    """

    classes: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    kind: str
    is_one_column: bool = False
    middle: float = 0.5  # threshold of a single column
    reading: str = ""  # how the answers were read, if nothing says what they mean


def ask(classifier, X, y, classes=None):
    """Predict the rows of X with a classifier.

    Parameters
    ----------
    classifier : object
        With ``predict_proba``, ``decision_function`` or ``predict``; a keras.Model; or a function of X.
    X : array-like of n_rows rows
        Passed on unchanged.
    y : ndarray of shape (n_rows,)
        True labels. They give the classes if the classifier does not know them.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the columns.

    Returns
    -------
    answers : Answers
    """
    if classifier is None:
        raise TypeError("classifier is None. Pass a fitted classifier, a keras.Model or a function of X.")
    if isinstance(classifier, type):
        raise TypeError(
            f"classifier is the class {classifier.__name__}, not an object. Fit one: {classifier.__name__}().fit(X, y)."
        )
    known = getattr(classifier, "classes_", None) if classes is None else classes
    known = None if known is None else np.asarray(known)
    if classes is None:
        _check_in_common(known, y)
    if is_keras(classifier):
        return of_keras(classifier, _keras_outputs(classifier, X), y, known)
    if hasattr(classifier, "predict_proba"):
        answers = _read(classifier.predict_proba(X), y, known, is_raw=False)
        return _with_labels(answers, classifier, X)
    if hasattr(classifier, "decision_function"):
        answers = _read(classifier.decision_function(X), y, known, is_raw=True, is_score=True)
        return _with_labels(answers, classifier, X)
    if hasattr(classifier, "predict"):
        return _read(classifier.predict(X), y, known, is_raw=True)
    if callable(classifier):
        output = classifier(X)
        answers = _read(output, y, known, is_raw=True)
        return answers if answers.kind == "labels" else _noted(answers, np.asarray(output))
    raise TypeError(
        f"{type(classifier).__name__} has neither predict_proba, decision_function nor predict. "
        "Pass a fitted classifier, a keras.Model or a function of X."
    )


def _check_in_common(known, y):
    """Raise if no label in y is one of the classifier's: all its predictions would count as wrong."""
    if known is None or known.ndim != 1 or not len(y):
        return
    held = np.unique(np.asarray(y)).tolist()
    if set(held) & set(known.tolist()):
        return
    raise ValueError(
        f"y holds labels such as {held[0]!r}, and the classifier knows classes such as {known.tolist()[0]!r}: they "
        "have none in common. Pass y as in its training, or classes= with the labels in the order of its columns."
    )


def is_keras(classifier):
    """Whether it is a Keras model, without an import of Keras."""
    return any(
        base.__module__.startswith("keras.") and base.__name__ == "Model" for base in type(classifier).__mro__
    ) and not hasattr(classifier, "predict_proba")


def _keras_outputs(model, X):
    """Outputs of a Keras model as an ndarray."""
    if len(getattr(model, "outputs", None) or [None]) > 1:
        raise ValueError(
            f"The model has {len(model.outputs)} outputs; diagnose looks at one. Pass "
            "keras.Model(model.inputs, model.outputs[0])."
        )
    outputs = model.predict(as_keras_takes(X), batch_size=KERAS_BATCH, verbose=0)
    while isinstance(outputs, (list, tuple, dict)) and len(outputs) == 1:
        outputs = next(iter(outputs.values() if isinstance(outputs, dict) else outputs))
    if isinstance(outputs, (list, tuple, dict)):
        raise ValueError(f"The model answers with {len(outputs)} outputs; diagnose looks at one. Let it return one.")
    outputs = np.asarray(outputs)
    return outputs.astype(np.float64) if outputs.dtype.kind not in "iubf" else outputs  # bfloat16 is no number to NumPy


def as_keras_takes(X):
    """X, or the arrays of several inputs as ndarrays."""
    if isinstance(X, dict):
        return {name: np.asarray(part) for name, part in X.items()}
    if isinstance(X, (list, tuple)):
        return [np.asarray(part) for part in X]
    return X


def of_keras(model, outputs, y, known):
    """Answers from the outputs of a Keras model, read as its head and its loss say.

    Parameters
    ----------
    model : keras.Model
    outputs : ndarray of shape (n_rows, units)
    y : ndarray of shape (n_rows,)
    known : ndarray of shape (n_classes,) or None
        Labels in the order of the columns.

    Returns
    -------
    answers : Answers
    """
    from robust_mlp.inspection._read import keras_model

    if outputs.ndim == 1:
        outputs = outputs[:, None]
    if outputs.ndim != 2 or len(outputs) != len(y) or not np.isfinite(outputs).all():
        return _read(outputs, y, known, is_raw=True)
    head = keras_model.read_head(model, outputs)
    try:
        _, loss = keras_model.read_loss(model, None)
    except ValueError:  # it was never compiled
        return _noted(_read(outputs, y, known, is_raw=True), outputs)
    n_units = outputs.shape[1]
    if n_units > 1:
        means_quantities = loss.from_logits or loss.family == "regression"
        P = as_probabilities(outputs, head, loss, n_units) if means_quantities else outputs
        return _read(P, y, known, is_raw=True)
    if loss.family == "regression" and head.activation not in ("sigmoid", "softmax"):
        return _of_estimates(outputs[:, 0].astype(np.float64), y, known)
    P = as_probabilities(outputs, head, loss, 2)
    return replace(_read(P[:, 1], y, known, is_raw=True, is_vector=True), middle=middle_of(head, loss))


def _of_estimates(column, y, known):
    """Answers from estimates of the label itself, as the squared error trains them: the nearest label is predicted."""
    labels = np.unique(y) if known is None else known
    values = labels.astype(np.float64) if labels.dtype.kind in "iufb" else np.arange(len(labels), dtype=np.float64)
    codes = np.arange(len(labels), dtype=np.float64)
    # A network that was trained on codes answers in codes, whatever the labels are. Its mean answer is the mean label.
    shares = np.array([np.mean(y == label) for label in labels])
    values = min((values, codes), key=lambda tried: abs(column.mean() - shares @ tried))
    if len(labels) != 2:
        nearest = np.abs(column[:, None] - values).argmin(axis=1)
        return Answers(labels, nearest, np.eye(len(labels))[nearest], "labels")
    share = np.clip((column - values[0]) / (values[1] - values[0]), 0, 1)
    P = np.column_stack([1 - share, share])
    return Answers(labels, P.argmax(axis=1), P, "probabilities", True, float(values.mean()))


def _noted(answers, outputs):
    """The answers of one unit with a word on how they were read, if that is a guess."""
    if not answers.is_one_column or answers.middle != 0:
        return answers
    low, high = float(outputs.min()), float(outputs.max())
    text = f"The answers, from {low:.3g} to {high:.3g}, were read as log-odds: above 0 is the second class."
    return replace(answers, reading=text)


def _read(output, y, classes, *, is_raw, is_score=False, is_vector=False):
    """Answers from an output of any kind.

    `is_raw`: the method does not promise probabilities. `is_score`: the method promises scores only. `is_vector`: a
    vector holds numbers, not labels.
    """
    output = output.to_numpy() if hasattr(output, "to_numpy") else np.asarray(output)
    if output.ndim == 0:
        raise ValueError(
            f"The classifier answered with {output.item()!r} to {len(y)} rows. One answer per row is needed. Let a "
            "function return its predictions."
        )
    if output.ndim > 2 or len(output) != len(y):
        raise ValueError(
            f"The classifier answered with shape {output.shape} to {len(y)} rows. One answer per row is needed."
        )
    if output.ndim == 1 and not (is_score or is_vector) and _are_labels(output, y, classes):
        return _from_labels(output, y, classes)
    numbers = _as_numbers(output)
    numbers = numbers.reshape(len(y), -1)
    is_one_column = numbers.shape[1] == 1
    classes = _classes(classes, y, 2 if is_one_column else numbers.shape[1])
    middle = 0.5 if not is_score and _in_unit_interval(numbers) else 0.0
    probabilities, kind = _as_probabilities(numbers, is_score=is_score)
    kind = kind if is_raw else "probabilities"
    predicted = probabilities.argmax(axis=1) if np.isfinite(probabilities).all() else np.zeros(len(y), dtype=int)
    return Answers(classes, predicted, probabilities, kind, is_one_column and not is_score, middle)


def _as_numbers(output):
    """The output as float64; ValueError if it holds neither labels of y nor numbers."""
    try:
        return output.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"The classifier answered {output.ravel().tolist()[0]!r}, which is neither a label in y nor a number. "
            "Pass classes=[...] with the labels in the order of its columns."
        ) from None


def _are_labels(output, y, classes):
    """Whether an output vector holds labels: known labels, or integers or booleans."""
    known = np.unique(y) if classes is None else np.concatenate([np.unique(y), classes])
    if output.dtype.kind in "OUS" or known.dtype.kind in "OUS":
        return output.dtype.kind == known.dtype.kind or bool(np.isin(output.astype(str), known.astype(str)).all())
    if output.dtype.kind == "f" and not np.isfinite(output).all():
        return False
    return bool(np.isin(output, known).all()) or output.dtype.kind in "iub"


def _from_labels(output, y, classes):
    """Answers from an output of labels."""
    given = np.unique(y) if classes is None else np.asarray(classes)
    if output.dtype.kind in "OUS" or given.dtype.kind in "OUS":
        output, given = output.astype(str), given.astype(str)
    classes = np.concatenate([given, np.setdiff1d(output, given)])
    order = np.argsort(classes, kind="stable")
    predicted = order[np.searchsorted(classes[order], output)]
    return Answers(classes, predicted, np.eye(len(classes))[predicted], "labels")


def _classes(classes, y, n_columns):
    """Labels of the columns; ValueError if they cannot be determined."""
    if classes is not None:
        if len(classes) != n_columns:
            raise ValueError(
                f"The classifier has {n_columns} columns for {len(classes)} classes. "
                "Pass classes=[...] with one label per column."
            )
        return np.asarray(classes)
    present = np.unique(y)
    if len(present) == n_columns:
        return present
    if present.dtype.kind in "iub" and present[0] >= 0 and present[-1] < n_columns:
        return np.arange(n_columns)
    raise ValueError(
        f"The classifier has {n_columns} columns and y has {len(present)} different labels. "
        "Pass classes=[...] with the labels in the order of the columns."
    )


def _as_probabilities(numbers, *, is_score):
    """Probabilities of shape (n_rows, n_classes) from one or more columns, and their kind."""
    if numbers.shape[1] == 1:
        column = numbers[:, 0]
        if not is_score and _in_unit_interval(numbers):
            return np.column_stack([1 - column, column]), "probabilities"
        # Between -1 and 0, say: a logit. Its sigmoid is right for a network, and ranks alike for any other score.
        P = softmax_in_place(np.column_stack([np.zeros_like(column), column]))
        return P, "scores" if is_score else "probabilities"
    if not np.isfinite(numbers).all():
        return numbers, "probabilities"
    if not is_score and are_shares(numbers):
        return numbers, "probabilities"
    sums = numbers.sum(axis=1, keepdims=True)
    if not is_score and _in_unit_interval(numbers) and np.all(sums > 0):
        return numbers / sums, "scores"  # one answer per class, each for itself
    return softmax_in_place(numbers.copy()), "scores" if is_score else "probabilities"


def _in_unit_interval(numbers):
    """Whether every finite number lies in [0, 1]."""
    finite = numbers[np.isfinite(numbers)]
    return bool(finite.size) and finite.min() >= 0 and finite.max() <= 1


def _with_labels(answers, classifier, X):
    """The same answers with the labels of `predict`, which need not be the most probable ones."""
    if not hasattr(classifier, "predict"):
        return answers
    labels = np.asarray(classifier.predict(X))
    if labels.ndim != 1 or not np.isin(labels, answers.classes).all():
        return answers
    order = np.argsort(answers.classes, kind="stable")
    predicted = order[np.searchsorted(answers.classes[order], labels)]
    return Answers(
        answers.classes, predicted, answers.probabilities, answers.kind, answers.is_one_column, answers.middle
    )
