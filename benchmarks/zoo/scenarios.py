"""Ways to ruin a training: each a change of the estimator's parameters, of the table, or of both.

Groups are those of well-known failures: D columns, E learning rate and budget, F depth and activation, G imbalance,
H order, J missing and very large cells, K nothing to learn, L regularization, O labels and rows that do not belong
together, M controls."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

USUAL = ("clusters", "xor", "breast_cancer", "vehicle", "phoneme")
CURVED = ("xor", "rings", "parity", "phoneme", "vehicle")  # a straight line does not do here
# The commonest ways to ruin a training are tried on more real tables, on which no scenario was looked at before.
MORE = ("wine", "digits", "ionosphere", "segment", "banana", "pima")


@dataclass(frozen=True)
class Scenario:
    """One way to ruin a training.

    `causes` are the codes that count as the right first cause; empty for a control, on which no alarm may be raised.
    """

    name: str
    group: str
    causes: tuple[str, ...] = ()
    parameters: dict = field(default_factory=dict)
    spoil: Callable | None = None  # (X, y, rng) -> (X, y)
    tables: tuple[str, ...] = USUAL
    has_signal: bool = True

    @property
    def is_usual(self):
        """Whether it is a default fit of a table as it comes."""
        return not self.causes and not self.parameters and self.spoil is None


def decades(X, y, rng):
    """Columns over twelve powers of ten, with offsets of their own."""
    d = X.shape[1]
    scale = 10.0 ** rng.permutation(np.linspace(-6, 6, d))
    return (X / np.maximum(X.std(axis=0), 1e-12) + rng.normal(size=d)) * scale, y


def large(X, y, rng):
    """Columns around ten thousand."""
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-12) * 1e4 + rng.normal(size=X.shape[1]) * 3e4, y


def offset(X, y, rng):
    """Time stamps: a spread of days around a billion and a half seconds."""
    return X / np.maximum(X.std(axis=0), 1e-12) * 1e5 + 1.6e9, y


def tails(X, y, rng):
    """One row in a hundred has a very large cell in each column."""
    X = X / np.maximum(X.std(axis=0), 1e-12)
    giant = rng.random(X.shape) < 0.01
    return np.where(giant, X * 1e9, X), y


def giants(X, y, rng):
    """All cells times 1e30."""
    return X * 1e30, y


def identifiers(X, y, rng):
    """Three columns more that number the rows from a billion up."""
    numbers = 1e9 + np.column_stack([rng.permutation(len(X)) for _ in range(3)])
    return np.column_stack([X, numbers]), y


def missing(X, y, rng):
    """A third of the cells are missing, and one more column is missing altogether."""
    X = np.where(rng.random(X.shape) < 0.3, np.nan, X)
    return np.column_stack([X, np.full(len(X), np.nan)]), y


def constants(X, y, rng):
    """Five constant columns and two copies of others."""
    return np.column_stack([X, np.full((len(X), 5), 1e6), X[:, :2]]), y


def in_order(X, y, rng):
    """Rows sorted by class."""
    order = np.argsort(y, kind="stable")
    return X[order], y[order]


def shuffled(X, y, rng):
    """Labels shuffled without their rows."""
    return X, rng.permutation(y)


def at_once(progress):
    """A schedule that is over after a hundredth of the training."""
    return 1.0 if progress < 0.01 else 1e-9


HIGH, LOW = ("learning_rate_too_high",), ("learning_rate_too_low",)
UNSCALED, DEEP = ("unscaled_columns",), ("vanishing_gradient",)
FEW = ("batch_too_large", "too_few_epochs", "stopped_too_early")
NOTHING = ("no_signal",)

SCENARIOS = (
    Scenario("raw columns over 12 decades", "D", UNSCALED, {"scale": None}, decades, (*USUAL, *MORE)),
    Scenario("raw columns around 10,000", "D", UNSCALED, {"scale": None}, large),
    Scenario("raw time stamps", "D", UNSCALED, {"scale": None}, offset),
    Scenario("raw identifiers", "D", UNSCALED, {"scale": None}, identifiers),
    Scenario("very large cells, standardized", "D", ("heavy_tailed_columns",), {"scale": "standard"}, tails),
    Scenario("cells of 1e30, raw", "D", UNSCALED, {"scale": None}, giants),
    Scenario("constant and duplicate columns, raw", "D", UNSCALED, {"scale": None}, constants),
    Scenario("learning rate 1e-7", "E", LOW, {"learning_rate": 1e-7}, tables=(*USUAL, *MORE)),
    Scenario("learning rate 1e-5, 20 epochs", "E", (*LOW, *FEW), {"learning_rate": 1e-5, "max_iter": 20}),
    Scenario("learning rate 1", "E", HIGH, {"learning_rate": 1.0}, tables=(*USUAL, *MORE)),
    Scenario("learning rate 100", "E", HIGH, {"learning_rate": 100.0}, tables=(*USUAL, *MORE)),
    Scenario("SGD, learning rate 20", "E", HIGH, {"optimizer": "sgd", "learning_rate": 20.0}),
    Scenario("SGD, learning rate 1e-5", "E", LOW, {"optimizer": "sgd", "learning_rate": 1e-5}),
    Scenario("RMSprop, learning rate 50", "E", HIGH, {"optimizer": "rmsprop", "learning_rate": 50.0}),
    Scenario("batch of all rows, 3 epochs", "E", FEW, {"batch_size": 100_000, "max_iter": 3}),
    Scenario("one epoch of two batches", "E", FEW, {"batch_size": 700, "max_iter": 1}),
    Scenario("no patience, small steps", "E", (*LOW, *FEW), {"n_iter_no_change": 1, "learning_rate": 2e-5}),
    Scenario(
        "schedule over at once",
        "E",
        ("schedule_too_short", *FEW),
        {"learning_rate_schedule": at_once, "batch_size": 256},
    ),
    Scenario(
        "30 sigmoid layers", "F", DEEP, {"hidden_layer_sizes": (32,) * 30, "activation": "sigmoid"}, tables=CURVED
    ),
    Scenario(
        "12 sigmoid layers",
        "F",
        DEEP,
        {"hidden_layer_sizes": (16,) * 12, "activation": "sigmoid"},
        tables=(*CURVED, *MORE),
    ),
    Scenario(
        "20 tanh layers, rate .1",
        "F",
        (*HIGH, *DEEP),
        {"hidden_layer_sizes": (32,) * 20, "activation": "tanh", "learning_rate": 0.1},
        tables=CURVED,
    ),
    Scenario(
        "30 narrow relu layers", "F", DEEP, {"hidden_layer_sizes": (5,) * 30, "activation": "relu"}, tables=CURVED
    ),
    Scenario(
        "8 exponential layers",
        "F",
        ("exploding_activation",),
        {"hidden_layer_sizes": (64,) * 8, "activation": "exponential"},
    ),
    Scenario("one unit", "F", ("layer_too_narrow",), {"hidden_layer_sizes": (1,)}, tables=CURVED),
    Scenario(
        "8 sigmoid layers of 2",
        "F",
        (*DEEP, "layer_too_narrow"),
        {"hidden_layer_sizes": (2,) * 8, "activation": "sigmoid"},
        tables=CURVED,
    ),
    Scenario(
        "no hidden layer", "F", ("no_hidden_layer",), {"hidden_layer_sizes": ()}, tables=("xor", "rings", "parity")
    ),
    Scenario(
        "class weights of a million",
        "G",
        ("class_weight_too_strong",),
        {"class_weight": {0: 1.0, 1: 1e6}},
        tables=("imbalanced 1:50", "xor", "rings", "weak 88:12"),
    ),
    Scenario(
        "sorted rows, not shuffled",
        "H",
        ("sorted_rows",),
        {"shuffle": False, "batch_size": 32},
        in_order,
        ("clusters", "xor", "sorted", "vehicle", "phoneme"),
    ),
    Scenario("dropout .95", "L", ("dropout_too_strong",), {"dropout": 0.95}, tables=CURVED),
    Scenario(
        "dropout .99, 16 units",
        "L",
        ("dropout_too_strong",),
        {"dropout": 0.99, "hidden_layer_sizes": (16, 16)},
        tables=(*USUAL, *MORE),
    ),
    Scenario("input dropout .95", "L", ("input_dropout_too_strong",), {"input_dropout": 0.95}),
    Scenario("weight decay 100", "L", ("weight_decay_too_strong",), {"weight_decay": 100.0}, tables=(*USUAL, *MORE)),
    Scenario("weight decay 400", "L", ("weight_decay_too_strong",), {"weight_decay": 400.0}),
    Scenario("max-norm .01", "L", ("max_norm_too_small",), {"max_norm": 0.01}),
    Scenario("label smoothing .99", "L", ("label_smoothing_too_strong",), {"label_smoothing": 0.99}),
    Scenario("raw columns and rate 1", "D+E", (*UNSCALED, *HIGH), {"scale": None, "learning_rate": 1.0}, decades),
    Scenario("rate 1e-7 and dropout .9", "E+L", (*LOW, "dropout_too_strong"), {"learning_rate": 1e-7, "dropout": 0.9}),
    Scenario(
        "20 sigmoid layers and rate 1e-6",
        "F+E",
        (*LOW, *DEEP),
        {"hidden_layer_sizes": (32,) * 20, "activation": "sigmoid", "learning_rate": 1e-6},
    ),
    Scenario(
        "SGD 1e-4 in one batch, 10 epochs",
        "E",
        (*LOW, *FEW),
        {"optimizer": "sgd", "learning_rate": 1e-4, "batch_size": 100_000, "max_iter": 10},
    ),
    Scenario(
        "max-norm .01 and dropout .9",
        "L",
        ("max_norm_too_small", "dropout_too_strong"),
        {"max_norm": 0.01, "dropout": 0.9},
    ),
    Scenario(
        "raw columns, 10 sigmoid layers",
        "D+F",
        (*UNSCALED, *DEEP),
        {"scale": None, "hidden_layer_sizes": (32,) * 10, "activation": "sigmoid"},
        decades,
    ),
    Scenario(
        "weight decay 100 and rate 1",
        "L+E",
        (*HIGH, "weight_decay_too_strong"),
        {"weight_decay": 100.0, "learning_rate": 1.0},
    ),
    Scenario(
        "shuffled labels",
        "O",
        NOTHING,
        {},
        shuffled,
        ("clusters", "breast_cancer", "vehicle", "phoneme"),
        has_signal=False,
    ),
    Scenario(
        "nothing to learn",
        "K",
        NOTHING,
        {},
        None,
        ("noise, 2 classes", "noise, 300 rows", "noise, 5 classes", "noise, rare", "misaligned"),
        has_signal=False,
    ),
    Scenario(
        "nothing to learn, rate 1e-7",
        "K+E",
        NOTHING,
        {"learning_rate": 1e-7},
        None,
        ("noise, 2 classes", "noise, 300 rows", "noise, 5 classes", "noise, rare"),
        has_signal=False,
    ),
    Scenario("as it comes", "M", tables=(*USUAL, "rings", "parity", "wine", "digits")),
    Scenario("20 rows", "M", tables=("20 rows",)),
    Scenario("200 classes", "M", tables=("200 classes",)),
    Scenario("20,000 columns", "M", tables=("20,000 columns",)),
    Scenario("1 in 1,000", "M", tables=("imbalanced 1:1000",)),
    Scenario("the prior is real", "M", tables=("weak 88:12",)),
    Scenario("weak signal", "M", tables=("weak .56",)),
    Scenario("wrong and conflicting labels", "M", tables=("40 % wrong labels", "conflicting duplicates")),
    Scenario("identifiers, scaled", "M", tables=("identifiers",)),
    Scenario("sorted rows, shuffled", "M", (), {}, in_order, ("clusters", "vehicle", "sorted")),
    Scenario("missing cells", "M", (), {}, missing, ("clusters", "breast_cancer", "vehicle", "phoneme")),
)
NAMES = {scenario.name: scenario for scenario in SCENARIOS}
