"""Makes a user's network: builds, changes and compiles it. The same seed gives the same network.

Calls the user's function as scikeras does. Trains nothing."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from robust_mlp._network.graph import tensorflow_startup
from robust_mlp._system.forks import check_not_forked
from robust_mlp.inspection._read.input_parts import InputParts
from robust_mlp.inspection._read.legacy_keras import check_not_legacy
from robust_mlp.keras_classifier.graph_program import make_optimizer, optimizer_settings
from robust_mlp.keras_classifier.layer_changes import Changes, rebuilt
from robust_mlp.keras_classifier.seeding import seeded


@dataclass(frozen=True, eq=False)
class NetworkRecipe:
    """All that is needed to make a network again, except the user's function, which the estimator holds.

    `optimizer` is (class, config). None for `optimizer` or `loss` means the user's own. `parts` says how the inputs lie
    side by side in a row, if the network takes several.
    """

    seed: int | None
    row_shape: tuple[int, ...]
    parts: InputParts | None = None
    changes: Changes = Changes()  # noqa: RUF009  (frozen)
    loss: Any = None
    optimizer: Any = None


def make_network(estimator, recipe):
    """Build, change and compile.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    recipe : NetworkRecipe

    Returns
    -------
    model : keras.Model or None
        Built and compiled, unless neither the user nor the recipe names a loss. None if the changes cannot be made.

    Raises
    ------
    TypeError, ValueError
        Errors of scikeras and of the user's function.
    RuntimeError
        From `check_not_forked`.
    """
    check_not_forked()
    tensorflow_startup.load()
    tensorflow_startup.check_context()
    tensorflow_startup.start()
    with seeded(recipe.seed):
        model = _from_user(estimator)
        _build(model, recipe)
        _compile_as_scikeras(estimator, model)
        settings = recipe.optimizer or (optimizer_settings(model.optimizer) if model.optimizer is not None else None)
        loss, metrics = recipe.loss, _metrics(model)
        loss = model.loss if loss is None else loss
        if not recipe.changes.is_empty:
            changed = rebuilt(model, recipe.changes)
            if changed is None:
                return None
            model = changed
        elif recipe.loss is None and recipe.optimizer is None:
            return model
        if loss is not None and settings is not None:
            model.compile(optimizer=make_optimizer(settings), loss=loss, metrics=metrics)
    return model


def _from_user(estimator):
    """The user's network; a copy if the user passed a network instead of a function."""
    given = estimator.model if estimator.model is not None else estimator.build_fn
    check_not_legacy(given)
    if not isinstance(given, keras.Model):
        model = estimator._build_keras_model()
        check_not_legacy(model)
        if not isinstance(model, keras.Model):
            raise TypeError(f"model returned a {type(model).__name__}, not a keras.Model. Let it return the network.")
        return model
    copy = keras.models.clone_model(given)
    if given.built:
        if not _has_weights_or_inputs(copy):
            copy.build(given.input_shape)
        copy.set_weights(given.get_weights())
    if given.compiled:
        copy.compile_from_config(given.get_compile_config())
    return copy


def _build(model, recipe):
    """Create the weights of a network that does not know its input shape yet."""
    if _has_weights_or_inputs(model):
        return
    rows = np.zeros((2, *recipe.row_shape), np.float32)
    model(rows if recipe.parts is None else recipe.parts.unpack(rows))


def _has_weights_or_inputs(model):
    return model.built and (model.weights or model.inputs)


def _compile_as_scikeras(estimator, model):
    """Compile with the estimator's `optimizer`, `loss` and `metrics`, if the user's function did not compile."""
    if model.compiled:
        return
    settings = estimator._get_compile_kwargs()
    if settings.get("loss") is None:
        # Without a loss, Keras cannot compile. This keeps the optimizer until a loss is chosen.
        settings["loss"] = "mean_squared_error"
        model.compile(**settings)
        model.loss = None
        return
    model.compile(**settings)


def _metrics(model):
    """The compiled metrics that can be compiled again: those given by name."""
    metrics = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None) or []
    metrics = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return [metric for metric in metrics if isinstance(metric, str)]
