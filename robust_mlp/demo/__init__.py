"""The demonstration: the two founding tables and then real tables. Compares with the class prior and another network.

Run it with ``robust-mlp demo``, ``python -m robust_mlp demo`` or `main`. It prints results to standard output and
progress to standard error. It writes no file."""

import warnings
from dataclasses import dataclass
from importlib import import_module

from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp._report.score_tables import as_text
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.datasets import make_founding_table, make_waveforms
from robust_mlp.datasets._founding import QUESTION_ROWS
from robust_mlp.demo._progress import Progress
from robust_mlp.demo._published_networks import QuestionNetwork, founding_network, waveform_network
from robust_mlp.demo._scoring import measure, report_of

TABLES = {"digits": load_digits, "breast cancer": load_breast_cancer, "wine": load_wine}
SEED = 2


@dataclass(frozen=True, kw_only=True)
class Size:
    """Sizes of the tables and trainings of the demonstration."""

    founding_rows: int = 60_000
    founding_epochs: int = 60
    waveform_rows: int = 5000
    waveform_length: int = 6000
    waveform_epochs: int = 20
    tables: tuple[str, ...] = tuple(TABLES)
    widths: tuple[tuple[int, ...], ...] = ((64,), (128, 128))  # hidden layers in the grid search
    max_iter: int = 200  # epochs of each network, except the networks of the questions


def main(full=False, *, size=None):
    """Run the demonstration.

    Parameters
    ----------
    full : bool, default=False
        Whether the first table has all 269,501 training rows of its question instead of 60,000.
    size : Size, default=None
        Smaller sizes for tests. None: the sizes of the command line.

    Returns
    -------
    exit_code : int
        0.
    """
    size = size or Size(founding_rows=QUESTION_ROWS if full else Size.founding_rows)
    with Progress(n_steps=7 + 3 * len(size.tables)) as begin:
        begin("TensorFlow")  # its import takes seconds, which should not count for the first network
        import_module("robust_mlp._network")
        for part in (founding_part(size, begin), waveform_part(size, begin), table_part(size, begin)):
            for text in part:
                print(text, flush=True)
    return 0


def founding_part(size, begin):
    """S1: badly scaled columns, overlapping classes, different class shares in the test set. Yields text."""
    X, y, X_test, y_test = make_founding_table(size.founding_rows, random_state=SEED)
    network = QuestionNetwork(founding_network, batch_fraction=0.25, epochs=size.founding_epochs)
    yield _trap(
        f"S1  {X.shape[0]:,} x {X.shape[1]} rows, 5 classes, raw columns over six decades, prior shift in the test",
        network,
        (X, y),
        (X_test, y_test),
        size,
        begin,
    )


def waveform_part(size, begin):
    """S2: five classes of waveforms with large unscaled values. A decision tree can separate them. Yields text."""
    X, y = make_waveforms(size.waveform_rows, size.waveform_length, scale=100, random_state=SEED)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=SEED)
    network = QuestionNetwork(waveform_network, batch_size=50, epochs=size.waveform_epochs)
    yield _trap(
        f"S2  {X.shape[0]:,} x {X.shape[1]:,} waveforms in 5 equally frequent classes, raw",
        network,
        (X, y),
        (X_test, y_test),
        size,
        begin,
    )


def table_part(size, begin):
    """Real tables, each with a grid search over a pipeline. Yields text."""
    body = []
    for name in size.tables:
        X, y = TABLES[name](return_X_y=True)
        X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=SEED)
        grid = {"network__hidden_layer_sizes": size.widths}
        models = {
            "class prior": DummyClassifier(strategy="prior"),
            "MLPClassifier": _search(MLPClassifier(max_iter=size.max_iter, random_state=SEED), grid),
            "RobustMLPClassifier": _search(RobustMLPClassifier(max_iter=size.max_iter, random_state=SEED), grid),
        }
        for model_name, model in models.items():
            begin(f"{name}: {model_name}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # MLPClassifier may not converge in max_iter epochs
                outcome, fitted = measure(model_name, model, (X, y), (X_test, y_test))
            best = {key.removeprefix("network__"): value for key, value in getattr(fitted, "best_params_", {}).items()}
            chosen = " ".join(f"{key}={value}" for key, value in sorted(best.items()))
            body.append([f"{name}: {model_name}", *_cells(outcome)[1:], chosen])
    title = f"Real tables, GridSearchCV over Pipeline(StandardScaler, network): {len(size.widths)} grid points, 3 folds"
    head = ["model", "accuracy", "balanced", "log loss", "verdict", "seconds", "chosen"]
    yield f"{title}\n{as_text(head, body)}\n"


def _search(network, grid):
    """Grid search by log loss over a pipeline that ends in `network`."""
    pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])
    return GridSearchCV(pipeline, grid, scoring="neg_log_loss", cv=3)


def _trap(title, network, train, test, size, begin):
    """Compare prior, the question's network and our network on one table: a table of scores, and the report."""
    # Constant columns are removed. The classifier itself scales columns, encodes labels and holds out rows.
    ours = Pipeline(
        [("varying", VarianceThreshold()), ("network", RobustMLPClassifier(max_iter=size.max_iter, random_state=SEED))]
    )
    body = []
    for name, model in (
        ("class prior", DummyClassifier(strategy="prior")),
        ("network of the question", network),
        ("RobustMLPClassifier", ours),
    ):
        begin(f"{title[:2]}: {name}")
        outcome, fitted = measure(name, model, train, test)
        cells = _cells(outcome)
        body.append([*cells[:4], " ".join(str(n) for n in outcome.rows_per_class), *cells[4:]])
    head = ["model", "accuracy", "balanced", "log loss", "predicted rows per class", "verdict", "seconds"]
    return f"{title}\n{as_text(head, body)}\n\n{report_of(fitted)}\n"


def _cells(outcome):
    """Name, three scores, verdict and seconds as text."""
    return [
        outcome.name,
        f"{outcome.accuracy:.4f}",
        f"{outcome.balanced_accuracy:.4f}",
        f"{outcome.log_loss:.4f}",
        outcome.verdict,
        f"{outcome.seconds:.1f}",
    ]
