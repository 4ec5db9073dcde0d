"""`search_space`: distributions of parameters for scikit-learn's random searches, around the defaults of a table.

Reads how large the table is and what columns it has. Never trains anything."""

from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _num_samples, check_consistent_length

from robust_mlp._data.containers import check_container

# In the ablation of docs/measured.md the mean log loss changes by .005 at most between learning rates of .001 and .005,
# and between dropouts of 0 and .3. The ranges go a little beyond, where single tables have their best values.
LEARNING_RATES = (0.0007, 0.008)
# Above 0: dropout that is there at all is an input of TensorFlow's graph, so that all values share one trace.
DROPOUTS = (0.01, 0.4)
WEIGHT_DECAYS = (0.001, 0.3)
LABEL_SMOOTHINGS = (0.0001, 0.08)  # above 0 for the same reason
# Batches and widths, as factors of the default's: further away updates become too few, or layers too wide to pay.
BATCH_FACTORS = (0.5, 1, 2)
WIDTH_FACTORS = (0.5, 1, 2)
ACTIVATIONS = ("silu", "relu", "gelu")

SIZES = ("small", "full")


def search_space(X, y=None, *, size="small", prefix=""):
    """Distributions of parameters for a search on a table.

    Pass them to `RandomizedSearchCV` or `HalvingRandomSearchCV`. The defaults of `RobustMLPClassifier` lie within.
    Search by log loss: accuracy cannot tell settings apart on few rows.

    Do not expect much. On nine tables of 177 to 472 rows, the best of 30 trials of the small space was better than the
    default on four, and its mean log loss on new rows was .015 higher (standard error .016).

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        The training table. Its size sets the range of batch sizes and layer widths, and the number of its columns of
        numbers whether embeddings are tried.
    y : array-like of shape (n_samples,), default=None
        Its labels, which must be as many as the rows. They do not change the space.
    size : {'small', 'full'}, default='small'
        'small': learning rate, dropout, batch size and numerical embedding, for about 10 to 30 trials. 'full': also
        layers, activation, label smoothing, batch normalization and weight decay, for about 100.
    prefix : str, default=''
        Put before each name; ``'step__'`` for the step of a pipeline.

    Returns
    -------
    space : dict of str to (list or frozen scipy distribution)
        By parameter. All values of learning rate, dropout, weight decay and batch size share one trace of TensorFlow's
        graph; each combination of the others is traced once.

    Raises
    ------
    ValueError
        If `size` is unknown, `X` and `y` differ in length, or `X` cannot be read.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from robust_mlp import RobustMLPClassifier, search_space
    >>> X, y = load_wine(return_X_y=True)
    >>> space = search_space(X, y)
    >>> sorted(space)
    ['batch_size', 'dropout', 'learning_rate', 'numerical_embedding']
    >>> clf = RobustMLPClassifier.preset("fast", random_state=0)
    >>> search = RandomizedSearchCV(clf, space, n_iter=2, cv=2, scoring="neg_log_loss", random_state=1)
    >>> print(search.fit(X, y).best_score_ > -0.5)
    True
    """
    if size not in SIZES:
        raise ValueError(f"size={size!r} is not known. Pass one of {', '.join(map(repr, SIZES))}.")
    check_container(X)
    if y is not None:
        check_consistent_length(X, y)
    plan, has_numbers = _default_plan(X)
    space = {
        "learning_rate": loguniform(*LEARNING_RATES),
        "dropout": _between(DROPOUTS),
        "batch_size": [max(1, int(factor * plan.batch_size)) for factor in BATCH_FACTORS],
    }
    if has_numbers and plan.numerical_embedding is not None:
        space["numerical_embedding"] = ["mixed", "piecewise_linear", None]
    if size == "full":
        space |= {
            "hidden_layer_sizes": _layers(plan.hidden_layer_sizes),
            "activation": list(ACTIVATIONS),
            "label_smoothing": _between(LABEL_SMOOTHINGS),
            "batch_norm": [False, True],
            "weight_decay": loguniform(*WEIGHT_DECAYS),
        }
    return {f"{prefix}{name}": values for name, values in space.items()}


def _default_plan(X):
    """(plan of the default on this table, whether it has a column of numbers)."""
    from robust_mlp._data.columns import NUMBER
    from robust_mlp._data.tables import read_table
    from robust_mlp._fit.resolve_plan import resolve_plan
    from robust_mlp.classifier import RobustMLPClassifier

    _, reader = read_table(BaseEstimator(), X, categorical_features="from_dtype", reset=True)
    n_numbers = sum(kind == NUMBER for kind in reader.kinds)
    return resolve_plan(RobustMLPClassifier(), _num_samples(X), n_numbers), n_numbers > 0


def _layers(default):
    """The default's layers, narrower and wider ones, and one layer less and more."""
    widths = [tuple(int(factor * width) for width in default) for factor in WIDTH_FACTORS]
    return [*widths, default[:1], (*default, default[-1])]


def _between(ends):
    """The uniform distribution between two ends."""
    return uniform(ends[0], ends[1] - ends[0])
