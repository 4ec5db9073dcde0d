"""The folds on which everything of one comparison is fitted and scored. Never fits anything."""

import warnings

import numpy as np
from sklearn.model_selection import StratifiedKFold, check_cv


def folds_of(cv, X, codes):
    """Pairs (train, test) of row numbers.

    Parameters
    ----------
    cv : int, cross-validation splitter or iterable
        An int is a number of stratified, shuffled folds, at most as many as the second largest class has rows, and at
        least two.
    X : table of shape (n_rows, n_features)
    codes : ndarray of shape (n_rows,), dtype int
        Class codes, each of which occurs.

    Returns
    -------
    folds : list of tuple of two ndarrays
    """
    if not isinstance(cv, int | np.integer):
        return list(check_cv(cv, codes, classifier=True).split(X, codes))
    counts = np.sort(np.bincount(codes))
    n_folds = max(2, min(int(cv), int(counts[-2])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may have fewer rows than there are folds
        return list(StratifiedKFold(n_folds, shuffle=True, random_state=0).split(codes[:, None], codes))
