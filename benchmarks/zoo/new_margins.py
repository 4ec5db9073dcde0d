"""Twenty further fits at the margin, written down before any was run: own Keras networks and settings.

`CHOOSING` may be looked at while thresholds are chosen; `ASIDE` is for reporting only. A network's healthy rival is an
ordinary network of Keras without the guard; that of settings is the default fit."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import datasets as generators
from sklearn.metrics import balanced_accuracy_score

from benchmarks.held_back import board, spirals
from benchmarks.lines import versions
from benchmarks.zoo.contenders import timed
from benchmarks.zoo.margins import make_case, real, text_of

USUAL_EPOCHS = 60


@dataclass(frozen=True, kw_only=True)
class OwnNetwork:
    """What somebody might write: layers, optimizer, loss, epochs, and what else spoils it."""

    widths: tuple
    activation: str = "relu"
    optimizer: tuple = ("Adam", {"learning_rate": 1e-3})
    loss: str = "sparse_categorical_crossentropy"
    epochs: int = 30
    batch_size: int = 32
    dropout: float = 0.0
    bias: float = 0.0
    decay: float = 0.0
    is_frozen: bool = False
    head: tuple | None = None  # (units, activation); None: softmax over the classes

    def build(self, meta):
        """The compiled network."""
        import keras

        layers: list[Any] = [keras.Input((meta["n_features_in_"],))]
        for width in self.widths:
            layer = keras.layers.Dense(
                width,
                activation=self.activation,
                bias_initializer=keras.initializers.Constant(self.bias),
                kernel_regularizer=keras.regularizers.L2(self.decay) if self.decay else None,
            )
            layer.trainable = not self.is_frozen
            layers.append(layer)
            if self.dropout:
                layers.append(keras.layers.Dropout(self.dropout))
        units, activation = self.head or (meta["n_classes_"], "softmax")
        model = keras.Sequential([*layers, keras.layers.Dense(units, activation)])
        name, settings = self.optimizer
        model.compile(getattr(keras.optimizers, name)(**settings), self.loss)
        return model


def saddle(n_rows=1300, seed=11):
    """The sign of a product of two columns, beside four columns of noise, a tenth of the labels wrong."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 6))
    wrong = rng.random(n_rows) < 0.1
    return X, ((X[:, 0] * X[:, 1] > 0) ^ wrong).astype(int)


def stripes(n_rows=1200, seed=12):
    """Three classes in slanting stripes."""
    X = np.random.default_rng(seed).uniform(-1, 1, (n_rows, 3))
    return X, np.floor(1.5 * (X @ np.array([1.0, 0.8, 0.0]) + 2)).astype(int) % 3


TABLES = {
    "twonorm": lambda: real("twonorm", kind="balanced"),
    "penbased": lambda: real("penbased", kind="balanced"),
    "vehicle": lambda: real("vehicle", kind="balanced"),
    "yeast3": lambda: real("yeast3", kind="imbalanced"),
    "segment": lambda: real("segment", kind="balanced"),
    "wisconsin": lambda: real("wisconsin", kind="balanced"),
    "chess": lambda: real("chess", kind="balanced"),
    "mushroom": lambda: real("mushroom", kind="balanced"),
    "vehicle3": lambda: real("vehicle3", kind="imbalanced"),
    "moons": lambda: generators.make_moons(900, noise=0.25, random_state=13),
    "board of 3": lambda: board(1300, 3, seed=14),
    "spirals": lambda: spirals(900, 2, seed=15),
    "blobs": lambda: generators.make_blobs(700, 7, centers=2, cluster_std=4.0, random_state=16),
    "four classes": lambda: generators.make_classification(
        1300, 16, n_informative=8, n_classes=4, class_sep=1.2, random_state=17
    ),
    "saddle": saddle,
    "stripes": stripes,
}
_SLOW, _CLIPPED = ("Adam", {"learning_rate": 1e-7}), ("SGD", {"learning_rate": 0.01, "clipnorm": 1e-6})
NETWORKS = (
    ("twonorm", "absolute error", OwnNetwork(widths=(32,), loss="mean_absolute_error")),
    ("penbased", "8 sigmoid layers", OwnNetwork(widths=(16,) * 8, activation="sigmoid")),
    ("vehicle", "one batch", OwnNetwork(widths=(32, 32), batch_size=10_000, epochs=15)),
    ("moons", "dropout .97", OwnNetwork(widths=(32, 32), dropout=0.97)),
    ("yeast3", "frozen layers", OwnNetwork(widths=(4, 4), is_frozen=True)),
    ("segment", "rate 1e-7", OwnNetwork(widths=(32, 32), optimizer=_SLOW)),
    ("board of 3", "dead relus", OwnNetwork(widths=(32, 32), bias=-20.0)),
    ("wisconsin", "clipped gradients", OwnNetwork(widths=(32,), optimizer=_CLIPPED)),
    ("twonorm", "L2 of 50", OwnNetwork(widths=(32, 32), decay=50.0)),
    ("spirals", "two epochs", OwnNetwork(widths=(32, 32), epochs=2)),
    ("blobs", "one softmax unit", OwnNetwork(widths=(16,), head=(1, "softmax"), loss="binary_crossentropy")),
    ("four classes", "hinge on sigmoids", OwnNetwork(widths=(32,), head=(4, "sigmoid"), loss="categorical_hinge")),
)
SETTINGS = (
    ("penbased", {"optimizer": "sgd", "learning_rate": 1e-6}),
    ("twonorm", {"dropout": 0.97, "n_members": 1, "hidden_layer_sizes": (32, 32)}),
    ("chess", {"max_iter": 1, "batch_size": 2000}),
    ("saddle", {"hidden_layer_sizes": (12,) * 12, "activation": "sigmoid", "n_members": 3}),
    ("four classes", {"weight_decay": 50.0}),
    ("stripes", {"learning_rate": 1e-7, "max_iter": 50}),
    ("mushroom", {"label_smoothing": 0.95, "max_norm": 0.1}),
    ("vehicle3", {"optimizer": "sgd", "learning_rate": 5.0}),
)
_ALL = (*NETWORKS, *SETTINGS)
CHOOSING, ASIDE = _ALL[::2], _ALL[1::2]


def measure_new_margins(results, halves):
    """Measure what is missing of "new" (the choosing half) and "new, aside", and write it."""
    from robust_mlp import RobustMLPClassifier

    for half, entries in (("new", CHOOSING), ("new, aside", ASIDE)):
        for table, *rest in entries if half in halves else ():
            what, network = rest if len(rest) == 2 else (text_of(rest[0]), None)
            name = {"scenario": f"margin: {half}", "table": f"{table}; {what}", "seed": 0, "contender": "ours"}
            if results.find(**name) is not None:
                continue
            case = make_case(table, {} if network else rest[0], TABLES)
            if network is not None:
                fitted = _guarded(network, network.epochs, case), _guarded(USUAL, USUAL_EPOCHS, case, "off")
            else:
                hostile = RobustMLPClassifier(random_state=0, **rest[0])
                fitted = _line(hostile, case), _line(RobustMLPClassifier(random_state=0), case)
            line, usual = fitted
            usual = {"usual_balanced_accuracy": usual["balanced_accuracy"], "usual_seconds": usual["processor_seconds"]}
            results.add(name | line | usual | {"versions": versions()})


USUAL = OwnNetwork(widths=(64, 64), epochs=USUAL_EPOCHS)


def _guarded(network, epochs, case, guard="repair"):
    from robust_mlp import GuardedKerasClassifier

    def build(meta):  # a function, as a user writes one
        return network.build(meta)

    clf = GuardedKerasClassifier(
        build, epochs=epochs, batch_size=network.batch_size, random_state=0, collapse_guard=guard
    )
    return _line(clf, case)


def _line(clf, case):
    """Balanced accuracy on the test rows, what the report says, and processor seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, _, _, seconds = timed(lambda: clf.fit(case.X, case.y))
        score = balanced_accuracy_score(case.y_test, clf.predict(case.X_test))
    report = clf.report_
    codes = [finding.code for finding in (*report.findings, *report.advisories)]
    found = {"balanced_accuracy": score, "verdict": report.verdict.value, "causes": codes}
    return found | {"n_fits": len(report.attempts), "processor_seconds": seconds}
