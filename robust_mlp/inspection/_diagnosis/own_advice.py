"""What to do next, in the terms of the classifier that is diagnosed: nobody is told to use what is in use already.

Looks at classes and attributes by name. Imports and calls no classifier."""

from dataclasses import dataclass

# Attributes in which scikit-learn's wrappers, and ours, keep the classifier that they ask.
WRAPPED = ("best_estimator_", "classifier_", "estimator_", "estimator", "classifier")
MOST_WRAPPERS = 10  # of one another: a wrapper that holds itself must not be followed for ever


@dataclass(frozen=True, slots=True)
class Advice:
    """What to type, by what was found.

    Attributes
    ----------
    collapse : str
        The classifier is no better than the class shares.
    decision : str
        It ranks the rows, and one class takes every decision.
    missed : str
        Simple models do far better.
    never : str
        Some classes are never predicted.
    """

    collapse: str
    decision: str
    missed: str
    never: str


_THRESHOLD = "sklearn.model_selection.TunedThresholdClassifierCV(classifier, scoring='balanced_accuracy')"
_TREES = "sklearn.ensemble.HistGradientBoostingClassifier().fit(X, y)"
_AGAIN = ".fit(X_train, y_train)"

OF_OTHERS = Advice(
    collapse="robust_mlp.inspect_model(model, X, y) names the cause in a Keras network; "
    "RobustMLPClassifier().fit(X, y) trains one that does not collapse.",
    decision=f"{_THRESHOLD}, or RobustMLPClassifier(decision='balanced')",
    missed=f"RobustMLPClassifier().fit(X, y), or {_TREES}",
    never="RobustMLPClassifier(decision='balanced') or class_weight='balanced', if these classes matter as much.",
)
OF_OURS = Advice(
    collapse="print(classifier.report_) says how its training went. If that was healthy, these rows are unlike those "
    "of the training: compare their columns.",
    decision=f"classifier.set_params(decision='balanced'){_AGAIN}, or {_THRESHOLD}",
    missed=f"print(classifier.report_) names settings that hold it back; or {_TREES}",
    never=f"classifier.set_params(decision='balanced'){_AGAIN}, if these classes matter as much.",
)
OF_GUARDED_KERAS = Advice(
    collapse=OF_OURS.collapse,
    decision=_THRESHOLD,
    missed=OF_OURS.missed,
    never=f"{_THRESHOLD} or class_weight='balanced', if these classes matter as much.",
)
_BY_NAME = {"RobustMLPClassifier": OF_OURS, "GuardedKerasClassifier": OF_GUARDED_KERAS}


def advice_for(classifier):
    """The Advice that fits a classifier, seen through pipelines, searches and other wrappers.

    Parameters
    ----------
    classifier : object

    Returns
    -------
    advice : Advice

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from robust_mlp import RobustMLPClassifier
    >>> advice_for(DummyClassifier()) is OF_OTHERS
    True
    >>> advice_for(RobustMLPClassifier()) is OF_OURS
    True
    """
    for _ in range(MOST_WRAPPERS):
        for base in type(classifier).__mro__:
            if base.__module__.split(".")[0] == "robust_mlp" and base.__name__ in _BY_NAME:
                return _BY_NAME[base.__name__]
        inner = _inside(classifier)
        if inner is None:
            return OF_OTHERS
        classifier = inner
    return OF_OTHERS


def _inside(classifier):
    """What a wrapper asks, or None: the last step of a pipeline, the first of several calibrated classifiers."""
    steps = getattr(classifier, "steps", None)
    if isinstance(steps, list) and steps:
        return steps[-1][-1]
    several = getattr(classifier, "calibrated_classifiers_", None)
    if isinstance(several, list) and several:
        return several[0]
    # Only where it can have been set: a Keras model answers to many names.
    kept = getattr(classifier, "__dict__", {})
    return next((kept[name] for name in WRAPPED if kept.get(name) is not None), None)
