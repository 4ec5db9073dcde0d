"""The moving averages of batch normalization, estimated anew on training rows, and whether the old ones lag behind.

In training a network sees the mean and the variance of each batch; in prediction it sees moving averages of them. After
few updates these are still near their start. The averages are estimated as for stochastic weight averaging (Izmailov et
al. 2018, https://arxiv.org/abs/1803.05407, section 3.2): one pass over training rows. Never changes a model."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from robust_mlp._core.losses import mean_loss, row_losses
from robust_mlp._core.records import Finding

# Rows of a pass, and rows in one batch of it. A thousand rows give a mean to 3 % of a standard deviation.
MAX_ROWS, ROWS_AT_ONCE = 8192, 1024
# The new averages must beat the old ones beyond chance (one-sided p = .0005), and by what matters: this share of the
# prior's loss. Both limits are those by which the guard calls a network clearly behind another model.
CLEAR_ERRORS, CLEAR_GAIN = 3.3, 0.03
# A batch of so few rows has no variance of its own that says anything about the table.
FEWEST_ROWS = 2


@dataclass(frozen=True, kw_only=True)
class AverageLag:
    """How far the moving averages of a network lag behind.

    Attributes
    ----------
    loss, new_loss : float
        Log loss with the moving averages, and with those estimated anew.
    n_rows, n_training_rows : int
        Rows that the losses are of, and rows of the estimate.
    momentum : float
        Largest of the layers.
    n_updates : int or None
        Updates of the averages in the training, if known.
    was_healthy : bool
        Whether the guard found nothing wrong with the moving averages either.
    """

    loss: float
    new_loss: float
    n_rows: int
    n_training_rows: int
    momentum: float
    n_updates: int | None = None
    was_healthy: bool = False

    @property
    def left(self):
        """Share of the first averages that is still in them; None if the updates are not known."""
        return None if self.n_updates is None else self.momentum**self.n_updates


def averaging_layers(model):
    """The layers whose moving averages a training moves: batch normalization that is not frozen.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    layers : list of keras.layers.BatchNormalization
    """
    import keras

    kind = keras.layers.BatchNormalization
    layers = [layer for layer in model._flatten_layers(include_self=False) if isinstance(layer, kind)]
    return [layer for layer in layers if layer.built and layer.trainable]


def estimated_state(runner, inputs, n_rows):
    """The values of a model's non-trainable variables with averages estimated anew on some rows.

    Parameters
    ----------
    runner : Runner
        Its weights and state are used; neither changes.
    inputs : tensor, or list or dict of tensors
        Of `n_rows` training rows.
    n_rows : int

    Returns
    -------
    state : list
        In the order of `model.non_trainable_variables`; the same values where nothing can be estimated.
    """
    import keras
    from keras import tree

    model = runner.model
    layers = averaging_layers(model)
    averaged = {id(variable) for layer in layers for variable in (layer.moving_mean, layer.moving_variance)}
    variables = list(model.non_trainable_variables)
    sums = {place: 0.0 for place, variable in enumerate(variables) if id(variable) in averaged}
    used = 0
    mapping = [*zip(model.trainable_variables, runner.weights, strict=True), *zip(variables, runner.state, strict=True)]
    for start in range(0, n_rows, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, n_rows)
        if stop - start < FEWEST_ROWS:
            break
        batch = tree.map_structure(lambda part, a=start, b=stop: part[a:b], inputs)
        with keras.StatelessScope(state_mapping=mapping) as scope, statistics_of_batches(layers):
            model(batch, training=False)
        for place in sums:
            value = scope.get_current_value(variables[place])
            value = variables[place].value if value is None else value
            sums[place] = sums[place] + (stop - start) * keras.ops.convert_to_numpy(value).astype(np.float64)
        used += stop - start
    if not used:
        return list(runner.state)
    return [
        keras.ops.convert_to_tensor(sums[place] / used, dtype=variable.dtype) if place in sums else old
        for place, (variable, old) in enumerate(zip(variables, runner.state, strict=True))
    ]


@contextmanager
def statistics_of_batches(layers):
    """Let the layers normalize by the batch, as in training, and keep its statistics alone; afterwards all is undone.

    Other layers stay in inference mode: dropout would change what the statistics are of.
    """

    def in_training(layer):
        original = layer.call

        def call(inputs, training=None, mask=None):
            del training
            return original(inputs, training=True, mask=mask)

        return call

    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        object.__setattr__(layer, "call", in_training(layer))
        layer.momentum = 0.0  # the average is then that of the last batch
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            object.__delattr__(layer, "call")


def lag_between(old, new, codes, weights=None, **facts):
    """The AverageLag between two predictions for the same rows; None unless the new one is clearly better.

    Parameters
    ----------
    old, new : ndarray of shape (n_rows, n_classes)
        Probabilities with the moving averages, and with those estimated anew.
    codes : ndarray of shape (n_rows,), int
    weights : ndarray of shape (n_rows,), default=None
    **facts
        `n_training_rows`, `momentum` and `n_updates` of the AverageLag.
    """
    if not np.isfinite(new).all() or len(codes) < 2:
        return None
    n_classes = new.shape[1]
    weights = np.ones(len(codes)) if weights is None else weights
    prior = np.bincount(codes, weights=weights, minlength=n_classes) / weights.sum()
    prior_losses = row_losses(np.tile(prior, (len(codes), 1)), codes)
    old = np.where(np.isfinite(old), old, 0.0)
    # Bounded one nat above the prior's loss: a few certain and wrong answers must not decide.
    gains = np.minimum(row_losses(old, codes), prior_losses + 1.0) - row_losses(new, codes)
    mean = np.average(gains, weights=weights)
    error = np.sqrt(weights**2 @ (gains - mean) ** 2) / weights.sum()
    if mean < CLEAR_GAIN * np.average(prior_losses, weights=weights) or mean <= CLEAR_ERRORS * error:
        return None
    return AverageLag(
        loss=mean_loss(old, codes, weights), new_loss=mean_loss(new, codes, weights), n_rows=len(codes), **facts
    )


def lag_finding(lag, fix, severity="error"):
    """The finding that the averages are to blame, or were.

    Parameters
    ----------
    lag : AverageLag
    fix : str
        What was done, or what to type.
    severity : str, default="error"
    """
    left = ""
    if lag.left is not None:
        left = f"; {lag.n_updates} updates with momentum {lag.momentum:g} leave {lag.left:.0%} of their first values"
    return Finding(
        code="batch_averages_lag",
        severity=severity,
        symptom="The network predicts far worse than it trains.",
        cause="The moving averages of batch normalization lag behind the rows.",
        evidence=f"Log loss {lag.loss:.4g} with the moving averages, {lag.new_loss:.4g} with averages of "
        f"{lag.n_training_rows} training rows, on {lag.n_rows} rows{left}.",
        fix=fix,
    )
