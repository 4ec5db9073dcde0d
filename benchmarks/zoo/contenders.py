"""Who is tried on a case: ours with and without the guard, and what people do instead."""

import time
import warnings

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import RobustMLPClassifier

ACTIVATIONS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


def timed(function):
    """(result, wall seconds, processor seconds) of a call, with warnings collected in the result's place."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        wall, processor = time.perf_counter(), time.process_time()
        result = function()
        seconds = time.perf_counter() - wall, time.process_time() - processor
    return result, caught, *seconds


def ours(case, guard="repair", **parameters):
    """RobustMLPClassifier under the case's parameters.

    Returns
    -------
    line : dict
        Test figures, verdict, first cause, symptoms of each attempt, warnings and seconds.
    """
    settings = {"collapse_guard": guard, "random_state": case.seed} | case.parameters | parameters
    model, caught, wall, processor = timed(lambda: RobustMLPClassifier(**settings).fit(case.X, case.y))
    report = model.report_
    return case.judge(model) | {
        "verdict": report.verdict.value,
        "causes": [finding.code for finding in report.findings],
        "advice": [finding.code for finding in report.advisories],
        "symptoms": [list(attempt.symptoms) for attempt in report.attempts],
        "n_fits": len(report.attempts),
        "fit_seconds": [round(attempt.seconds, 3) for attempt in report.attempts],
        "warnings": sorted({w.category.__name__ for w in caught}),
        "guard_seconds": report.guard_seconds,
        "seconds": wall,
        "processor_seconds": processor,
    }


def mlp_classifier(case):
    """scikit-learn's network under the same settings, as far as it has them; scaled unless the case says not."""
    p = case.parameters
    settings = {"random_state": case.seed, "max_iter": p.get("max_iter", 200)}
    if "hidden_layer_sizes" in p:
        settings["hidden_layer_sizes"] = p["hidden_layer_sizes"] or (1,)
    if "activation" in p:
        settings["activation"] = ACTIVATIONS.get(p["activation"], "relu")
    if "learning_rate" in p:
        settings["learning_rate_init"] = p["learning_rate"]
    if "batch_size" in p:
        settings["batch_size"] = min(p["batch_size"], len(case.X))
    if "weight_decay" in p:
        settings["alpha"] = p["weight_decay"]
    if p.get("optimizer") == "sgd":
        settings["solver"] = "sgd"
    network = MLPClassifier(**settings, shuffle=p.get("shuffle", True), n_iter_no_change=p.get("n_iter_no_change", 10))
    return _line(case, _scaled(case, network))


def scikeras_tutorial(case):
    """The network of the usual tutorial in scikeras: two layers of 64, Adam, 30 epochs, and the case's settings."""
    import keras
    from scikeras.wrappers import KerasClassifier

    p, n_classes = case.parameters, len(np.unique(case.y))

    def build(meta):
        layers = [keras.layers.Input(meta["X_shape_"][1:])]
        for width in p.get("hidden_layer_sizes", (64, 64)):
            layers.append(keras.layers.Dense(width, activation=p.get("activation", "relu")))
            if p.get("dropout"):
                layers.append(keras.layers.Dropout(p["dropout"]))
        return keras.Sequential([*layers, keras.layers.Dense(n_classes, activation="softmax")])

    rate = p.get("learning_rate", 1e-3)
    optimizer = keras.optimizers.SGD(rate) if p.get("optimizer") == "sgd" else keras.optimizers.Adam(rate)
    network = KerasClassifier(
        build,
        loss="sparse_categorical_crossentropy",
        optimizer=optimizer,
        epochs=min(p.get("max_iter", 30), 30),
        batch_size=min(p.get("batch_size", 32), len(case.X)),
        random_state=case.seed,
        verbose=0,
    )
    return _line(case, _scaled(case, network))


def restarted_mlp(case, n_fits):
    """A scaled MLPClassifier with its defaults, started `n_fits` times; the best on a held-out tenth is kept."""
    candidates = [make_pipeline(StandardScaler(), MLPClassifier(random_state=case.seed + i)) for i in range(n_fits)]
    return _best_of(case, candidates)


def random_search(case, n_fits):
    """Random plans for our own network without the guard, the first as asked; the best on a held-out tenth is kept."""
    rng = np.random.default_rng([case.seed, 7])
    candidates = [RobustMLPClassifier(collapse_guard="off", random_state=case.seed, **case.parameters)]
    for i in range(1, n_fits):
        drawn = {
            "hidden_layer_sizes": [(32,), (64, 64), (128, 128), (64, 64, 64, 64)][rng.integers(4)],
            "activation": ["relu", "silu", "tanh", "sigmoid"][rng.integers(4)],
            "dropout": float(rng.uniform(0, 0.5)),
            "learning_rate": float(10 ** rng.uniform(-5, 0)),
            "weight_decay": float(10 ** rng.uniform(-5, 0)),
            "batch_size": int(2 ** rng.integers(4, 10)),
            "scale": [None, "standard", "robust"][rng.integers(3)],
        }
        candidates.append(RobustMLPClassifier(collapse_guard="off", random_state=case.seed + i, **drawn))
    return _best_of(case, candidates)


def _best_of(case, candidates):
    y = case.y
    rows = np.arange(len(y))
    fit, held_out = train_test_split(rows, test_size=0.1, random_state=case.seed)

    def search():
        losses = []
        for model in candidates:
            try:
                P = np.asarray(model.fit(case.X[fit], y[fit]).predict_proba(case.X[held_out]))
                own = P[np.arange(len(held_out)), np.searchsorted(model.classes_, y[held_out])]
                losses.append(np.nan_to_num(-np.log(np.maximum(own, 1e-7)).mean(), nan=np.inf))
            except (ValueError, IndexError):  # numbers overflowed, or the part lacks a class
                losses.append(np.inf)
        return candidates[int(np.argmin(losses))]

    return _line(case, search, n_fits=len(candidates))


def _scaled(case, network):
    """A function that fits the network, behind a scaler unless the case wants raw columns."""
    is_raw = "scale" in case.parameters and case.parameters["scale"] is None
    model = network if is_raw else make_pipeline(StandardScaler(), network)
    return lambda: model.fit(case.X, case.y)


def _line(case, fit, **more):
    """Test figures and seconds of a fit; a fit that raises counts as one that predicts one class."""
    wall = time.perf_counter()
    try:
        model, _, seconds, processor = timed(fit)
        figures = case.judge(model)
    except (ValueError, TypeError) as error:
        seconds, processor = time.perf_counter() - wall, 0.0
        chance = 1 / len(np.unique(case.y))
        figures = {"beats_prior": False, "is_constant": True, "balanced_accuracy": chance, "error": str(error)[:200]}
    return figures | {"seconds": seconds, "processor_seconds": processor} | more


RIVALS = {
    "MLPClassifier": lambda case, n_fits: mlp_classifier(case),
    "scikeras tutorial": lambda case, n_fits: scikeras_tutorial(case),
    "MLPClassifier restarted": restarted_mlp,
    "random search": random_search,
}
