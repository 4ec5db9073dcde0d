"""From a fitted classifier and a table to what the measures work on: columns, and predictors of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from robust_mlp._data.columns import is_frame
from robust_mlp._data.sparse_rows import keeps_zeros
from robust_mlp._data.tables import read_table
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp.explanation._measures.columns import views_of
from robust_mlp.explanation._sparse_tables import SparseViews
from robust_mlp.explanation._swaps.held_out_rows import NOBODY, members_that_held_out
from robust_mlp.explanation._swaps.network import NetworkPredictor, Part
from robust_mlp.explanation._swaps.table import TablePredictor
from robust_mlp.explanation.contributions._arguments import check_classifier, check_columns, shown_names
from robust_mlp.explanation.contributions._table_game import predict_checked


@dataclass(frozen=True, eq=False)
class Predictors:
    """A classifier's answers for one table.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    names : list of str
        Of the columns.
    views : sequence of ColumnView
        The columns.
    n_rows : int
    whole : NetworkPredictor or TablePredictor
        All members answer for all rows.
    honest : NetworkPredictor or TablePredictor
        The same, unless these are the rows of the training and members left some of them out: then each of these rows
        is predicted by the member that was not trained on it.
    is_training : bool
        Whether these are the rows of the training.
    network : FittedNetwork or None
        None: only `predict_proba` is known.
    """

    classes: np.ndarray
    names: list
    views: Sequence
    n_rows: int
    whole: NetworkPredictor | TablePredictor
    honest: NetworkPredictor | TablePredictor
    is_training: bool
    network: FittedNetwork | None


def predictors_of(classifier, X):
    """Look at a classifier and a table.

    Parameters
    ----------
    classifier : fitted classifier
    X : table of shape (n_rows, n_columns)

    Returns
    -------
    predictors : Predictors

    Raises
    ------
    NotFittedError, TypeError, ValueError
        For a classifier without fit or without `predict_proba`, and for a table that it cannot predict.
    """
    if not hasattr(classifier, "predict_proba"):
        if hasattr(classifier, "fit") and not isinstance(classifier, type):
            check_is_fitted(classifier)
        raise TypeError(
            f"{type(classifier).__name__} has no predict_proba, and an explanation is about probabilities. Pass a "
            "classifier that has it, for example CalibratedClassifierCV(your_classifier)."
        )
    check_classifier(classifier)
    fitted = _network_of(classifier)
    if is_frame(X):  # tables without names are counted by the classifier
        check_columns(classifier, X, "X", may_have_more=fitted is None)
    if fitted is None:
        return _of_any(classifier, X)
    matrix, reader = classifier._read(X), classifier._reader
    if sparse.issparse(X) and keeps_zeros(fitted.encoding):
        matrix = sparse.csr_array(matrix)  # few rows are read as dense ones, and have as many columns
    whole = NetworkPredictor(matrix, fitted.encoding, [Part(np.arange(matrix.shape[0]), _networks(fitted))])
    honest = whole
    member_of = members_that_held_out(classifier, matrix)
    if member_of is not None:
        parts = [Part(rows, [_member(fitted, member)]) for member, rows in _rows_of_members(member_of)]
        honest = NetworkPredictor(matrix, fitted.encoding, parts)
    return _predictors(classifier, X, matrix, reader, whole, honest, member_of is not None, fitted)


def _predictors(classifier, X, matrix, reader, whole, honest, is_training, fitted):
    """Predictors of a table as read, dense or sparse."""
    classes = classifier.classes_
    names = shown_names(classifier, X, [reader.name_of(j) for j in range(matrix.shape[1])])
    if sparse.issparse(matrix):
        views: Sequence = SparseViews(matrix, names)
    else:
        views = [replace(view, name=name) for view, name in zip(views_of(matrix, reader), names, strict=True)]
    return Predictors(classes, names, views, matrix.shape[0], whole, honest, is_training, fitted)


def _of_any(classifier, X):
    """Predictors of a classifier of which only `predict_proba` is known, or of a pipeline that ends in a network."""
    X = X if is_frame(X) or sparse.issparse(X) else np.asarray(X)
    if len(X.shape) == 1 and hasattr(classifier, "steps"):
        raise ValueError(
            "X has 1 dimension, as the texts that a pipeline reads, and columns are explained. Pass the last step and "
            "what it reads: explain(pipeline[-1], pipeline[:-1].transform(X), y)."
        )
    if len(X.shape) != 2:
        raise ValueError(
            f"X has {len(X.shape)} dimensions, and a table has 2: rows and columns. Pass X.reshape(-1, 1), say."
        )
    everything = np.arange(X.shape[0])
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=_texts_of(X), reset=True)
    typical = _typical_rows(matrix, reader)
    predict = partial(predict_checked, classifier)
    whole = TablePredictor(X, [(everything, predict)], typical)
    member_of = _members_of_pipeline(classifier, X)
    honest = whole
    if member_of is not None:
        parts = [
            (rows, partial(_predict_by_member, classifier, member)) for member, rows in _rows_of_members(member_of)
        ]
        honest = TablePredictor(X, parts, typical)
    return _predictors(classifier, X, matrix, reader, whole, honest, member_of is not None, None)


def _typical_rows(matrix, reader):
    """For each column a row that holds its median or its most frequent level."""
    if not sparse.issparse(matrix):
        return np.array([view.typical_row for view in views_of(matrix, reader)])
    views = SparseViews(matrix, [""] * matrix.shape[1])
    return np.array([views[j].typical_row for j in range(len(views))])


def _texts_of(X):
    """Which columns of an array of objects hold text; what says the dtype of everything else."""
    if getattr(getattr(X, "dtype", None), "kind", "") != "O":
        return "from_dtype"
    has_text = [any(isinstance(value, str) for value in X[:, j]) for j in range(X.shape[1])]
    return np.flatnonzero(has_text)


def _network_of(classifier):
    fitted = getattr(classifier, "_fitted", None)
    return fitted if isinstance(fitted, FittedNetwork) and hasattr(classifier, "_reader") else None


def _networks(fitted):
    return [weights.network() for weights in fitted.all_answering]


def _member(fitted, member):
    return fitted.judged_weights.of_members([member]).network()


def _rows_of_members(member_of):
    """Pairs (member, its rows) for each member that left some rows out."""
    return [(int(member), np.flatnonzero(member_of == member)) for member in np.unique(member_of[member_of != NOBODY])]


def _members_of_pipeline(pipeline, X):
    """As `members_that_held_out`, for a pipeline that ends in a network; None for anything else."""
    steps = getattr(pipeline, "steps", None)
    if not steps or _network_of(steps[-1][1]) is None:
        return None
    last = steps[-1][1]
    return members_that_held_out(last, last._read(_before_last(pipeline, X)))


def _before_last(pipeline, X):
    """A table after all steps of a pipeline but the last."""
    return pipeline[:-1].transform(X) if len(pipeline.steps) > 1 else X


def _predict_by_member(pipeline, member, table):
    """Probabilities by one member of the network at the end of a pipeline."""
    last = pipeline.steps[-1][1]
    matrix = last._read(_before_last(pipeline, table))
    return _member(last._fitted, member).probabilities(last._fitted.encoding.transform(matrix))
