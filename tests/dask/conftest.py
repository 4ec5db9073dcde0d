"""One fit in this process, shared by the tests that only read it."""

import warnings
from types import SimpleNamespace

import pytest

from robust_mlp.dask import DaskRobustMLPClassifier

from .tables import frame, partitioned

# Eight epochs are twenty rounds: every kind of round is among them. At this rate they learn so much that the guard need
# not ask simple models, which would take most of the time of a fit.
SMALL = {
    "sample_size": 2000,
    "n_groups": 2,
    "n_members": 1,
    "hidden_layer_sizes": 16,
    "learning_rate": 0.01,
    "max_iter": 8,
    "random_state": 0,
}


@pytest.fixture(scope="session")
def small():
    """Parameters, a table in memory and in partitions, new rows, and a classifier that was fitted to the partitions."""
    X, y = frame(9000)
    X, y, X_new, y_new = X[:5000], y[:5000], X[5000:], y[5000:]
    parts, labels = partitioned(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        clf = DaskRobustMLPClassifier(**SMALL).fit(parts, labels)
    return SimpleNamespace(parameters=SMALL, X=X, y=y, parts=parts, labels=labels, clf=clf, X_new=X_new, y_new=y_new)
