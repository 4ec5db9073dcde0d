"""Is a network that its settings hold back told from a healthy one, and is it repaired?

    python -m benchmarks.held_back [--part choosing aside listed networks] [--guard repair warn] [--names TEXT]

Each line: balanced accuracy on test rows of a fit under hostile settings, that of a default fit, and the verdict.
`choosing` are the tables and settings by which thresholds were chosen; `aside` were written down at the same time,
before any was fitted, and are for reporting only. A line counts as right where the balanced accuracy is within `NEAR`
of the default fit's, or the verdict says that something is wrong.

`--part ordinary` fits default settings to ordinary tables: there every verdict but HEALTHY is a false alarm, and
on the tables of `TREES_ARE_BETTER` a setting must not be blamed."""

import argparse
import time
import warnings

import numpy as np
from sklearn import datasets as tables
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NEAR = 0.02
SOMETHING_IS_WRONG = ("UNDERFIT", "COLLAPSED", "NO_SIGNAL", "UNCHECKED")


def spirals(n_rows=1000, n_arms=3, seed=0):
    """Arms of a spiral, as many as classes."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_arms
    r = rng.uniform(0.1, 1, n_rows)
    angle = 4 * r + 2 * np.pi * y / n_arms + rng.normal(0, 0.15, n_rows)
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)]), y


def two_squares(n_rows=200, seed=0):
    """Two squares that any line between them separates."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % 2
    return rng.uniform(size=(n_rows, 2)) + 2.0 * y[:, None], y


def parabola(n_rows=500, seed=0):
    """A parabola between two classes in the unit square."""
    X = np.random.default_rng(seed).uniform(size=(n_rows, 2))
    return X, (X[:, 0] + (2 * (X[:, 1] - 0.5)) ** 2 >= 0.75).astype(int)


def _moons():
    X, y = tables.make_moons(1500, noise=0.2, random_state=0)
    return X * 40, y


def _skewed():
    shares = {"n_classes": 4, "weights": [0.7, 0.15, 0.1, 0.05]}
    return tables.make_classification(3000, 30, n_informative=8, random_state=0, **shares)


FEW = {"batch_size": 100_000, "max_iter": 3}
TABLES = {
    "wine": lambda: tables.load_wine(return_X_y=True),
    "circles": lambda: tables.make_circles(1200, noise=0.1, factor=0.5, random_state=0),
    "three classes": lambda: tables.make_classification(
        2000, 20, n_informative=10, n_classes=3, flip_y=0.02, random_state=0
    ),
    "digits to 4": lambda: tables.load_digits(n_class=5, return_X_y=True),
    "quantiles": lambda: tables.make_gaussian_quantiles(n_samples=1500, n_features=5, n_classes=3, random_state=0),
    "two quantiles": lambda: tables.make_gaussian_quantiles(n_samples=1000, n_features=4, n_classes=2, random_state=0),
    "hastie": lambda: tables.make_hastie_10_2(2000, random_state=0),
    "five classes": lambda: tables.make_classification(2500, 25, n_informative=12, n_classes=5, random_state=0),
    "spirals": spirals,
    "digits": lambda: tables.load_digits(return_X_y=True),
    "breast cancer": lambda: tables.load_breast_cancer(return_X_y=True),
    "moons": _moons,
    "skewed": _skewed,
}
# (table, settings)
CHOOSING = (
    ("wine", {"learning_rate": 3e-5, "max_iter": 15}),
    ("circles", {"batch_size": 50_000, "max_iter": 5}),
    ("three classes", {"hidden_layer_sizes": (4,) * 12, "activation": "tanh"}),
    ("digits to 4", {"dropout": 0.95}),
    ("quantiles", {"weight_decay": 20.0}),
)
ASIDE = (
    ("two quantiles", {"max_iter": 2}),
    ("hastie", {"batch_size": 100_000, "max_iter": 4}),
    ("wine", {"weight_decay": 100.0}),
    ("five classes", {"hidden_layer_sizes": (2,) * 10, "activation": "relu"}),
    ("spirals", {"input_dropout": 0.9}),
)
LISTED = (
    ("digits", FEW),
    ("breast cancer", FEW),
    ("moons", FEW),
    ("moons", {"weight_decay": 50.0}),
    ("digits", {"weight_decay": 50.0}),
    ("skewed", {"dropout": 0.97}),
    ("skewed", {"hidden_layer_sizes": (6,) * 14, "activation": "sigmoid"}),
    ("skewed", {"hidden_layer_sizes": (3,) * 18, "activation": "relu"}),
)
# name: (part, training table, test table, layers, optimizer, learning rate, epochs)
NETWORKS = {
    "3 tanh units, SGD .001, 10 epochs": (
        "choosing",
        lambda seed: (
            tables.make_blobs(300, centers=3, cluster_std=2.0, random_state=1, shuffle=True)
            if seed == 0
            else tables.make_blobs(2000, centers=3, cluster_std=2.0, random_state=1)
        ),
        ((3, "tanh"),),
        "SGD",
        0.001,
        10,
    ),
    "3 layers of 8 sigmoid units, 10 epochs": (
        "aside",
        lambda seed: tables.make_circles(600 if seed == 0 else 2000, noise=0.05, factor=0.4, random_state=seed),
        ((8, "sigmoid"),) * 3,
        "Adam",
        0.0005,
        10,
    ),
    "2 sigmoid units, 20 epochs": (
        "listed",
        lambda seed: two_squares(200 if seed == 0 else 2000, seed),
        ((2, "sigmoid"),),
        "Adam",
        0.001,
        20,
    ),
    "2 layers of 20 sigmoid units, 20 epochs": (
        "listed",
        lambda seed: parabola(500 if seed == 0 else 2000, seed),
        ((20, "sigmoid"),) * 2,
        "Adam",
        0.001,
        20,
    ),
}
PARTS = {"choosing": CHOOSING, "aside": ASIDE, "listed": LISTED}


def board(n_rows, n_fields, seed=0):
    """A chess board."""
    X = np.random.default_rng(seed).uniform(0, n_fields, (n_rows, 2))
    return X, X.astype(int).sum(axis=1) % 2


def noisy_xor(n_rows, n_noise=40, seed=0):
    """x0 > .5 xor x1 > .5, beside columns of noise."""
    X = np.random.default_rng(seed).uniform(size=(n_rows, 2 + n_noise))
    return X, ((X[:, 0] > 0.5) ^ (X[:, 1] > 0.5)).astype(int)


def steps(n_rows, seed=0):
    """Labels by thresholds of three columns among ten: what trees are made for."""
    X = np.random.default_rng(seed).normal(size=(n_rows, 10))
    return X, ((X[:, 0] > 0.3) & (X[:, 1] < 0.8) | (X[:, 2] > 1.1)).astype(int)


def _generated(seed, **settings):
    usual = {"n_samples": 800, "n_features": 12, "n_informative": 6, "flip_y": 0.05}
    return lambda: tables.make_classification(**(usual | settings), random_state=seed)


ORDINARY = {
    "iris": lambda: tables.load_iris(return_X_y=True),
    "wine": TABLES["wine"],
    "breast cancer": TABLES["breast cancer"],
    "digits": TABLES["digits"],
    "circles": TABLES["circles"],
    "quantiles": TABLES["quantiles"],
    "hastie": TABLES["hastie"],
    "spirals": spirals,
    "moons": _moons,
    "skewed": _skewed,
    "two squares": two_squares,
    "parabola": parabola,
    **{f"generated {seed}": _generated(seed) for seed in range(8)},
    **{f"three classes {seed}": _generated(seed, n_classes=3) for seed in range(4)},
    **{f"weak {seed}": _generated(seed, class_sep=0.3, flip_y=0.3) for seed in range(4)},
    **{f"skewed {seed}": _generated(seed, weights=[0.9], n_samples=1200) for seed in range(3)},
    **{f"small {seed}": _generated(seed, n_samples=120) for seed in range(3)},
    **{
        f"blobs {s}": (lambda s=s: tables.make_blobs(400, centers=4, cluster_std=3.0, random_state=s)) for s in range(3)
    },
    "wide": _generated(0, n_features=200, n_informative=10, n_samples=400),
}
TREES_ARE_BETTER = {
    "board of 4": lambda: board(1000, 4),
    "board of 8": lambda: board(2000, 8),
    "board of 12": lambda: board(2000, 12),
    "noisy xor 1000": lambda: noisy_xor(1000),
    "noisy xor 3000": lambda: noisy_xor(3000),
    "steps 0": lambda: steps(1000),
    "steps 1": lambda: steps(3000, 1),
}


def ordinary_lines(only):
    """Print the verdict of default fits, and how many are false alarms."""
    from robust_mlp import RobustMLPClassifier

    n_alarms = n_asked = n_blamed = 0
    for name, table in (ORDINARY | TREES_ARE_BETTER).items():
        if only not in name:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            report = RobustMLPClassifier(random_state=0).fit(*table()).report_
        is_ordinary = name in ORDINARY
        n_alarms += is_ordinary and report.verdict.value != "HEALTHY"
        n_asked += is_ordinary and report.signal is not None
        blamed = [f.code for f in report.findings if f.code not in ("unknown", "no_signal")]
        n_blamed += bool(blamed)
        told = [a.code for a in report.advisories]
        score = report.comparison.balanced_accuracy
        print(f"{report.verdict.value:10s}{score:.3f} {name} {blamed} {told}", flush=True)
    print(
        f"{n_alarms} false alarms; simple models asked in {n_asked} of {len(ORDINARY)}; a setting blamed in {n_blamed}"
    )


def tabular_lines(part, guard, only):
    """Yield the lines of one part of `PARTS`."""
    from robust_mlp import RobustMLPClassifier

    usual = {}
    for table, settings in PARTS[part]:
        name = f"{table}, {settings}"
        if only not in name:
            continue
        X, y = TABLES[table]()
        X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
        if table not in usual:
            usual[table] = _fitted(RobustMLPClassifier(random_state=0), X, y, X_test, y_test)
        hostile = RobustMLPClassifier(random_state=0, collapse_guard=guard, **settings)
        yield name, _fitted(hostile, X, y, X_test, y_test), usual[table]


def network_lines(part, guard, only):
    """Yield the lines of the users' own networks of one part."""
    import keras

    from robust_mlp import GuardedKerasClassifier

    for name, (own_part, table, layers, optimizer, rate, epochs) in NETWORKS.items():
        if own_part != part or only not in name:
            continue
        X, y = table(0)
        X_test, y_test = table(1)

        def build(meta, layers=layers, optimizer=optimizer, rate=rate):
            hidden = [keras.layers.Dense(units, activation) for units, activation in layers]
            head = keras.layers.Dense(meta["n_classes_"], "softmax")
            model = keras.Sequential([keras.Input((meta["n_features_in_"],)), *hidden, head])
            model.compile(getattr(keras.optimizers, optimizer)(rate), "sparse_categorical_crossentropy")
            return model

        clf = GuardedKerasClassifier(build, epochs=epochs, random_state=0, collapse_guard=guard)
        rival = make_pipeline(StandardScaler(), LogisticRegression())
        if "circles" in name or "layers" in name:
            from sklearn.ensemble import RandomForestClassifier

            rival = RandomForestClassifier(random_state=0)
        usual = balanced_accuracy_score(y_test, rival.fit(X, y).predict(X_test)), "", 0.0, ()
        yield name, _fitted(clf, X, y, X_test, y_test), usual


def _fitted(clf, X, y, X_test, y_test):
    """(balanced accuracy, verdict, seconds, codes of findings and advisories)."""
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(X, y)
    seconds = time.perf_counter() - begun
    score = balanced_accuracy_score(y_test, clf.predict(X_test))
    report = clf.report_
    return score, report.verdict.value, seconds, [f.code for f in (*report.findings, *report.advisories)]


def main():
    """Print the lines asked for, and how many are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", nargs="+", default=list(PARTS), choices=[*PARTS, "ordinary"])
    parser.add_argument("--guard", default="repair")
    parser.add_argument("--names", default="")
    parser.add_argument("--kinds", nargs="+", default=["tabular", "network"])
    options = parser.parse_args()
    if "ordinary" in options.part:
        ordinary_lines(options.names)
    n_right = n_all = 0
    for part in [part for part in options.part if part in PARTS]:
        for kind, lines in (("tabular", tabular_lines), ("network", network_lines)):
            if kind not in options.kinds:
                continue
            for name, (score, verdict, _, codes), (usual, usual_verdict, _, _) in lines(
                part, options.guard, options.names
            ):
                is_right = score >= usual - NEAR or verdict in SOMETHING_IS_WRONG
                n_right, n_all = n_right + is_right, n_all + 1
                mark = "right" if is_right else "WRONG"
                print(
                    f"{part:9s}{mark} {score:.3f} beside {usual:.3f} {usual_verdict:9s}{verdict:10s} {name} {codes}",
                    flush=True,
                )
    if n_all:
        print(f"{n_right} of {n_all} right")


if __name__ == "__main__":
    main()
