"""`inspect_model`: finds errors in a Keras network before training.

Applies the rules of `_rules` to the facts of `_read`. Never changes the model; trial steps use copies of the
weights."""

import warnings

import numpy as np

from robust_mlp._system.floating_point import usual_floating_point
from robust_mlp._system.missing_packages import check_installed
from robust_mlp.inspection._read.arguments import check_lengths, check_names, inputs_as_arrays, row_codes
from robust_mlp.inspection._read.batches import comes_in_batches, labelled_arrays
from robust_mlp.inspection._read.own_inputs import input_names
from robust_mlp.inspection._rules.behaviour import judge_measured
from robust_mlp.inspection._rules.class_weights import judge_class_weight
from robust_mlp.inspection._rules.columns import describe_columns, judge_columns
from robust_mlp.inspection._rules.findings import put_in_order
from robust_mlp.inspection._rules.heads import judge_head, judge_metrics
from robust_mlp.inspection._rules.labels import describe_labels, judge_labels, labels_as_array
from robust_mlp.inspection._rules.layers import judge_layers
from robust_mlp.inspection._rules.rescaling import scale_mismatch

# Labels with which no loss can be computed; the rows are then shown without labels.
UNUSABLE_LABELS = ("labels_strings", "labels_missing")


def inspect_model(model, X, y=None, loss=None, *, class_weight=None, random_state=0):
    """Say what is wrong with a Keras network for these rows and labels.

    Checks layers, loss and labels with a table of valid combinations. Predicts real rows and measures the outputs.
    Tries to memorize one batch of 16 rows with copies of the weights. Takes seconds. The model does not change:
    weights, optimizer, seeds and compiled state stay the same.

    Parameters
    ----------
    model : keras.Model
        Built (its input shape is known), with one output of shape (n_rows, n_units) or (n_rows,). Sequential,
        functional and subclassed models; compiled, or `loss` is passed.
    X : array-like of shape (n_rows, n_features) or (n_rows, ...), or list or dict of them
        The rows as they would be passed to ``model.fit``, numeric; at least 2 rows. Or a `tf.data.Dataset` or
        `keras.utils.PyDataset` of batches (x, y), of which up to 20,000 rows are read.
    y : array-like of shape (n_rows,) or (n_rows, n_classes), default=None
        The labels as they would be passed to ``model.fit``. None where X holds them.
    loss : str, keras.losses.Loss or callable, default=None
        Checked instead of the compiled loss.
    class_weight : dict of int to float, default=None
        As it would be passed to ``model.fit``. Checked as well.
    random_state : int, default=0
        Seed of the choice of rows if there are many. No global generator is used.

    Returns
    -------
    findings : Findings
        The root cause first. An immutable sequence of :class:`Finding`, which have ``severity`` ("error", "warning" or
        "info"), ``symptom``, ``cause``, ``evidence`` and ``fix`` (the line to type). Empty when nothing was found;
        print it to read it.

    Raises
    ------
    TypeError
        The model is None, a function that makes a model, or not a Keras model.
    ValueError
        The model is not built or has several outputs, X holds text or has another shape than the model takes, X and y
        have different lengths, the loss is unknown or missing.
    ImportError
        Keras is not installed.

    Notes
    -----
    "error" means that head, loss, labels or weights contradict each other, or that a measurement shows that the network
    cannot learn. "warning" means valid but harmful. Gradients and the memorized batch need the TensorFlow backend.

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
    check_installed("inspect_model", "keras")
    with warnings.catch_warnings(), usual_floating_point():
        warnings.simplefilter("ignore")  # the findings include what Keras warns of
        return _inspect(model, X, y, loss, class_weight, random_state)


def _inspect(model, X, y, loss, class_weight, random_state):
    """The steps of `inspect_model`, in order."""
    from robust_mlp.inspection._read import keras_model, runner

    keras_model.check_model(model)
    loss_function, loss_facts = keras_model.read_loss(model, loss)
    if comes_in_batches(X):
        X, y = labelled_arrays(X, y)
    y = labels_as_array(y)
    check_names(X, input_names(model))
    X, names = inputs_as_arrays(X, keras_model.input_shapes(model))
    n_rows = check_lengths(X, y)
    labels = describe_labels(y)
    codes = row_codes(y, labels.kind)
    generator = np.random.default_rng(random_state)

    found = _judge_inputs(X, names, is_scaled_inside=keras_model.is_scaled_inside(model))
    has_gaps = any(finding.code == "inputs_not_finite" for finding in found)
    rows = runner.choose_rows(codes, runner.n_probe_rows(n_rows, _values_per_row(X)), generator)
    X_shown, y, codes = runner.take(X, rows), y[rows], codes[rows]
    shown = runner.show(model, _without_gaps(X_shown) if has_gaps else X_shown)

    head = keras_model.read_head(model, shown.outputs, shown.logits)
    contradictions = judge_labels(labels) + judge_class_weight(class_weight, labels)
    contradictions += judge_head(head, loss_facts, labels)
    contradictions += judge_metrics(head, loss_facts, keras_model.read_metrics(model))
    measured = runner.measure(
        shown,
        y,
        loss_function,
        loss_facts,
        codes,
        with_loss=not any(finding.code in UNUSABLE_LABELS for finding in contradictions),
        with_trial=not any(finding.severity == "error" for finding in contradictions),
        generator=generator,
    )
    found += contradictions + judge_layers(keras_model.read_layers(model), is_trained=measured.is_trained)
    found += judge_measured(measured, compute_dtype=keras_model.compute_dtype(model))
    middle = 0.0 if loss_facts.from_logits else 0.5
    found += scale_mismatch(shown, y, loss_function, measured, codes, middle=middle)
    return put_in_order(found)


def _parts(X):
    """The arrays of X as a list."""
    return list(X.values()) if isinstance(X, dict) else X if isinstance(X, list) else [X]


def _values_per_row(X):
    """Number of values in a row."""
    return sum(int(np.prod(part.shape[1:])) for part in _parts(X))


def _judge_inputs(X, names, *, is_scaled_inside):
    """Findings about all arrays of the inputs."""
    parts = _parts(X)
    found = []
    for part in parts:
        columns = describe_columns(part, names if len(parts) == 1 else ())
        found += judge_columns(columns, is_scaled_inside=is_scaled_inside)
    return found


def _without_gaps(X):
    """X with 0 for NaN and infinity, so that the network itself can be checked."""
    if isinstance(X, dict):
        return {name: _without_gaps(part) for name, part in X.items()}
    if isinstance(X, list):
        return [_without_gaps(part) for part in X]
    return np.nan_to_num(X, nan=0.0, posinf=0.0, neginf=0.0) if X.dtype.kind == "f" else X
