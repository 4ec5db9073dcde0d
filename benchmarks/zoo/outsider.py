"""Forty-three fits that somebody from outside would try to break the guard with, and ten that only look strange.

All were written down before any of them was run. `ASIDE` is for reporting only: nothing was chosen by it. A hostile fit
is right if it comes near the default fit of its table (an ordinary network of Keras, where the network is the user's
own), or if the verdict says that something is wrong. A healthy fit has to be HEALTHY; noise NO_SIGNAL or UNCHECKED."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from benchmarks.lines import versions
from benchmarks.zoo.contenders import timed
from benchmarks.zoo.margins import margin_figures
from benchmarks.zoo.outsider_networks import (
    chain,
    dense,
    halving_rate,
    layer,
    logits,
    normed_softmax,
    of,
    soft_relu,
    turned_round,
    two_branches,
    usual,
)
from benchmarks.zoo.outsider_tables import as_numbers, split_table

USUAL_EPOCHS = 60


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One fit: a table, and what the user does."""

    table: str
    what: str
    run: Callable  # (X, y) -> fitted classifier
    kind: str = "hostile"  # or "healthy", "noise"
    is_own: bool = False  # an own network of Keras


# ---- what a user types


def typed(settings=None, *, fit=None, **more):
    """A function that fits RobustMLPClassifier with these settings; functions named in `made` make objects."""

    def run(X, y):
        from robust_mlp import RobustMLPClassifier

        made = more.get("made") or {}
        values = (settings or {}) | {name: make() for name, make in made.items()}
        clf = RobustMLPClassifier(random_state=0, **values)
        return clf.fit(X, y, **(fit(X, y) if fit else {}))

    return run


def own(build, epochs=30, *, fit=None, labels=None, **settings):
    """A function that fits GuardedKerasClassifier around a network."""

    def run(X, y):
        from robust_mlp import GuardedKerasClassifier

        clf = GuardedKerasClassifier(build, epochs=epochs, random_state=0, **settings)
        return clf.fit(X, y if labels is None else labels(y), **(fit(X, y) if fit else {}))

    return run


def after_ruin(X, y):
    """A warm start from a fit that was ruined, unguarded."""
    from robust_mlp import RobustMLPClassifier

    clf = RobustMLPClassifier(learning_rate=30.0, collapse_guard="off", max_iter=20, random_state=0)
    clf.fit(X, y).set_params(learning_rate=2e-4, collapse_guard="repair", warm_start=True, max_iter=15)
    return clf.fit(X, y)


def after_wrong_labels(X, y):
    """A warm start from labels in another order, and three epochs to correct it."""
    from robust_mlp import RobustMLPClassifier

    clf = RobustMLPClassifier(collapse_guard="off", random_state=0, n_members=2)
    clf.fit(X, np.random.default_rng(0).permutation(y))
    return clf.set_params(warm_start=True, max_iter=3, learning_rate=1e-4, collapse_guard="repair").fit(X, y)


def in_parts(X, y):
    """A stream in the order of the classes, at a rate of 1e-6."""
    from robust_mlp import RobustMLPClassifier

    clf, order = RobustMLPClassifier(learning_rate=1e-6, random_state=0), np.argsort(y, kind="stable")
    for part in np.array_split(order, 8):
        clf.partial_fit(X.iloc[part], y[part], classes=np.unique(y))
    return clf


def late(progress):
    """A schedule that warms up nearly to the end."""
    return progress**30


def first_epoch_only():
    """A callback of Keras that stops after the first epoch."""
    import keras

    class First(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    return First()


def few_heavy(X, y):
    """Eight rows weigh a million times as much as the others."""
    weights = np.ones(len(y))
    weights[np.random.default_rng(0).choice(len(y), 8, replace=False)] = 1e6
    return {"sample_weight": weights}


def light_class(X, y):
    """The rows of one class weigh next to nothing."""
    return {"sample_weight": np.where(y == np.unique(y)[0], 1e-7, 1.0)}


def other_shares(X, y):
    """Held-out rows of which nineteen of twenty are of one class."""
    first = np.flatnonzero(y == np.unique(y)[0])[:95]
    rest = np.flatnonzero(y != np.unique(y)[0])[:5]
    rows = np.concatenate([first, rest])
    return {"X_val": X[rows], "y_val": y[rows]}


def one_hot(y):
    """Labels as 0 and 1 for each class."""
    return (y[:, None] == np.unique(y)).astype("float32")


def weights_of(y, light=1e-6):
    """All weight on the first class."""
    return {int(label): 1.0 if label == y.min() else light for label in np.unique(y)}


def one_sided(X, y):
    """An own network under class weights of a million to one."""
    return own(chain(dense(32)), class_weight=weights_of(y))(X, y)


_OPTIMIZERS, _LOSSES, _INITIALIZERS = "optimizers", "losses", "initializers"
_FROM_LOGITS = of(_LOSSES, "SparseCategoricalCrossentropy", from_logits=True)
_LARGE = of(_INITIALIZERS, "RandomNormal", stddev=12.0)
_SERIES = layer("Reshape", (24, 1))
_TINY = of(_INITIALIZERS, "RandomNormal", stddev=1e-5)

# ---- what is fitted: (table, what, function)

SETTINGS = (
    ("swiss roll", "three units, no path, one member", typed({"hidden_layer_sizes": (3,), "linear_path": False,
     "numerical_embedding": None, "n_members": 1, "activation": "relu"})),
    ("ten classes", "Adam with epsilon 100", typed(made={"optimizer": of(_OPTIMIZERS, "Adam", epsilon=100.0)})),
    ("sectors", "SGD clipped at 1e-4", typed(made={"optimizer": of(_OPTIMIZERS, "SGD", clipnorm=1e-4)})),
    ("shop", "undersampled, one batch, two epochs", typed({"sampler": "under", "batch_size": 5000, "max_iter": 2})),
    ("unequal", "smoothed, max-norm, balanced", typed({"class_weight": "balanced", "label_smoothing": 0.8,
     "max_norm": 0.05, "n_members": 2})),
    ("friedman", "rate rises at the end only", typed({"learning_rate_schedule": late, "max_iter": 40})),
    ("s curve", "rate .4, no early stopping", typed({"early_stopping": False, "learning_rate": 0.4, "max_iter": 30})),
    ("two views", "inputs dropped, one member", typed({"input_dropout": 0.75, "n_members": 1, "max_iter": 60,
     "early_stopping": False})),
    ("yeast-2_vs_4", "tol .5, patience of two", typed({"tol": 0.5, "n_iter_no_change": 2, "learning_rate": 1e-4})),
    ("vehicle2", "a callback stops after one epoch", typed(made={"callbacks": first_epoch_only})),
    ("friedman", "warm start from a ruined fit", after_ruin),
    ("sectors", "warm start from wrong labels", after_wrong_labels),
    ("vowel", "a stream by class at 1e-6", in_parts),
    ("email", "eight rows weigh a million", typed(fit=few_heavy)),
    ("unequal", "held-out rows of other shares, 1e-5", typed({"learning_rate": 1e-5, "max_iter": 20},
     fit=other_shares)),
    ("copies", "ten sigmoid layers", typed({"hidden_layer_sizes": (12,) * 10, "activation": "sigmoid",
     "linear_path": False})),
    ("drifting", "last rows, no shuffle, batches of 8, rate .1", typed({"validation": "last", "shuffle": False,
     "batch_size": 8, "learning_rate": 0.1, "n_members": 2})),
    ("ten classes", "nine rows of ten held out", typed({"validation_fraction": 0.9, "n_members": 1})),
    ("wrong third", "one epoch, one member", typed({"max_iter": 1, "n_members": 1, "batch_size": 600})),
    ("diamonds", "exponential units, RMSprop .5", typed({"activation": "exponential", "learning_rate": 0.5,
     "optimizer": "rmsprop"})),
    ("abalone9-18", "oversampled, balanced, corrected, 1e-5", typed({"sampler": "over", "class_weight": "balanced",
     "prior_correction": True, "learning_rate": 1e-5, "max_iter": 10})),
)  # fmt: skip
NETWORKS = (
    ("friedman", "softmax read as logits, 3 epochs", own(chain(dense(32), loss=_FROM_LOGITS), 3)),
    ("sectors", "logits read as probabilities", own(chain(dense(32), dense(32), head=logits))),
    ("two views", "tanh head, binary loss", own(chain(dense(32), loss="binary_crossentropy",
     head=lambda n: dense(1, "tanh")()))),
    ("ten classes", "squared error at 1e-5, one-hot", own(chain(dense(32), loss="mse", optimizer=of(_OPTIMIZERS, "Adam",
     1e-5), head=lambda n: dense(n, "sigmoid")()), labels=one_hot)),
    ("swiss roll", "all weights begin at zero", own(chain(dense(32, kernel_initializer="zeros"),
     dense(32, kernel_initializer="zeros")))),
    ("s curve", "weights of size 12, tanh", own(chain(dense(32, "tanh", kernel_initializer=_LARGE),
     dense(32, "tanh", kernel_initializer=_LARGE)))),
    ("unequal", "penalty on the activities", own(chain(dense(32, activity_regularizer=of("regularizers", "L1", 10.0)),
     dense(32)))),
    ("vowel", "batch normalization behind the softmax", own(chain(dense(64), head=normed_softmax))),
    ("rhythms", "LSTM of one unit at 1e-5", own(chain(_SERIES, layer("LSTM", 1), optimizer=of(_OPTIMIZERS, "Adam",
     1e-5)), 10)),
    ("rhythms", "convolution, dead units", own(chain(_SERIES, layer("Conv1D", 8, 5, activation="relu",
     bias_initializer=of(_INITIALIZERS, "Constant", -30.0)), layer("GlobalAveragePooling1D")))),
    ("two views", "branches of one dying unit", own(two_branches(1))),
    ("cells", "clipped by the global norm", own(chain(dense(32), optimizer=of(_OPTIMIZERS, "SGD", 0.01,
     global_clipnorm=1e-5)))),
    ("ten classes", "weights of a million to one", one_sided),
    ("unequal", "one class weighs nothing", own(chain(dense(32)), fit=light_class)),
    ("copies", "sorted rows, half held out, two epochs", own(chain(dense(16)), 2, validation_split=0.5,
     shuffle=False)),
    ("swiss roll", "a layer of one unit, normalized", own(chain(dense(32), dense(1, None),
     layer("LayerNormalization"), dense(16)))),
    ("kr-vs-k-one_vs_fifteen", "noise added eight times", own(chain(*[layer("GaussianNoise", 1.0)] * 8, dense(32)))),
    ("vowel", "hidden layers of softmax", own(chain(*[dense(16, "softmax")] * 5))),
    ("sectors", "wrong sign of the loss", own(chain(dense(32), loss=turned_round))),
    ("basket", "rate halved at every step", own(chain(dense(32), optimizer=halving_rate))),
    ("penguins", "inputs divided by 25,500 and tiny weights", own(chain(layer("Rescaling", 1 / 25500),
     dense(16, kernel_initializer=_TINY)), 5)),
    ("friedman", "softmax over rectified outputs", own(chain(dense(32), head=soft_relu))),
)  # fmt: skip
HEALTHY = (
    ("noise frame", "defaults", typed(), "noise"),
    ("noise of six", "own network", own(usual, 20), "noise"),
    ("noise frame", "balanced, one member, weights", typed({"class_weight": "balanced", "n_members": 1}), "noise"),
    ("ladder", "defaults", typed(), "healthy"),
    ("swiss roll", "Nadam, GELU, normalized", typed({"activation": "gelu", "batch_norm": True, "n_members": 3},
     made={"optimizer": of(_OPTIMIZERS, "Nadam", 2e-3)}), "healthy"),
    ("two views", "one wide network, half dropped, 60 epochs", typed({"n_members": 1, "hidden_layer_sizes": (256,),
     "dropout": 0.5, "early_stopping": False, "max_iter": 60, "learning_rate": 1e-3}), "healthy"),
    ("rhythms", "convolution", own(chain(_SERIES, layer("Conv1D", 16, 5, activation="relu"),
     layer("Conv1D", 16, 5, activation="relu"), layer("GlobalMaxPooling1D")), 40), "healthy"),
    ("rhythms", "LSTM of 16 at .005", own(chain(_SERIES, layer("LSTM", 16), optimizer=of(_OPTIMIZERS, "Adam",
     5e-3)), 30), "healthy"),
    ("two views", "branches of eight", own(two_branches(8), 40), "healthy"),
    ("rare", "SMOTE, corrected, tuned", typed({"sampler": "smote", "prior_correction": True, "decision": "f1_macro"}),
     "healthy"),
)  # fmt: skip


def _listed():
    fits = [Fit(table=table, what=what, run=run) for table, what, run in SETTINGS]
    fits += [Fit(table=table, what=what, run=run, is_own=True) for table, what, run in NETWORKS]
    return (*fits, *(Fit(table=table, what=what, run=run, kind=kind) for table, what, run, kind in HEALTHY))


ALL = _listed()
# What was looked at while the guard was changed, and what was not.
HALVES = ("outsider", "outsider, aside")
# Three of ten are kept aside: the places 2, 5 and 8 of each ten.
ASIDE = tuple(fit for place, fit in enumerate(ALL) if place % 10 in (2, 5, 8))
CHOOSING = tuple(fit for fit in ALL if fit not in ASIDE)


# ---- what comes out


def outsider_line(fit):
    """(line of results, classifier) of one fit; the classifier is None if the fit raised, and the line says why."""
    X, y, X_test, y_test = split_table(fit.table)
    if fit.is_own:
        X, X_test = as_numbers(X, X_test)
    try:
        clf, caught, _, seconds = timed(lambda: fit.run(X, y))
    except Exception as error:  # whatever comes is a line of results
        return {"balanced_accuracy": 0.0, "verdict": "RAISED", "causes": [repr(error)[:300]], "n_fits": 0}, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        predicted = np.asarray(clf.predict(X_test))
    predicted = predicted.argmax(axis=1) if predicted.ndim == 2 else predicted  # one-hot labels come back as such
    report = clf.report_
    codes = [finding.code for finding in (*report.findings, *report.advisories)]
    line = {"balanced_accuracy": balanced_accuracy_score(y_test, predicted), "verdict": report.verdict.value}
    line |= {"causes": codes, "n_fits": len(report.attempts), "processor_seconds": seconds}
    return line | {"warnings": sorted({w.category.__name__ for w in caught})}, clf


def usual_fit(fit):
    """The fit that a hostile one is compared with: defaults, or an ordinary network without the guard."""
    run = own(usual, USUAL_EPOCHS, collapse_guard="off") if fit.is_own else typed()
    return Fit(table=fit.table, what="usual", run=run, is_own=fit.is_own)


def measure_outsider(results, halves):
    """Measure what is missing of "outsider" (to choose by) and "outsider, aside", and write it."""
    usual_lines = {}
    for fit in ALL:
        half = HALVES[fit in ASIDE]
        scenario = f"margin: {half}" if fit.kind == "hostile" else f"{fit.kind}: {half}"
        key = {"scenario": scenario, "table": f"{fit.table}; {fit.what}", "seed": 0, "contender": "ours"}
        if half not in halves or results.find(**key) is not None:
            continue
        line, _ = outsider_line(fit)
        if fit.kind == "hostile":
            of_table = fit.table, fit.is_own
            if of_table not in usual_lines:
                usual_lines[of_table], _ = outsider_line(usual_fit(fit))
            beside = usual_lines[of_table]
            line["usual_balanced_accuracy"] = beside["balanced_accuracy"]
            line["usual_seconds"] = beside["processor_seconds"]
        results.add(key | line | {"versions": versions()})


def outsider_figures(lines):
    """Hostile fits, healthy ones and noise, as rows of the zoo's table: (what, text, whether it is enough)."""
    rows = []
    for half, name in zip(HALVES, ("looked at", "set aside"), strict=True):
        rows += [
            (f"the outsider's hostile fits, {name}", text, is_enough)
            for _, text, is_enough in margin_figures([line for line in lines if line["scenario"] == f"margin: {half}"])
        ]
    for kind, right in (("healthy", ("HEALTHY",)), ("noise", ("NO_SIGNAL", "UNCHECKED"))):
        found = [line for line in lines if line["scenario"].startswith(f"{kind}: outsider")]
        if found:
            n_right = sum(line["verdict"] in right for line in found)
            what = f"outsider's fits of {kind} kind: {' or '.join(right)}"
            rows.append((what, f"{n_right} of {len(found)}", n_right == len(found)))
    return rows
