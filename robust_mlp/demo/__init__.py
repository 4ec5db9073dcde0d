"""The demonstration: two tables on which published networks collapsed, then real tables, then what was seen.

Compares with the class prior, with another network, and with a single network of ours under the same epochs.

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
from robust_mlp.demo._summary import MLP, ONE_NETWORK, OURS, QUESTION, Seen, summary

TABLES = {"digits": load_digits, "breast cancer": load_breast_cancer, "wine": load_wine}
SEED = 2

ABOUT_S1 = """S1. The table of a public question: why does my network predict one class?
Five classes overlap in 157 columns of very different scales, and the test rows have other class shares. The table is
generated after the question's figures; the network is the question's. The class prior knows the class shares and
nothing else: a network that is no better has learned nothing. The predicted rows per class show a collapse at once.
"""
ABOUT_S2 = """S2. The table of a second question: five waveforms with raw values in the hundreds.
A decision tree tells them apart. The question's network has ReLU units before its softmax, which die.
"""
ABOUT_TABLES = """Real tables that scikit-learn includes: no traps.
MLPClassifier trains one network, so one network of ours stands beside it. The default trains up to twelve.
"""


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
    seen = Seen()
    with Progress(n_steps=1 + 4 * (2 + len(size.tables))) as begin:
        begin("TensorFlow")  # its import takes seconds, which should not count for the first network
        import_module("robust_mlp._network")
        for part in (founding_part, waveform_part, table_part):
            for text in part(size, begin, seen):
                print(text, flush=True)
    print(summary(seen), flush=True)
    return 0


def founding_part(size, begin, seen):
    """S1: badly scaled columns, overlapping classes, different class shares in the test set. Yields text."""
    yield ABOUT_S1
    X, y, X_test, y_test = make_founding_table(size.founding_rows, random_state=SEED)
    network = QuestionNetwork(founding_network, batch_fraction=0.25, epochs=size.founding_epochs)
    yield _trap(
        f"S1  {X.shape[0]:,} x {X.shape[1]} rows, 5 classes, raw columns over six decades, prior shift in the test",
        network,
        (X, y),
        (X_test, y_test),
        size.founding_epochs,
        size,
        begin,
        seen,
    )


def waveform_part(size, begin, seen):
    """S2: five classes of waveforms with large unscaled values. A decision tree can separate them. Yields text."""
    yield ABOUT_S2
    X, y = make_waveforms(size.waveform_rows, size.waveform_length, scale=100, random_state=SEED)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=SEED)
    network = QuestionNetwork(waveform_network, batch_size=50, epochs=size.waveform_epochs)
    yield _trap(
        f"S2  {X.shape[0]:,} x {X.shape[1]:,} waveforms in 5 equally frequent classes, raw",
        network,
        (X, y),
        (X_test, y_test),
        size.waveform_epochs,
        size,
        begin,
        seen,
    )


def table_part(size, begin, seen):
    """Real tables, each with a grid search over a pipeline. Yields text."""
    yield ABOUT_TABLES
    body = []
    for name in size.tables:
        X, y = TABLES[name](return_X_y=True)
        X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=SEED)
        grid = {"network__hidden_layer_sizes": size.widths}
        models = {
            "class prior": DummyClassifier(strategy="prior"),
            MLP: _search(MLPClassifier(max_iter=size.max_iter, random_state=SEED), grid),
            ONE_NETWORK: _search(RobustMLPClassifier(n_members=1, max_iter=size.max_iter, random_state=SEED), grid),
            OURS: _search(RobustMLPClassifier(max_iter=size.max_iter, random_state=SEED), grid),
        }
        for model_name, model in models.items():
            begin(f"{name}: {model_name}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # MLPClassifier may not converge in max_iter epochs
                outcome, fitted = measure(model_name, model, (X, y), (X_test, y_test))
            seen.tables.setdefault(name, {})[model_name] = outcome
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


def _trap(title, network, train, test, epochs, size, begin, seen):
    """Compare prior, the question's network and ours on one table: a table of scores, and the report of the default."""
    body, trap = [], title[:2]
    # The like of the question's network: one network, and exactly as many epochs.
    one = RobustMLPClassifier(
        n_members=1, max_iter=epochs, learning_rate_schedule="cosine", early_stopping=False, random_state=SEED
    )
    for name, model in (
        ("class prior", DummyClassifier(strategy="prior")),
        (QUESTION, network),
        (ONE_NETWORK, _without_constants(one)),
        (OURS, _without_constants(RobustMLPClassifier(max_iter=size.max_iter, random_state=SEED))),
    ):
        begin(f"{trap}: {name}")
        outcome, fitted = measure(name, model, train, test)
        seen.traps.setdefault(trap, {})[name] = outcome
        cells = _cells(outcome)
        body.append([*cells[:4], " ".join(str(n) for n in outcome.rows_per_class), *cells[4:]])
    head = ["model", "accuracy", "balanced", "log loss", "predicted rows per class", "verdict", "seconds"]
    return f"{title}\n{as_text(head, body)}\n\n{report_of(fitted)}\n"


def _without_constants(network):
    """A pipeline that drops constant columns. The classifier itself scales columns and holds out rows."""
    return Pipeline([("varying", VarianceThreshold()), ("network", network)])


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
