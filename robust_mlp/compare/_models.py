"""`compare_models`: a classifier beside boosted trees, forest, logistic regression and the class prior, same folds.

Fits and scores clones. Never changes the given estimator."""

import time
import warnings
from importlib import import_module

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_consistent_length, column_or_1d, has_fit_parameter

from robust_mlp._data.targets import read_labels
from robust_mlp.compare._folds import folds_of
from robust_mlp.compare._metrics import MODEL_METRICS, measure_model
from robust_mlp.compare._model_comparison import ModelComparison
from robust_mlp.compare._model_sentences import sentences
from robust_mlp.compare._rivals import PRIOR, read_for_rivals, rivals


def compare_models(estimator, X, y, *, models=None, cv=5, sample_weight=None, n_jobs=None, verbose=0):
    """Compare a classifier with boosted trees, a forest, logistic regression and the class prior on the same folds.

    The other models see the same columns as the classifier: dates as numbers, missing values as missing, categories as
    categories where the model has them and one-hot where not. Their settings are usual ones and are not tuned.

    Parameters
    ----------
    estimator : RobustMLPClassifier, another classifier, or a Pipeline
        Gets `X` as it is. An int as its `random_state` makes the comparison repeatable, but for the seconds.
    X : array-like or DataFrame of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    models : sequence of str or dict of str to estimator, default=None
        Names of some of the other models: 'boosted trees', 'random forest', 'logistic regression', 'class prior'. Or
        classifiers of your own as {name: classifier}, which get `X` as it is. None: all four.
    cv : int, cross-validation splitter or iterable, default=5
        An int is a number of stratified, shuffled folds, at most as many as the second largest class has rows.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows in each fit. In the scores each row counts once.
    n_jobs : int, default=None
        Number of fits that run at the same time, each in its own process. None means 1. With more than one, the
        seconds are those of fits that share the machine.
    verbose : int or bool, default=0
        1 prints a line for each fit.

    Returns
    -------
    comparison : ModelComparison
        ``print`` shows a leaderboard, ``to_html`` writes a page.

    Raises
    ------
    TypeError
        If a model has no `predict_proba`, or takes no `sample_weight` and some were given.
    ValueError
        If a name is unknown, or fewer than two classes have two rows.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier, compare_models
    >>> clf = RobustMLPClassifier((16,), n_members=2, max_iter=60, random_state=0)
    >>> comparison = compare_models(clf, *load_wine(return_X_y=True), models=["boosted trees", "class prior"], cv=2)
    >>> comparison.names[-1]
    'class prior'
    """
    y = read_labels(y)
    check_consistent_length(X, y, sample_weight)
    classes, codes = np.unique(y, return_inverse=True)
    if np.sum(np.bincount(codes) >= 2) < 2:
        raise ValueError(
            f"Fewer than two of the {len(classes)} classes of y have two rows. "
            "Pass a y with at least two rows in each of two classes: one to train on and one to test."
        )
    own = _name_of(estimator)
    contestants = {own: (estimator, X), **_others(estimator, X, models, own)}
    weights = None if sample_weight is None else column_or_1d(sample_weight)
    for name, (model, _) in contestants.items():
        _check_fits(name, model, weights)
    folds = folds_of(cv, X, codes)
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_scored)(model, table, y, fold, classes, weights)
        for model, table in contestants.values()
        for fold in folds
    )
    found, verdicts = [], []
    for i, (line, verdict) in enumerate(results):
        found.append(line)
        verdicts.append(verdict)
        if verbose:
            place, fold = divmod(i, len(folds))
            name = list(contestants)[place]
            print(f"{name}, fold {fold + 1} of {len(folds)}: log loss {line['log_loss']:.4f}, {line['seconds']:.2f} s")
    return _comparison(list(contestants), found, verdicts, folds, codes)


def _comparison(names, found, verdicts, folds, codes):
    """The record of what was found, best log loss first."""
    shape = (len(names), len(folds))
    scores = {metric: np.array([line[metric] for line in found]).reshape(shape) for metric in MODEL_METRICS}
    order = np.argsort(scores["log_loss"].mean(axis=1), kind="stable")
    scores = {metric: values[order] for metric, values in scores.items()}
    said = [verdicts[i * len(folds) : (i + 1) * len(folds)] for i in order]
    ordered = tuple(names[i] for i in order)
    train_rows, test_rows = (np.array([len(part[side]) for part in folds]) for side in (0, 1))
    return ModelComparison(
        names=ordered,
        fold_scores=scores,
        verdicts={name: tuple(one) for name, one in zip(ordered, said, strict=True) if any(one)},
        sentences=sentences(ordered, scores, train_rows, test_rows, PRIOR),
        n_rows=len(codes),
        class_shares=np.bincount(codes) / len(codes),
    )


def _others(estimator, X, models, own):
    """{name: (model, its table)} of the models beside the estimator."""
    if isinstance(models, dict):
        if own in models:
            raise ValueError(f"models has the name {own!r}, which is that of the estimator. Choose another name.")
        return {name: (model, X) for name, model in models.items()}
    if isinstance(models, str):
        raise TypeError(f"models={models!r} is one name. Pass a list of names, or a dict of name to classifier.")
    parameters = _last_step(estimator).get_params(deep=False)
    matrix, n_levels = read_for_rivals(X, parameters.get("categorical_features", "from_dtype"))
    known = rivals(n_levels, parameters.get("random_state"))
    for name in models or ():
        if name not in known:
            listed = ", ".join(map(repr, known))
            raise ValueError(f"models has no {name!r}. Pass some of {listed}, or a dict of name to classifier.")
    return {name: (known[name], matrix) for name in (known if models is None else dict.fromkeys(models))}


def _last_step(estimator):
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if steps else estimator


def _name_of(estimator):
    return type(_last_step(estimator)).__name__


def _check_fits(name, model, weights):
    if not hasattr(model, "predict_proba"):
        raise TypeError(f"{name} has no predict_proba, and the log loss needs probabilities. Leave it out of models.")
    if weights is not None and not has_fit_parameter(_last_step(model), "sample_weight"):
        raise TypeError(f"{name} takes no sample_weight. Leave it out of models, or pass no sample_weight.")


def _scored(model, X, y, fold, classes, weights):
    """Fit a clone on one fold and score it: ({metric: float}, verdict of its report or None)."""
    train, test = fold
    if hasattr(_last_step(model), "collapse_guard"):
        import_module("robust_mlp._network")  # TensorFlow's import takes seconds, which are no part of the first fit
    shown, X = _safe_indexing(X, test), _safe_indexing(X, train)
    step = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
    extra = {} if weights is None else {f"{step}sample_weight": weights[train]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # problems show in the scores and verdicts
        start = time.perf_counter()
        fitted = clone(model).fit(X, y[train], **extra)
        seconds = time.perf_counter() - start
        report = getattr(_last_step(fitted), "report_", None)
        if any(attempt.stop_reason == "interrupted" for attempt in getattr(report, "attempts", ())):
            raise KeyboardInterrupt  # the classifier keeps its best weights so far, which are no result to compare
        probabilities = np.zeros((len(test), len(classes)))  # a class without training rows in the fold gets 0
        probabilities[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(shown)
        predicted = np.searchsorted(classes, fitted.predict(shown))
    scores = measure_model(np.searchsorted(classes, y[test]), probabilities, predicted)
    verdict = getattr(report, "verdict", None)
    return scores | {"seconds": seconds}, None if verdict is None else str(verdict)
