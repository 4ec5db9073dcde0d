"""Reads facts from a Keras model: its layers, head, loss and metrics.

Changes nothing and judges nothing. Imports Keras inside functions, because importing the package must not load it."""

import functools
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np

from robust_mlp.inspection._read.distributions import are_shares
from robust_mlp.inspection._read.facts import HeadFacts, LayerFacts, LossFacts
from robust_mlp.inspection._read.kernel_limits import norm_bound_of, penalty_of
from robust_mlp.inspection._read.legacy_keras import check_not_legacy
from robust_mlp.inspection._read.loss_behaviour import reads_logits
from robust_mlp.inspection._read.losses import loss_family

# Layers after the last weights that do not change the meaning of the activation.
PASSING_LAYERS = (
    "Flatten",
    "Reshape",
    "Identity",
    "ActivityRegularization",
    "Masking",
    "GaussianNoise",
    "Cast",
    "Squeeze",
)
DROPOUT_LAYERS = (
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)
# Layers without a nonlinearity: two Dense layers around them collapse into one.
LINEAR_LAYERS = (*PASSING_LAYERS, *DROPOUT_LAYERS, "BatchNormalization")
# A network that begins with one of these scales its inputs itself.
SCALING_LAYERS = (
    "Rescaling",
    "Normalization",
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "UnitNormalization",
    "Embedding",
    "Discretization",
    "CategoryEncoding",
    "Hashing",
    "IntegerLookup",
    "StringLookup",
    "TextVectorization",
    "FeatureSpace",
    "TrueDivide",
    "Divide",
    "Multiply",
)
ACTIVATION_LAYERS = ("Softmax", "ReLU", "LeakyReLU", "PReLU", "ELU")
# Operations of keras.ops that are activations, by class name.
ACTIVATION_OPERATIONS = (
    *("Softmax", "Sigmoid", "Relu", "Relu6", "Tanh", "Softplus", "Softsign"),
    *("LogSoftmax", "Elu", "Selu", "Gelu", "Silu", "HardSigmoid"),
)
# The standard deviation of a larger dense kernel is computed from a sample.
MAX_KERNEL_VALUES = 2_000_000
ONE_TOLERANCE = 2e-7  # a softmax over one unit is 1, except for the last bit of a float32
LOSS_EXAMPLES = 'a name such as "binary_crossentropy", a keras.losses.Loss, or a function (y_true, y_pred) -> loss'


def check_model(model):
    """Raise a clear error for anything but a built Keras model with one output."""
    import keras

    check_not_legacy(model)
    if model is None:
        raise TypeError("model is None: inspect_model needs a built Keras model. Pass model=create_mlp().")
    if isinstance(model, type) or (callable(model) and not isinstance(model, keras.layers.Layer)):
        name = getattr(model, "__name__", type(model).__name__)
        raise TypeError(f"model is {name}, which makes a model, not the model itself. Pass {name}().")
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model is a {type(model).__name__}, not a keras.Model. Pass a Sequential, functional or subclassed model."
        )
    if not model.built or (not model.weights and not _is_graph(model)):
        raise ValueError(
            "The model has no weights yet, because it does not know its input shape. Put keras.Input((n_features,)) "
            "first, call model.build((None, n_features)), or call it once on a batch."
        )
    outputs = getattr(model, "outputs", None)
    if outputs is not None and len(outputs) != 1:
        raise ValueError(
            f"The model has {len(outputs)} outputs; inspect_model looks at one. "
            "Pass keras.Model(model.inputs, model.outputs[0]) with loss=..., for each output."
        )


def input_shapes(model):
    """Input shapes, batch axis first; None for a subclassed model, which does not know them."""
    inputs = getattr(model, "inputs", None)
    return None if not inputs else tuple(tuple(tensor.shape) for tensor in inputs)


def compute_dtype(model):
    """The dtype with the lowest precision of all layers. It decides which differences count as rounding."""
    dtypes = {layer.compute_dtype for layer in model._flatten_layers(include_self=False)}
    return next((dtype for dtype in ("bfloat16", "float16", "float32", "float64") if dtype in dtypes), "float32")


def read_loss(model, loss):
    """The compiled or given loss.

    Returns
    -------
    function : callable (y_true, y_pred) -> loss per row or mean loss
    facts : LossFacts
    """
    import keras

    given = loss if loss is not None else (model.loss if model.compiled else None)
    while isinstance(given, (list, tuple, dict)) and len(given) == 1:
        given = next(iter(given.values() if isinstance(given, dict) else given))
    if given is None:
        raise ValueError(f"The model is not compiled with a loss. Pass loss=..., {LOSS_EXAMPLES}.")
    if isinstance(given, (list, tuple, dict)):
        raise ValueError(
            f"loss={given!r} names {len(given)} losses; inspect_model looks at one. Pass loss=..., {LOSS_EXAMPLES}."
        )
    try:
        function = keras.losses.get(given)
    except (ValueError, TypeError):
        function = None
    if not callable(function):
        raise ValueError(f"loss={given!r} is not a loss that Keras knows. Pass {LOSS_EXAMPLES}.")
    facts = _loss_facts(function)
    return function, replace(facts, from_logits=True) if facts.family == "custom" and reads_logits(function) else facts


def _loss_facts(function):
    """LossFacts of a loss function or object."""
    import keras

    if isinstance(function, keras.losses.Loss):
        name, settings = type(function).__name__, getattr(function, "_fn_kwargs", None) or vars(function)
    elif isinstance(function, functools.partial):
        name, settings = getattr(function.func, "__name__", "custom"), function.keywords
    else:
        name, settings = getattr(function, "__name__", type(function).__name__), {}
    smoothing = settings.get("label_smoothing", 0.0)
    return LossFacts(
        name=name,
        family=loss_family(name),
        from_logits=bool(settings.get("from_logits", False)),
        label_smoothing=float(smoothing) if isinstance(smoothing, (int, float)) else 0.0,
        ignore_class=settings.get("ignore_class"),
    )


def read_metrics(model):
    """Tuple of the names of compiled metrics that compare the output with .5."""
    metrics = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None) or ()
    found = []
    for metric in _leaves(metrics):
        name = metric if isinstance(metric, str) else type(metric).__name__
        settings = getattr(metric, "_fn_kwargs", {})
        threshold = settings.get("threshold", getattr(metric, "init_thresholds", None))
        cuts_at_half = name in ("BinaryAccuracy", "Precision", "Recall", "F1Score") and threshold in (None, 0.5)
        if cuts_at_half or name in ("accuracy", "acc", "binary_accuracy"):
            found.append(name)
    return tuple(found)


def _leaves(nested):
    """The items of nested lists and dicts."""
    if isinstance(nested, dict):
        nested = list(nested.values())
    if isinstance(nested, (list, tuple)):
        return [leaf for item in nested for leaf in _leaves(item)]
    return [nested]


def read_layers(model):
    """LayerFacts of every layer and operation, in the order in which data flows."""
    operations, before = _flow(model)
    dense = [op for op in operations if _is_dense(op)]
    weighted = [op for op in operations if _has_weights(op)]
    last = weighted[-1] if weighted else None
    following = dict(pairwise(dense))
    linear = {id(source) for op in dense if (source := _linear_source(op, before)) is not None}
    return tuple(_layer_facts(op, before, following.get(op), is_last=op is last, linear=linear) for op in operations)


def _layer_facts(op, before, next_dense, *, is_last, linear):
    """LayerFacts of one layer or operation."""
    previous = before.get(id(op))
    facts = {
        "name": op.name,
        "kind": type(op).__name__,
        "activation": activation_name(op),
        "dropout": _dropout_rate(op),
        "penalty": penalty_of(op),
        "norm_bound": norm_bound_of(op),
        "is_trainable": bool(getattr(op, "trainable", True))
        and bool(getattr(op, "trainable_weights", ()) or not _has_weights(op)),
        "n_weights": len(getattr(op, "weights", ())),
        "units": getattr(op, "units", None) if isinstance(getattr(op, "units", None), int) else None,
        "previous": type(previous).__name__ if previous is not None else None,
        "feeds_dense_linearly": id(op) in linear,
    }
    if not _is_dense(op):
        return LayerFacts(**facts)
    kernel = np.asarray(op.kernel)
    bias = np.asarray(op.bias) if op.bias is not None else np.zeros(kernel.shape[-1])
    sample = kernel if kernel.size <= MAX_KERNEL_VALUES else kernel[:: kernel.size // MAX_KERNEL_VALUES + 1]
    identical = (
        kernel.shape[-1] > 1 and not is_last and bool(np.all(kernel == kernel[:, :1]) and np.all(bias == bias[0]))
    )
    outgoing = np.asarray(next_dense.kernel) if identical and next_dense is not None else None
    return LayerFacts(
        **facts,
        fan_in=int(kernel.shape[0]),
        kernel_std=float(np.std(sample)),
        bias_std=None if is_last else float(np.std(bias)),
        has_identical_units=identical,
        has_identical_outgoing=outgoing is not None and bool(np.all(outgoing == outgoing[:1])),
    )


def is_scaled_inside(model):
    """Whether a layer that scales, normalizes or embeds comes before the first other weights."""
    operations, _ = _flow(model)
    if not _is_graph(model):  # the order of a subclassed model's layers is that of its attributes
        return any(type(op).__name__ in SCALING_LAYERS for op in operations)
    for op in operations:
        if type(op).__name__ in SCALING_LAYERS:
            return True
        if _has_weights(op):
            return False
    return False


def read_head(model, outputs=None, logits=None):
    """HeadFacts from the layers if they can be traced, else from the outputs.

    Parameters
    ----------
    model : keras.Model
    outputs : ndarray of shape (n_rows, units), default=None
        The model's outputs for the probe rows. Not needed if the layers can be traced.
    logits : ndarray of shape (n_rows, units), default=None
        The input of a final softmax or sigmoid, if Keras stored it.

    Returns
    -------
    facts : HeadFacts or None
        None if the layers cannot be traced and there are no outputs.
    """
    followed = _follow_back(model)
    if outputs is None:
        if followed is None:
            return None
        chain, dropout, layer = followed
        return HeadFacts(units=int(model.output_shape[-1]), chain=chain, layer=layer, dropout_after=dropout)
    facts = {"units": outputs.shape[1]}
    if np.isfinite(outputs).all():
        sums = outputs.sum(axis=1)
        facts["output_range"] = (float(outputs.min()), float(outputs.max()))
        facts["row_sum"] = (float(sums.min()), float(sums.max())) if outputs.shape[1] > 1 else None
    if followed is None:
        activation = activation_of_outputs(outputs, logits)
        return HeadFacts(chain=() if activation == "linear" else (activation,), is_read_from_outputs=True, **facts)
    chain, dropout, layer = followed
    return HeadFacts(chain=chain, layer=layer, dropout_after=dropout, **facts)


def _follow_back(model):
    """Activations after the last layer with weights, dropout, and its name; None if layers cannot be traced."""
    if not _is_graph(model):
        return None
    _, before = _flow(model)
    chain: list[str] = []
    op, dropout = _output_operation(model), 0.0
    while op is not None:
        kind = type(op).__name__
        name = activation_name(op)
        dropout = max(dropout, _dropout_rate(op))
        if name is not None and name != "linear":
            chain.insert(0, name)
        if _has_weights(op) and kind != "PReLU":
            if name is None and not _is_known(op):
                return None
            return tuple(chain), dropout, op.name
        if name is None and kind not in (*PASSING_LAYERS, *DROPOUT_LAYERS):
            # A pooling layer, Lambda or operation: the layers before it are not part of the head.
            return (tuple(chain), dropout, "") if chain else None
        op = before.get(id(op))
    return (tuple(chain), dropout, "") if chain else None


def _is_known(op):
    """Whether Keras wrote the layer, so that "no activation attribute" means linear."""
    return type(op).__module__.startswith("keras.")


def activation_of_outputs(outputs, logits=None):
    """The activation that the outputs prove; "unknown" if they prove none.

    Parameters
    ----------
    outputs : ndarray of shape (n_rows, units)
    logits : ndarray of shape (n_rows, units), default=None
    """
    if not np.isfinite(outputs).all():
        return "unknown"
    if are_shares(outputs) and (outputs.shape[1] > 1 or np.all(np.abs(outputs - 1) <= ONE_TOLERANCE)):
        return "softmax"
    if outputs.min() >= 0 and outputs.max() <= 1:
        return "sigmoid" if logits is not None else "unknown"
    if outputs.min() >= 0:
        return "relu" if np.any(outputs == 0) else "unknown"
    return "linear"


def activation_name(op):
    """Name of the activation that a layer or operation applies; None if it applies none."""
    kind = type(op).__name__
    function = getattr(op, "activation", None)
    if function is not None:
        name = getattr(function, "__name__", None) or getattr(function, "name", None) or type(function).__name__
        return "custom" if name == "<lambda>" else _snake(type(function).__name__ if _is_layer(function) else name)
    if kind in ACTIVATION_LAYERS or kind in ACTIVATION_OPERATIONS:
        return _snake(kind)
    return "linear" if hasattr(op, "activation") else None


def _snake(name):
    """LogSoftmax -> log_softmax, as Keras spells activations: LeakyReLU -> leaky_relu, PReLU -> prelu."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("ReLU", "Relu")).lower()


def _is_layer(thing):
    """Whether it is a Keras layer."""
    import keras

    return isinstance(thing, keras.layers.Layer)


def _is_dense(op):
    """A built Dense layer."""
    import keras

    return isinstance(op, keras.layers.Dense) and op.built and len(np.shape(op.kernel)) == 2


def _has_weights(op):
    """Whether a layer or operation has weights."""
    return bool(getattr(op, "weights", ()))


def _dropout_rate(op):
    """The rate of a dropout layer, 0 for anything else."""
    return float(getattr(op, "rate", 0.0)) if type(op).__name__ in DROPOUT_LAYERS else 0.0


def _is_graph(model):
    """Whether Keras knows how the layers are connected: built Sequential and functional models."""
    import keras

    if isinstance(model, keras.Sequential):
        return True
    return hasattr(model, "operations") and getattr(model, "outputs", None) is not None


def _output_operation(model):
    """The operation that made the output, nested models opened; None for a model without layers."""
    import keras

    while isinstance(model, keras.Model):
        if not _is_graph(model):
            return model
        if isinstance(model, keras.Sequential):
            model = model.layers[-1] if model.layers else None
        else:
            model = model.outputs[0]._keras_history.operation
    return model


def data_flow(model):
    """Layers and operations in the order in which data flows, nested models opened; None for a subclassed model."""
    return _flow(model)[0] if _is_graph(model) else None


def _flow(model):
    """All layers and operations, nested models opened; and {id: previous one} if there is exactly one."""
    import keras

    if not _is_graph(model):
        return [layer for layer in model._flatten_layers(include_self=False) if not _has_own_layers(layer)], {}
    is_row = isinstance(model, keras.Sequential)
    before: dict = {}
    operations, last = [], None
    for op in model.layers if is_row else model.operations:
        if isinstance(op, keras.layers.InputLayer):
            continue
        previous = last if is_row else _previous(op)
        if isinstance(op, keras.Model):
            inner, inner_before = _flow(op)
            operations += inner
            before |= inner_before
            if previous is not None and inner:
                before.setdefault(id(inner[0]), previous)
        else:
            operations.append(op)
            if previous is not None:
                before[id(op)] = previous
        last = _output_operation(op) if isinstance(op, keras.Model) else op
    return operations, before


def _has_own_layers(layer):
    """Whether a layer is only a container of others."""
    return bool(getattr(layer, "_layers", ()))


def _previous(op):
    """The operation that made the only input of `op`, nested models opened; None for several inputs or an Input."""
    import keras

    nodes = op._inbound_nodes
    if not nodes or len(nodes[-1].input_tensors) != 1:
        return None
    made_by = nodes[-1].input_tensors[0]._keras_history.operation
    made_by = _output_operation(made_by) if isinstance(made_by, keras.Model) else made_by
    return None if isinstance(made_by, keras.layers.InputLayer) else made_by


def _linear_source(dense, before):
    """The Dense layer without activation that feeds `dense` with nothing nonlinear between; None otherwise."""
    op = before.get(id(dense))
    while op is not None and type(op).__name__ in LINEAR_LAYERS:
        op = before.get(id(op))
    return op if op is not None and _is_dense(op) and activation_name(op) == "linear" else None
