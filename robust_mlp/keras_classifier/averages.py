"""Mends the moving averages of batch normalization after a training, where they are to blame.

Keeps the network's own averages unless those of the training rows are clearly better on the judged rows."""

import keras
import numpy as np

from robust_mlp.inspection._read.runner import Runner
from robust_mlp.inspection._watch.batch_statistics import (
    MAX_ROWS,
    averaging_layers,
    estimated_state,
    lag_between,
)
from robust_mlp.keras_classifier.training import answer, arrays_of, as_inputs, put_weights


def mended_averages(run):
    """Estimate the averages on the training rows; the model gets them if its predictions become clearly better.

    Parameters
    ----------
    run : Run
        After its training. Its judged rows decide.

    Returns
    -------
    lag : AverageLag or None
        None if the model keeps its averages.
    """
    model, recorder = run.model, run.recorder
    layers = averaging_layers(model)
    if not layers or not hasattr(recorder, "judged") or recorder.judged.codes.ndim != 1:
        return None
    judged = recorder.judged
    before = recorder.probabilities(answer(model, judged.X, run.parts))
    weights, own = arrays_of(model.trainable_variables), arrays_of(model.non_trainable_variables)
    step = max(1, len(run.rows) // MAX_ROWS)
    rows = run.rows[::step][:MAX_ROWS]
    runner = Runner(model)
    state = estimated_state(runner, runner.as_inputs(as_inputs(rows, run.parts)), len(rows))
    put_weights(model, weights, [np.asarray(keras.ops.convert_to_numpy(value)) for value in state])
    after = recorder.probabilities(answer(model, judged.X, run.parts))
    lag = lag_between(
        before,
        after,
        judged.codes,
        judged.weights,
        n_training_rows=len(rows),
        momentum=max(float(layer.momentum) for layer in layers),
        n_updates=len(recorder.records) * -(-len(run.rows) // run.batch_size),
    )
    if lag is None:
        put_weights(model, weights, own)
    return lag
