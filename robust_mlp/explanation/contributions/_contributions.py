"""`contributions`: from a fitted classifier and rows to what each column adds to each row's log-odds."""

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state

from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp.explanation.contributions import _arguments, _designs
from robust_mlp.explanation.contributions._integrated_gradients import integrated_gradients
from robust_mlp.explanation.contributions._mixed_tables import choose_rows, values_of_rows
from robust_mlp.explanation.contributions._network_game import NetworkGame
from robust_mlp.explanation.contributions._record import Contributions
from robust_mlp.explanation.contributions._sampling import choose_background, sampled_values
from robust_mlp.explanation.contributions._shapley import shapley_values
from robust_mlp.explanation.contributions._sparse_game import SparseGame, is_sparse_game, sampled_sparse_values
from robust_mlp.explanation.contributions._table_game import TableGame


def contributions(classifier, X, background=None, *, method="auto", n_coalitions="auto", random_state=0):
    """What each column of each row adds to the log-odds of the classes, in nats.

    The values of a row sum to its log-odds less the mean log-odds of the background rows. So they say why the
    classifier answers otherwise for this row than for typical rows. They describe the classifier and not the world: two
    columns that say the same share what they say, in whatever way the network uses them.

    Parameters
    ----------
    classifier : estimator
        Fitted, with ``predict_proba``: a `RobustMLPClassifier`, for which this is fast; a `Pipeline`, whose input
        columns are explained; or any other classifier.
    X : array-like, sparse matrix or DataFrame of shape (n_rows, n_columns)
        The rows to explain, as for ``predict_proba``.
    background : table like X, int or None, default=None
        Typical rows to compare with, at least 2, for example 100 rows of the training table. An int draws that many
        rows of `X`; None draws 100, or all if there are fewer.
    method : {'auto', 'exact', 'sampled', 'gradients'}, default='auto'
        'exact': Shapley values [1]_ [2]_ from all coalitions of columns, 1,022 for 10 columns, with each background
        row. 'sampled': Shapley values from random orders of the columns, each there and back [3]_. 'auto': 'exact' up
        to 10 columns, else 'sampled'. 'gradients': integrated gradients [4]_ from each background row; these need a
        `RobustMLPClassifier`. 'sampled' and 'gradients' use at most 200 background rows, drawn from more.
        'exact' predicts 102,200 mixed rows for each row of 10 columns with 100 background rows; pass 'sampled' for
        many rows.
    n_coalitions : 'auto' or int, default='auto'
        Predictions of mixed rows for each row with 'sampled', at least 1. 'auto': for few rows, an order from each
        background row. For more rows than background rows, two orders of each member of the network, or 7 orders of all
        members together, whose weights are learned on the background rows: this is fast, with an error of about 7 % of
        the values. Pass a number for a smaller error.
        Of a sparse table that stays sparse in training: an order from each background row at least, through the cells
        in which the two rows differ.
    random_state : int, RandomState instance or None, default=0
        Draws background rows and coalitions. The same int gives the same values.

    Returns
    -------
    contributions : Contributions
        ``values`` of shape (n_rows, n_columns) for two classes, in nats of the log-odds of the second class; else
        (n_rows, n_columns, n_classes), of each class against all others. ``against(c, b)`` says what speaks for c and
        against b. ``to_shap()`` hands it to shap.

    Raises
    ------
    TypeError
        `classifier` is a class, has no ``predict_proba``, or 'gradients' is asked of another classifier.
    NotFittedError
        `classifier` is not fitted.
    ValueError
        Other columns than in training; fewer background rows than asked for, or than 2; a classifier of one class; a
        parameter that cannot be used.

    See Also
    --------
    robust_mlp.displays.ContributionDisplay : figures of the result.

    Notes
    -----
    Columns outside a coalition take the values of a background row, whatever the other columns are (the interventional
    value function of [2]_). A probability below 1e-7 counts as 1e-7, except for `RobustMLPClassifier`.

    References
    ----------
    .. [1] Shapley (1953), "A value for n-person games", Contributions to the Theory of Games 2, eq. 10.
    .. [2] Lundberg, Lee (2017), "A Unified Approach to Interpreting Model Predictions",
       https://arxiv.org/abs/1705.07874, eq. 8 and 11.
    .. [3] Mitchell, Cooper, Frank, Holmes (2022), "Sampling Permutations for Shapley Value Estimation",
       https://arxiv.org/abs/2104.12199, section 2.2. That the values sum to the whole is imposed as by Covert, Lee
       (2021), "Improving KernelSHAP", https://arxiv.org/abs/2012.01536, section 3.2.
    .. [4] Sundararajan, Taly, Yan (2017), "Axiomatic Attribution for Deep Networks",
       https://arxiv.org/abs/1703.01365, eq. 1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, contributions
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(max_iter=20, n_members=2, random_state=0).fit(X, y)
    >>> found = contributions(clf, X[:3], background=X[::10])
    >>> found.values.shape
    (3, 4, 3)
    >>> pair = found.against(0, 1)
    >>> logs = clf.predict_log_proba(X[:3])
    >>> bool(abs(pair.base_values + pair.values.sum(axis=1) - (logs[:, 0] - logs[:, 1])).max() < 1e-6)
    True
    """
    _arguments.check_method(method)
    _arguments.check_count("n_coalitions", n_coalitions)
    classes = _arguments.check_classifier(classifier)
    fitted = getattr(classifier, "_fitted", None)
    is_ours = isinstance(fitted, FittedNetwork)
    game: Any
    if method == "gradients" and not is_ours:
        raise TypeError(
            f"method='gradients' needs a RobustMLPClassifier, whose gradients are known, and got "
            f"{type(classifier).__name__}. Pass method='auto', or the last step of a pipeline and its transformed rows."
        )
    random_state = check_random_state(random_state)
    rows, others = _arguments.read_tables(classifier, X, background, random_state, may_have_more=not is_ours)
    if method == "auto":
        method = "exact" if rows.shape[1] <= _designs.MOST_COLUMNS_EXACT else "sampled"
    if method == "exact":
        _designs.check_exact(rows.shape[1])
    else:
        others = choose_rows(others, choose_background(others.shape[0], random_state))
    if isinstance(fitted, FittedNetwork):
        game = _game_of(fitted, [classifier._read(table) for table in (rows, others)], method, sparse.issparse(rows))
    else:
        game = TableGame(classifier, rows, others, len(classes))
    if method == "gradients":
        values, base = integrated_gradients(game)
        n_used = 0
    elif method == "exact":
        design = _designs.ExactDesign(game.n_columns, game.n_background)
        values, base = shapley_values(game, design)
        n_used = design.n_coalitions
    elif isinstance(game, SparseGame):
        values, base, n_used = sampled_sparse_values(game, n_coalitions, random_state)
    else:
        values, base, n_used = sampled_values(game, n_coalitions, random_state)
    return _record(values, base, classes=classes, rows=rows, classifier=classifier, method=method, n_coalitions=n_used)


def _game_of(fitted, matrices, method, is_sparse):
    """The game of a network: a `SparseGame` of sparse rows, except where all coalitions of few columns are played."""
    if method != "exact" and is_sparse and is_sparse_game(fitted):
        return SparseGame(fitted, *matrices)
    matrices = [table.toarray() if sparse.issparse(table) else table for table in matrices]
    return NetworkGame(fitted, *matrices, is_float64=method != "sampled")


def _record(values, base, *, classes, rows, classifier, method, n_coalitions):
    """The result in its record."""
    n_rows, n_columns, n_classes = len(values), values.shape[1], len(classes)
    names = _arguments.shown_names(classifier, rows, [f"x{j}" for j in range(n_columns)])
    base_values = np.tile(base, (n_rows, 1))
    labels = tuple(classes.tolist())
    if n_classes == 2:
        values, base_values, logs = values[:, :, 0], base_values[:, 0], None
    else:
        logs = (values[:, :, n_classes:], base_values[:, n_classes:])
        values, base_values = values[:, :, :n_classes], base_values[:, :n_classes]
    return Contributions(
        values=values,
        base_values=base_values,
        data=values_of_rows(rows),
        feature_names=tuple(names),
        predicted=_predicted(classifier, rows),
        classes=labels,
        target=(labels[1], labels[0]) if n_classes == 2 else (),
        method=method,
        n_coalitions=n_coalitions,
        _log_probabilities=logs,
    )


def _predicted(classifier, rows):
    """The class that `predict` gives each row, maybe not the most probable one; () without `predict`."""
    if not hasattr(classifier, "predict"):
        return ()
    with warnings.catch_warnings():  # what is to be warned of was warned of when the rows' probabilities were predicted
        warnings.simplefilter("ignore")
        return tuple(np.asarray(classifier.predict(rows)).tolist())
