"""Parameters that fit no table: each has a value that is refused, with what fits."""

import re

import keras
import pytest

from tests.bad_input.examples import X, Y, own
from tests.tiny_fits import tiny

WIDTHS = (
    "must be 'auto', an int >= 1 or a sequence of ints >= 1, one per hidden layer, for example (128, 64). () has no "
    "hidden layer: a linear model."
)
SCORERS = (
    "must be 'loss', the name of a scikit-learn scorer (sklearn.metrics.get_scorer_names()), or a function "
    "scorer(estimator, X, y)."
)
CALLBACKS = "has no on_epoch_end and set_model. scikit-learn's own callbacks are registered with set_callbacks."
PATH = "an instance of 'str', an object implementing '__fspath__' or None"
BOOLEAN = "an instance of 'bool' or an instance of 'numpy.bool'"
COUNT = "an int in the range [1, inf)"
ACTIVATIONS = (
    "one of 'elu', 'exponential', 'gelu', 'hard_sigmoid', 'identity', 'leaky_relu', 'linear', 'logistic', 'mish', "
    "'relu', 'relu6', 'selu', 'sigmoid', 'silu', 'softplus', 'softsign', 'swish', 'tanh'"
)
OPTIMIZERS = (
    "one of 'adadelta', 'adafactor', 'adagrad', 'adam', 'adamax', 'adamw', 'ftrl', 'lamb', 'lion', 'muon', 'nadam', "
    "'rmsprop', 'schedulefreeadamw', 'sgd' or an object implementing 'get_config'"
)
SCHEDULES = "one of 'auto', 'constant', 'cosine', 'exponential', 'linear', a callable or None"
GUARDS = "one of 'repair', 'warn', 'raise', 'off'"
SEEDS = "an int in the range [0, 4294967295], an instance of 'numpy.random.mtrand.RandomState' or None"
POSITIVE = "a float in the range (0.0, inf)"
NOT_NEGATIVE = "a float in the range [0.0, inf)"
BELOW_ONE = "a float in the range [0.0, 1.0)"
FRACTION = "a float in the range (0.0, 1.0) or an int in the range [1, inf)"
VERBOSE = f"an int in the range [0, inf), {BOOLEAN}"
WEIGHTS = "'balanced', an instance of 'dict', an array-like or None"
CATEGORIES = "'from_dtype', an array-like or None"
SAMPLERS = "one of 'over', 'under', 'smote', 'balanced_batches', an object implementing 'fit_resample' or None"
DECISIONS = (
    "Pass 'argmax', 'balanced', 'geometric_mean', a scikit-learn scorer name such as 'balanced_accuracy', a scorer, or "
    "a cost matrix."
)
NAN = float("nan")


def must_be(name, fits, value, hint=""):
    """scikit-learn's wording of a refused parameter."""
    return f"The {name!r} parameter of RobustMLPClassifier must be {fits}. Got {value!r} instead.{hint}"


# Parameters that nothing fits: name, value, whole message.
PARAMETERS = [
    *(
        ("hidden_layer_sizes", v, own("hidden_layer_sizes", v, WIDTHS))
        for v in (0, -1, (8, 0), (8, "a"), "8", 8.5, None)
    ),
    *(("hidden_layer_sizes", v, own("hidden_layer_sizes", v, WIDTHS)) for v in ((8, True), [[8]], {8})),
    ("activation", "rely", must_be("activation", ACTIVATIONS, "rely", " Did you mean 'relu'?")),
    *(("activation", v, must_be("activation", ACTIVATIONS, v)) for v in ("foo", None, 3)),
    *(("n_members", v, must_be("n_members", f"'auto' or {COUNT}", v)) for v in (0, -1, 1.5, "all", True, None)),
    *(
        (p, v, must_be(p, BELOW_ONE, v))
        for p in ("dropout", "input_dropout")
        for v in (1.0, -0.1, "a", NAN, None, True)
    ),
    *(
        (p, v, must_be(p, BOOLEAN, v))
        for p in ("batch_norm", "linear_path", "shuffle", "warm_start")
        for v in ("yes", 2, None)
    ),
    *((p, v, must_be(p, f"{POSITIVE} or None", v)) for p in ("max_norm", "max_time") for v in (0, -1, "a", NAN)),
    *(("checkpoint", v, must_be("checkpoint", PATH, v)) for v in (3, True, [])),
    ("optimizer", "adm", must_be("optimizer", OPTIMIZERS, "adm", " Did you mean 'adam'?")),
    *(("optimizer", v, must_be("optimizer", OPTIMIZERS, v)) for v in ("foo", 3, None)),
    (
        "optimizer",
        keras.optimizers.Adam,
        own("optimizer", keras.optimizers.Adam, "is a class. Pass its name, or an object: Adam()."),
    ),
    *(("learning_rate", v, must_be("learning_rate", POSITIVE, v)) for v in (0, -1, NAN, float("inf"), True, None)),
    (
        "learning_rate",
        "adaptive",
        own(
            "learning_rate",
            "adaptive",
            "must be a number above 0. A schedule goes into learning_rate_schedule: one of 'auto', 'constant', "
            "'cosine', 'exponential', 'linear'.",
        ),
    ),
    (
        "learning_rate_schedule",
        "cosin",
        must_be("learning_rate_schedule", SCHEDULES, "cosin", " Did you mean 'cosine'?"),
    ),
    *(("learning_rate_schedule", v, must_be("learning_rate_schedule", SCHEDULES, v)) for v in ("foo", 3)),
    *((p, v, must_be(p, NOT_NEGATIVE, v)) for p in ("weight_decay", "tol") for v in (-1, "a", NAN, None)),
    *(("label_smoothing", v, must_be("label_smoothing", BELOW_ONE, v)) for v in (1.0, -0.1, "a")),
    *(("batch_size", v, must_be("batch_size", f"'auto' or {COUNT}", v)) for v in (0, -3, 1.5, "all", None, True)),
    *((p, v, must_be(p, COUNT, v)) for p in ("max_iter", "n_iter_no_change") for v in (0, -1, 2.5, "a", None, True)),
    *(("early_stopping", v, must_be("early_stopping", f"'auto' or {BOOLEAN}", v)) for v in ("always", None)),
    ("scoring", "acuracy", own("scoring", "acuracy", f"{SCORERS} Did you mean 'accuracy'?")),
    *(("scoring", v, own("scoring", v, SCORERS)) for v in ("foo", 3)),
    *(("validation_fraction", v, must_be("validation_fraction", FRACTION, v)) for v in (0, 0.0, 1.0, -0.1, "a", None)),
    ("validation", "lst", must_be("validation", "one of 'random', 'last'", "lst", " Did you mean 'last'?")),
    *(("validation", v, must_be("validation", "one of 'random', 'last'", v)) for v in ("time", None)),
    (
        "callbacks",
        keras.callbacks.EarlyStopping,
        own(
            "callbacks",
            keras.callbacks.EarlyStopping,
            "holds the class EarlyStopping. Pass an object: EarlyStopping().",
        ),
    ),
    *(
        ("callbacks", v, own("callbacks", v, f"must be None, a Keras callback or a list of them; {one!r} {CALLBACKS}"))
        for v, one in ((3, 3), (["a"], "a"), ([print], print))
    ),
    (
        "scale",
        "standrad",
        must_be("scale", "one of 'standard', 'robust' or None", "standrad", " Did you mean 'standard'?"),
    ),
    *(("scale", v, must_be("scale", "one of 'standard', 'robust' or None", v)) for v in ("minmax", 3)),
    *(
        (
            "numerical_embedding",
            v,
            must_be("numerical_embedding", "one of 'auto', 'mixed', 'piecewise_linear' or None", v),
        )
        for v in ("periodic", 16)
    ),
    *(("categorical_features", v, must_be("categorical_features", CATEGORIES, v)) for v in ("auto", 3)),
    ("class_weight", "balancd", must_be("class_weight", WEIGHTS, "balancd", " Did you mean 'balanced'?")),
    *(("class_weight", v, must_be("class_weight", WEIGHTS, v)) for v in ("auto", 3)),
    *(
        ("class_weight", v, own("class_weight", v, f"holds the weight {one!r}. Weights are finite numbers >= 0."))
        for v, one in (({0: -1, 1: 1, 2: 1}, -1), ({0: "a"}, "a"), ([1, NAN, 1], NAN))
    ),
    ("sampler", "ovr", must_be("sampler", SAMPLERS, "ovr", " Did you mean 'over'?")),
    *(("sampler", v, must_be("sampler", SAMPLERS, v)) for v in ("foo", 3)),
    *(("prior_correction", v, must_be("prior_correction", BOOLEAN, v)) for v in ("yes", None)),
    ("decision", "balancd", f"decision='balancd' is not known. Did you mean 'balanced'? {DECISIONS}"),
    ("decision", "foo", f"decision='foo' is not known. {DECISIONS}"),
    ("decision", 3, must_be("decision", "an instance of 'str', a callable or an array-like", 3)),
    ("collapse_guard", "repare", must_be("collapse_guard", GUARDS, "repare", " Did you mean 'repair'?")),
    *(("collapse_guard", v, must_be("collapse_guard", GUARDS, v)) for v in ("on", True, None)),
    *(("max_restarts", v, must_be("max_restarts", "an int in the range [0, inf)", v)) for v in (-1, 1.5, "a", None)),
    *(("random_state", v, must_be("random_state", SEEDS, v)) for v in ("a", -1, 1.5)),
    *(("verbose", v, must_be("verbose", VERBOSE, v)) for v in ("a", -1, None)),
]


@pytest.mark.parametrize("name, value, message", PARAMETERS, ids=lambda v: re.sub(r" at 0x\w+", "", repr(v))[:40])
def test_a_parameter_out_of_range_is_refused(no_training, name, value, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        tiny(**{name: value}).fit(X, Y)
    assert str(caught.value) == message


def test_every_parameter_has_a_value_that_is_refused():
    assert {name for name, _, _ in PARAMETERS} == set(tiny().get_params())


def test_a_parameter_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'epochs'"):
        tiny(epochs=3)


def test_setting_a_wrong_parameter_raises_nothing_before_fit():
    assert tiny().set_params(dropout=7).dropout == 7


@pytest.mark.parametrize(
    "schedule, sentence",
    [
        (lambda progress: -1, "returned -1 for progress 0.0. It must return a finite factor >= 0."),
        (
            lambda progress: 1 / 0,
            "failed for progress 0.0: ZeroDivisionError: division by zero. It gets a float from 0 to 1.",
        ),
        (
            keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.1),
            "counts steps, as Keras' schedules do. Pass it within the optimizer, for example "
            "optimizer=keras.optimizers.Adam(schedule), and learning_rate_schedule=None.",
        ),
    ],
    ids=["negative", "failing", "of Keras"],
)
def test_a_schedule_that_is_no_factor_is_refused(no_training, schedule, sentence):
    with pytest.raises(ValueError) as caught:
        tiny(learning_rate_schedule=schedule).fit(X, Y)
    assert str(caught.value) == own("learning_rate_schedule", schedule, sentence)


def test_a_callback_that_needs_batches_is_refused():
    with pytest.raises(ValueError) as caught:
        tiny(callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, Y)
    assert str(caught.value) == (
        "TerminateOnNaN acts on every batch, and the training runs whole epochs at a time. Pass a callback that acts "
        "on epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), or set its save_freq or update_freq "
        "to 'epoch'."
    )
