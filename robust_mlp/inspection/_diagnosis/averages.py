"""Whether the moving averages of batch normalization are why a Keras network fails on some rows. Changes nothing."""

import numpy as np

from robust_mlp.inspection._diagnosis.predictions import as_keras_takes, is_keras, of_keras
from robust_mlp.inspection._watch.batch_statistics import (
    MAX_ROWS,
    averaging_layers,
    estimated_state,
    lag_between,
    lag_finding,
)

FIX = (
    "keras.layers.BatchNormalization(momentum=0.9) and more epochs in the next training; CollapseGuard('restore') in "
    "model.fit estimates the averages again on training rows"
)


def lag_in(classifier, X, answers, codes):
    """The finding that a Keras network works with the batch statistics of these rows, and not with its averages.

    Parameters
    ----------
    classifier : object
    X : array, or list or dict of arrays
    answers : Answers
        Its predictions.
    codes : ndarray of shape (n_rows,), int

    Returns
    -------
    finding : Finding or None
        None for anything but a Keras network, and if the averages are not to blame.
    """
    if not is_keras(classifier) or not (layers := averaging_layers(classifier)) or answers.kind == "labels":
        return None
    from robust_mlp.inspection._read.runner import Runner

    n_rows = min(len(codes), MAX_ROWS)
    runner = Runner(classifier)
    inputs = runner.as_inputs(as_keras_takes(X if isinstance(X, (dict, list, tuple)) else np.asarray(X)))
    runner.state = estimated_state(runner, inputs, n_rows)
    try:
        outputs, _ = runner.answer(inputs)
        new = of_keras(classifier, outputs, answers.classes[codes], answers.classes)
    except ValueError:
        return None
    momentum = max(float(layer.momentum) for layer in layers)
    lag = lag_between(answers.probabilities, new.probabilities, codes, n_training_rows=n_rows, momentum=momentum)
    return None if lag is None else lag_finding(lag, FIX)
