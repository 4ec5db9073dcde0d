"""What cannot be used is refused before any training, with what came, what fits and what to type."""

import re

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from robust_mlp._network import runtime, training
from tests.tiny import clouds, tiny

X, Y = clouds()
FRAME = pd.DataFrame(X, columns=list("abcd"))
INFINITE = (
    "Infinite values cannot be scaled. Replace them first, for example with X = np.where(np.isinf(X), np.nan, X): NaN "
    "is accepted and read as missing."
)
TOO_LARGE = "contains infinity or a value too large for dtype('float64')."
ONE_COLUMN = "If it is one-hot, pass y.argmax(axis=1); several targets at once are not supported."
NO_LABEL = "Leave them out, for example with keep = ~pandas.isna(y), or give them a label of their own."
TWO_CLASSES = "A classifier needs rows of at least 2 classes; check how y was made, or how the data was split."
WIDTHS = (
    "must be an int >= 1 or a sequence of ints >= 1, one per hidden layer, for example (128, 64). () has no hidden "
    "layer: a linear model."
)
SCORERS = (
    "must be 'loss', the name of a scikit-learn scorer (sklearn.metrics.get_scorer_names()), or a function "
    "scorer(estimator, X, y)."
)
CALLBACKS = "has no on_epoch_end and set_model. scikit-learn's own callbacks are registered with set_callbacks."
BOOLEAN = "an instance of 'bool' or an instance of 'numpy.bool'"
COUNT = "an int in the range [1, inf)"


def with_cell(array, where, value):
    """A copy as floats with one cell changed."""
    array = np.array(array, dtype=float)
    array[where] = value
    return array


@pytest.fixture
def no_training(monkeypatch):
    """Fails the test if a training begins."""

    def refuse(*args, **kwargs):
        raise AssertionError("a training has begun")

    monkeypatch.setattr(training, "train", refuse)


# Tables and labels: X, y, other arguments of fit, whole message.
TABLES = {
    "inf": (with_cell(X, (0, 0), np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "minus inf": (with_cell(X, (0, 0), -np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "inf in a frame": (FRAME.assign(b=np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "inf in float32": (
        with_cell(X, (0, 0), np.inf).astype("float32"),
        Y,
        {},
        f"Input X {TOO_LARGE} {INFINITE}".replace("float64", "float32"),
    ),
    "3-D": (
        X.reshape(90, 2, 2),
        Y,
        {},
        "Found array with dim 3, while dim <= 2 is required by RobustMLPClassifier.",
    ),
    "no rows": (
        X[:0],
        Y[:0],
        {},
        "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 1 is required by RobustMLPClassifier.",
    ),
    "no columns": (
        X[:, :0],
        Y,
        {},
        "Found array with 0 feature(s) (shape=(90, 0)) while a minimum of 1 is required by RobustMLPClassifier.",
    ),
    "strings among objects": (
        np.array([["a"]] * 90, dtype=object),
        Y,
        {},
        "could not convert string to float: 'a'. Pass categorical_features with the indices of the columns that hold "
        "strings, or X as a DataFrame, whose string columns are read as categories.",
    ),
    "fewer labels than rows": (X, Y[:50], {}, "Found input variables with inconsistent numbers of samples: [90, 50]"),
    "no labels": (X, None, {}, "This classifier requires y to be passed, but the target y is None."),
    "NaN label": (X, with_cell(Y, 3, np.nan), {}, f"Input y contains NaN: rows without a label: 1. {NO_LABEL}"),
    "None label": (
        X,
        np.array([None, None] + ["a", "b"] * 44, dtype=object),
        {},
        f"Input y contains NaN: rows without a label: 2. {NO_LABEL}",
    ),
    "NA label": (
        X,
        pd.Series(Y, dtype="Int64").where(Y > 0),
        {},
        f"Input y contains NaN: rows without a label: 30. {NO_LABEL}",
    ),
    "infinite label": (X, with_cell(Y, 3, np.inf), {}, f"Input y {TOO_LARGE} Pass labels as strings or whole numbers."),
    "labels of two types": (
        X,
        np.array(["a", 1, 2] * 30, dtype=object),
        {},
        "Unknown label type: y has dtype object and holds int, str. Pass labels of one type, for example y.astype(str) "
        "or y.astype(int).",
    ),
    "continuous labels": (
        X,
        np.arange(90) + 0.5,
        {},
        "Unknown label type: continuous. y holds numbers such as 0.5, which look like a regression target. Pass "
        "classes; np.digitize(y, bins) makes classes of numbers.",
    ),
    "one class": (X, np.ones(90), {}, f"y holds only one class: 1.0. {TWO_CLASSES}"),
    "one class among rows that count": (
        X,
        Y,
        {"sample_weight": (Y == 0) * 1.0},
        f"y holds only one class: 0 in the rows of positive sample_weight. {TWO_CLASSES}",
    ),
    "one-hot labels": (
        X,
        np.eye(3)[Y],
        {},
        f"y should be a 1d array, got an array of shape (90, 3) instead. {ONE_COLUMN}",
    ),
    "several targets": (
        X,
        X[:, :2],
        {},
        f"y should be a 1d array, got an array of shape (90, 2) instead. {ONE_COLUMN}",
    ),
    "too few weights": (
        X,
        Y,
        {"sample_weight": [1, 2]},
        "sample_weight holds 2 weights, but X has 90 rows. Pass one weight for each row.",
    ),
    "a negative weight": (
        X,
        Y,
        {"sample_weight": with_cell(np.ones(90), 4, -1)},
        "sample_weight holds negative weights: -1 at row 4. Weights say how often a row counts; drop a row with weight "
        "0.",
    ),
    "weights that are all zero": (
        X,
        Y,
        {"sample_weight": np.zeros(90)},
        "All weights in sample_weight are zero, which leaves no row. Give some row a weight above 0.",
    ),
    "NaN weight": (
        X,
        Y,
        {"sample_weight": with_cell(np.ones(90), 4, np.nan)},
        "Input sample_weight contains NaN.",
    ),
    "infinite weight": (X, Y, {"sample_weight": with_cell(np.ones(90), 4, np.inf)}, f"Input sample_weight {TOO_LARGE}"),
    "weights in two columns": (
        X,
        Y,
        {"sample_weight": np.ones((90, 2))},
        "sample_weight has shape (90, 2). Sample weights must be 1D array or scalar-like: pass one number per row.",
    ),
    "weights that are words": (
        X,
        Y,
        {"sample_weight": ["a"] * 90},
        "sample_weight cannot be read as numbers: could not convert string to float: 'a'. Pass one number for each "
        "row.",
    ),
    "infinity in X_val": (
        X,
        Y,
        {"X_val": with_cell(X, (3, 1), np.inf), "y_val": Y},
        f"X_val is not a table like X: Input X {TOO_LARGE} {INFINITE}",
    ),
    "X_val alone": (X, Y, {"X_val": X}, "X_val came without y_val. Pass X_val and y_val together."),
    "y_val alone": (X, Y, {"y_val": Y}, "y_val came without X_val. Pass X_val and y_val together."),
    "sample_weight_val alone": (
        X,
        Y,
        {"sample_weight_val": np.ones(90)},
        "sample_weight_val came without X_val and y_val. Pass X_val and y_val together.",
    ),
    "X_val with too few columns": (
        X,
        Y,
        {"X_val": X[:, :2], "y_val": Y},
        "X_val is not a table like X: X has 2 features, but RobustMLPClassifier is expecting 4 features as input.",
    ),
    "y_val of another length": (
        X,
        Y,
        {"X_val": X, "y_val": Y[:3]},
        "Found input variables with inconsistent numbers of samples: [90, 3]",
    ),
    "sample_weight_val that is all zero": (
        X,
        Y,
        {"X_val": X, "y_val": Y, "sample_weight_val": np.zeros(90)},
        "All weights in sample_weight_val are zero, which leaves no row. Give some row a weight above 0.",
    ),
}

# Parameters that do not fit the data: parameters, X, y, whole message.
AGAINST_THE_DATA = {
    "class_weight with an unknown label": (
        {"class_weight": {0: 1, 7: 2}},
        X,
        "class_weight has weights for 7, which y does not contain. The classes are 0, 1, 2.",
    ),
    "class_weight with labels as strings": (
        {"class_weight": {"0": 1, "1": 1, "2": 1}},
        X,
        "class_weight has weights for '0', '1', '2', which y does not contain. Did you mean 0 for '0'? Did you mean 1 "
        "for '1'? Did you mean 2 for '2'? The classes are 0, 1, 2.",
    ),
    "class_weight of another length": (
        {"class_weight": [1, 2]},
        X,
        "class_weight has length 2, but y has 3 classes: 0, 1, 2. Pass one weight for each, in this order, or a dict "
        "such as {2: 5.0}.",
    ),
    "class_weight of nothing": (
        {"class_weight": {0: 0, 1: 0, 2: 0}},
        X,
        "class_weight={0: 0, 1: 0, 2: 0} gives weight 0 to every class that occurs in y, which leaves nothing to "
        "learn. Give at least one of them a weight above 0.",
    ),
    "validation_fraction of nearly all": (
        {"early_stopping": True, "validation_fraction": 0.999},
        X,
        "validation_fraction=0.999 holds out 90 of 90 different rows, which leaves 0 to train 3 classes with. Pass "
        "validation_fraction=0.96 or less, or more rows.",
    ),
    "validation_fraction of more rows than there are": (
        {"early_stopping": True, "validation_fraction": 200},
        X,
        "validation_fraction=200 holds out 200 of 90 different rows, which leaves 0 to train 3 classes with. Pass "
        "validation_fraction=87 or less, or more rows.",
    ),
    "a cost matrix for fewer classes": (
        {"decision": [[0, 1], [1, 0]]},
        X,
        "decision is a cost matrix of shape (2, 2), but y has 3 classes. Pass costs of shape (3, 3), row: true class, "
        "column: predicted class, in the order of classes_.",
    ),
    "a category index that does not exist": (
        {"categorical_features": [9]},
        X,
        "categorical_features=[9] holds an index outside 0 to 3: X has 4 columns.",
    ),
    "a category name that does not exist": (
        {"categorical_features": ["q"]},
        FRAME,
        "categorical_features names ['q'], but the columns of X are ['a', 'b', 'c', 'd'].",
    ),
    "category names without a frame": (
        {"categorical_features": ["a"]},
        X,
        "categorical_features=['a'] holds column names, but X has none. Pass column indices, or X as a DataFrame.",
    ),
    "a category mask of another length": (
        {"categorical_features": [True, False]},
        X,
        "categorical_features is a mask of 2 values, but X has 4 columns. Pass one bool per column, or the indices of "
        "the category columns.",
    ),
}


def must_be(name, fits, value, hint=""):
    """scikit-learn's wording of a refused parameter."""
    return f"The {name!r} parameter of RobustMLPClassifier must be {fits}. Got {value!r} instead.{hint}"


def own(name, value, sentence):
    """Our wording of a refused parameter."""
    return f"{name}={value!r} of RobustMLPClassifier {sentence}"


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
    *((p, v, must_be(p, BOOLEAN, v)) for p in ("batch_norm", "shuffle", "warm_start") for v in ("yes", 2, None)),
    *((p, v, must_be(p, f"{POSITIVE} or None", v)) for p in ("max_norm", "max_time") for v in (0, -1, "a", NAN)),
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


@pytest.mark.parametrize("table, labels, others, message", TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_learnt_from_is_refused(no_training, table, labels, others, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        tiny(early_stopping=True).fit(table, labels, **others)
    assert str(caught.value) == message


@pytest.mark.parametrize("parameters, table, message", AGAINST_THE_DATA.values(), ids=AGAINST_THE_DATA)
def test_a_parameter_that_does_not_fit_the_table_is_refused(no_training, parameters, table, message):
    with pytest.raises(ValueError) as caught:
        tiny(**parameters).fit(table, Y)
    assert str(caught.value) == message


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


@pytest.mark.parametrize("table", [X[:, 0], X[0]])
def test_a_flat_table_is_refused_with_how_to_reshape_it(no_training, table):
    with pytest.raises(ValueError, match=r"^Expected 2D array, got 1D array instead:(.|\n)*Reshape your data"):
        tiny().fit(table, Y)


def test_complex_numbers_are_refused(no_training):
    with pytest.raises(ValueError, match=r"^Complex data not supported"):
        tiny().fit(X + 1j, Y)


def test_an_array_of_strings_is_refused(no_training):
    with pytest.raises(ValueError, match=r"^dtype='numeric' is not compatible with arrays of bytes/strings"):
        tiny().fit(X.astype(str), Y)


def test_ragged_rows_are_refused(no_training):
    with pytest.raises(ValueError, match="inhomogeneous"):
        tiny().fit([[1, 2], [3]], [0, 1])


def test_bytes_as_labels_are_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().fit(X, np.array([b"a", b"b", b"c"])[Y])
    assert str(caught.value) == (
        "Unknown label type: y has dtype |S1. Pass labels as strings or whole numbers, for example y.astype(str)."
    )


def test_one_row_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().fit(X[:1], Y[:1])
    assert str(caught.value) == f"y holds only one class: 0. {TWO_CLASSES}"


def test_a_validation_part_that_no_class_can_spare_a_row_for_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny(early_stopping=True).fit(X[:3], Y[:3])
    assert str(caught.value) == (
        "No row can be held out: no class has two different rows, and each class needs one to train. Pass more rows, "
        "or early_stopping=False, or validation rows of their own as X_val and y_val."
    )


def test_a_validation_label_that_training_has_not_is_named(no_training):
    with pytest.raises(
        ValueError, match=r"^y_val holds labels that are not among the classes: 3\. The classes are 0, 1, 2"
    ):
        tiny(early_stopping=True).fit(X, Y, X_val=X, y_val=Y + 1)


def test_a_scorer_for_two_classes_is_refused_for_three_before_training(no_training):
    with pytest.raises(ValueError, match=r"scoring='roc_auc'"):
        tiny(early_stopping=True, scoring="roc_auc").fit(X, Y)


# Warm starts and parts


def test_a_warm_start_with_other_classes_is_refused():
    estimator = tiny(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError) as caught:
        estimator.fit(X, Y % 2)
    assert str(caught.value) == (
        "warm_start=True goes on with the classes of the fit before, [0, 1, 2], but y now has [0, 1]. Pass "
        "warm_start=False, or clone the estimator."
    )


def test_a_warm_start_with_other_columns_is_refused_in_words():
    estimator = tiny(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"warm_start=True"):
        estimator.fit(X[:, :2], Y)


def test_the_first_part_without_all_classes_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().partial_fit(X, Y)
    assert str(caught.value) == (
        "The first call of partial_fit needs every class that will ever come: pass classes=np.unique(all_labels)."
    )


def test_a_part_with_an_unknown_class_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().partial_fit(X, Y, classes=[0, 1])
    assert str(caught.value) == (
        "y holds labels that are not among the classes: 2. The classes are 0, 1. Name every class before training, "
        "with partial_fit(..., classes=...), or leave these rows out."
    )


def test_a_later_part_with_other_classes_is_refused():
    estimator = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError) as caught:
        estimator.partial_fit(X, Y, classes=[0, 1])
    assert str(caught.value) == (
        "classes=[0, 1] are not the classes of the calls before: [0, 1, 2]. Leave classes out, or begin again with "
        "clone(estimator)."
    )


def test_a_later_part_with_fewer_columns_is_refused():
    estimator = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError) as caught:
        estimator.partial_fit(X[:, :2], Y)
    assert str(caught.value) == "X has 2 features, but RobustMLPClassifier is expecting 4 features as input."


# Prediction


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_predicting_before_fitting_is_refused(method):
    with pytest.raises(NotFittedError) as caught:
        getattr(tiny(), method)(X)
    assert str(caught.value) == (
        "This RobustMLPClassifier instance is not fitted yet. Call 'fit' with appropriate arguments before using this "
        "estimator."
    )


def test_the_keras_model_before_fitting_is_refused():
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        _ = tiny().model_


@pytest.fixture(scope="module")
def on_array():
    return tiny().fit(X, Y)


@pytest.fixture(scope="module")
def on_frame():
    return tiny().fit(FRAME, Y)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("table, n_columns", [(X[:, :3], 3), (np.hstack([X, X]), 8)])
def test_another_number_of_columns_is_refused(on_array, method, table, n_columns):
    with pytest.raises(ValueError) as caught:
        getattr(on_array, method)(table)
    assert str(caught.value) == (
        f"X has {n_columns} features, but RobustMLPClassifier is expecting 4 features as input."
    )


@pytest.mark.parametrize(
    "frame, told",
    [
        (FRAME.rename(columns={"a": "z"}), "Feature names unseen at fit time:\n- z\n"),
        (FRAME[list("abc")], "Feature names seen at fit time, yet now missing:\n- d\n"),
        (FRAME[list("badc")], "Feature names must be in the same order as they were in fit.\n"),
    ],
    ids=["another name", "a missing column", "another order"],
)
def test_other_column_names_are_refused(on_frame, frame, told):
    with pytest.raises(ValueError) as caught:
        on_frame.predict(frame)
    assert str(caught.value).startswith("The feature names should match those that were passed during fit.\n")
    assert told in str(caught.value)


def test_infinity_at_prediction_is_refused(on_array):
    with pytest.raises(ValueError) as caught:
        on_array.predict(with_cell(X, (0, 0), np.inf))
    assert str(caught.value) == f"Input X {TOO_LARGE} {INFINITE}"


def test_a_callback_that_needs_batches_is_refused():
    with pytest.raises(ValueError) as caught:
        tiny(callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, Y)
    assert str(caught.value) == (
        "TerminateOnNaN acts on every batch, and the training runs whole epochs at a time. Pass a callback that acts "
        "on epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), or set its save_freq or update_freq "
        "to 'epoch'."
    )


def test_another_backend_of_keras_is_refused(monkeypatch):
    monkeypatch.setattr(runtime, "_ready", False)  # as in a process where Keras was set to another backend
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError) as caught:
        runtime.load()
    assert str(caught.value) == (
        "Keras runs on the 'jax' backend here, and robust_mlp trains on 'tensorflow' only. Set the environment "
        "variable KERAS_BACKEND=tensorflow before Keras is first imported "
        '(or "backend": "tensorflow" in the keras.json file).'
    )
