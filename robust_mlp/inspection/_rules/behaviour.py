"""Findings about measured behaviour: the symptoms of a network on real rows.

Pure functions on `MeasuredFacts`. Never runs a network."""

import math

from robust_mlp._core.records import Finding

# Outputs of magnitude up to 1 differ by about 1e-7 between rows through float32 rounding alone.
CONSTANT_SPREAD = 1e-6
# The output of a row alone and in a batch differs by rounding (1e-6 in float32, 1e-3 in float16, 1e-2 in bfloat16).
COUPLING_TOLERANCE = {"float64": 1e-4, "float32": 1e-3, "float16": 2e-2, "bfloat16": 1e-1}
# An untrained network with a correct head starts near the loss of the class shares. TheDeepChecker (Ben Braiek & Khomh
# 2023) reports a deviation of 100 %. Harmless inputs without scaling reach that, so the limit here is a factor of five.
FAR_INITIAL_LOSS = 5.0
# Share of the loss of the class shares: a trial that ends above it has fitted nothing.
UNFITTED_FRACTION = 0.98
# Share of a layer's units that may be dead or saturated at the start. With inputs of one sign, half of the ReLU units
# are dead at the start.
MAX_DEAD_FRACTION, MAX_SATURATED_FRACTION = 0.75, 0.5
# |first step| / |weights|. Above 1 the first step destroys the initial weights. TheDeepChecker recommends log10 in
# [-4, -1]. With 1e-7, a network needs millions of steps to change.
MAX_UPDATE_RATIO, MIN_UPDATE_RATIO = 1.0, 1e-7
# The loss may be higher in training mode (dropout, batch statistics). If it is higher in inference mode, by this factor
# and this many nats, the running statistics do not fit the rows.
MODE_FACTOR, MODE_NATS = 2.0, 0.5


def judge_measured(measured, *, compute_dtype="float32"):
    """Symptoms, the most serious first.

    Parameters
    ----------
    measured : MeasuredFacts
    compute_dtype : str, default="float32"
        Dtype of the network's computations; decides what counts as rounding.

    Returns
    -------
    findings : list of Finding
    """
    if measured.n_bad_outputs:
        return [_bad_outputs(measured)]
    checks = (
        _bad_loss,
        lambda m: _coupled_rows(m, COUPLING_TOLERANCE.get(compute_dtype, COUPLING_TOLERANCE["float32"])),
        _no_gradient,
        _constant_output,
        _dead_units,
        _saturated_units,
        _step_size,
        _unfitted_batch,
        _initial_loss,
        _modes,
    )
    return [finding for check in checks if (finding := check(measured)) is not None]


def _finding(code, severity, symptom, evidence, fix, cause=""):
    """A Finding from its parts, in reading order."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def _bad_outputs(m):
    """NaN or infinite outputs."""
    return _finding(
        "outputs_not_finite",
        "error",
        "The network answers NaN or infinity; the argmax of NaN is class 0.",
        f"{m.n_bad_outputs} of {m.n_outputs} output values on {m.n_rows} rows.",
        'Scale X, and use kernel_initializer="he_normal"; a trained network with NaN weights must be built again.',
    )


def _bad_loss(m):
    """A loss that raises an error or is not finite."""
    if m.loss_error:
        return _finding(
            "loss_refuses",
            "error",
            "The loss cannot be computed for these labels and outputs.",
            m.loss_error,
            "Make the shapes of y and of the output fit the loss; see the findings above.",
        )
    if m.loss is None or math.isfinite(m.loss):
        return None
    return _finding(
        "loss_not_finite",
        "error",
        "The loss is not a number before any training.",
        f"Loss {m.loss} on {m.n_rows} rows while every output is finite.",
        "Use a loss that fits the head: BinaryCrossentropy(from_logits=True) for a linear head, for example.",
        cause="The loss takes the logarithm of outputs that are not positive, or divides by zero.",
    )


def _coupled_rows(m, tolerance):
    """Outputs that depend on the other rows of the batch."""
    if m.row_coupling <= tolerance * m.scale:
        return None
    return _finding(
        "rows_coupled",
        "error",
        "The answer to a row depends on the rows it is shown with.",
        f"The output of a row changes by up to {m.row_coupling:.3g} when it is shown with other rows.",
        "Use axis=-1 in Softmax, reductions and reshapes; axis 0 is the batch.",
        cause="An operation runs along the batch axis.",
    )


def _no_gradient(m):
    """No gradient at all."""
    if m.gradient_norm is None or m.gradient_norm > 0 or m.loss == 0:
        return None
    return _finding(
        "no_gradient",
        "error",
        "No weight can learn: the gradient is exactly zero.",
        f"Gradient norm 0 on {m.n_rows} rows at loss {m.loss:.4g}.",
        'keras.layers.Dense(..., kernel_initializer="he_normal")',
        cause="All units of a layer are dead, saturated or start at zero, or the loss clips every output.",
    )


def _constant_output(m):
    """The same output for every row, also after the trial."""
    is_constant = m.spread <= CONSTANT_SPREAD * m.scale and m.n_rows > 1
    stays = m.trial_spread is None or m.trial_spread <= CONSTANT_SPREAD * m.scale or m.is_trained
    if not is_constant or not stays:
        return None
    after = f", and {m.trial_spread:.1e} after {m.trial_steps} steps on one batch" if m.trial_spread is not None else ""
    return _finding(
        "constant_output",
        "error",
        "The network gives the same answer to every row.",
        f"Standard deviation of the outputs over {m.n_rows} rows: {m.spread:.1e}{after}.",
        'keras.layers.Dense(..., activation="relu", kernel_initializer="he_normal"), on scaled inputs',
        cause="The output does not depend on the input.",
    )


def _dead_units(m):
    """Hidden units with the same output for every row."""
    worst = max(m.activity, key=lambda layer: layer.dead_fraction, default=None)
    if worst is None or worst.dead_fraction <= MAX_DEAD_FRACTION:
        return None
    return _finding(
        "dead_units",
        "warning",
        "Most units of a layer answer the same to every row.",
        f"{worst.dead_fraction:.0%} of {worst.n_units} units of {worst.name!r} ({worst.activation}), {m.n_rows} rows.",
        f'keras.layers.Dense({worst.n_units}, activation="leaky_relu"), on standardized inputs',
    )


def _saturated_units(m):
    """Hidden units at a flat end of their activation."""
    worst = max(m.activity, key=lambda layer: layer.saturated_fraction, default=None)
    if worst is None or worst.saturated_fraction <= MAX_SATURATED_FRACTION:
        return None
    return _finding(
        "saturated_units",
        "warning",
        "Most units of a layer sit at a flat end, where the gradient is nearly zero.",
        f"{worst.saturated_fraction:.0%} of the {worst.n_units} units of {worst.name!r} ({worst.activation}), "
        f"{m.n_rows} rows.",
        "Scale X; for hidden layers use activation='relu'.",
    )


def _step_size(m):
    """A first step that is far too long or far too short."""
    if m.update_ratio is None or not math.isfinite(m.update_ratio) or not m.gradient_norm:
        return None
    if m.update_ratio > MAX_UPDATE_RATIO:
        code, words, fix = "learning_rate_too_high", "longer than the weights are large", "Adam(learning_rate=1e-3)"
        symptom = "The first step throws the network far away; the loss jumps or becomes NaN."
    elif m.update_ratio < MIN_UPDATE_RATIO:
        code, words, fix = "learning_rate_too_low", "too short to change anything", "Adam(learning_rate=1e-3)"
        symptom = "The loss stands still."
    else:
        return None
    return _finding(
        code,
        "warning",
        symptom,
        f"|first step| / |weights| = {m.update_ratio:.1e} (comfortable: 1e-4 to 1e-1).",
        f"optimizer=keras.optimizers.{fix}",
        cause=f"A step of the optimizer is {words}.",
    )


def _unfitted_batch(m):
    """A batch that the trial could not memorize, not even a little."""
    if m.trial_loss is None or m.trial_prior_loss is None or not math.isfinite(m.trial_prior_loss):
        return None
    best = m.trial_loss[1]
    if math.isfinite(best) and best <= UNFITTED_FRACTION * m.trial_prior_loss:
        return None
    return _finding(
        "batch_cannot_be_fitted",
        "warning",
        "A handful of rows cannot be memorized, let alone the whole table.",
        f"Loss {m.trial_loss[0]:.4g} at the start, {best:.4g} at best in {m.trial_steps} steps; guessing costs "
        f"{m.trial_prior_loss:.4g}.",
        'keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal"), on scaled inputs',
    )


def _initial_loss(m):
    """An initial loss far above that of the class shares."""
    if m.is_trained or m.loss is None or not m.prior_loss or not m.loss > FAR_INITIAL_LOSS * m.prior_loss:
        return None
    return _finding(
        "initial_loss_far_from_guessing",
        "warning",
        "Training begins by unlearning: the untrained network is confidently wrong.",
        f"Loss {m.loss:.4g} before training; guessing the class frequencies costs {m.prior_loss:.4g}.",
        'Scale X, and leave the last layer its default kernel_initializer="glorot_uniform".',
    )


def _modes(m):
    """A trained network whose loss is far higher in inference mode than in training mode."""
    if not m.is_trained or m.training_loss is None or m.loss is None or not math.isfinite(m.loss):
        return None
    if m.loss <= MODE_FACTOR * m.training_loss or m.loss - m.training_loss <= MODE_NATS:
        return None
    return _finding(
        "modes_differ",
        "warning",
        "The network predicts worse than it trains.",
        f"Loss {m.loss:.4g} in inference mode and {m.training_loss:.4g} in training mode on the same {m.n_rows} rows.",
        "keras.layers.BatchNormalization(momentum=0.9), more steps per epoch, and the same scaling of X as in training",
        cause="The running statistics of batch normalization do not fit the rows.",
    )
