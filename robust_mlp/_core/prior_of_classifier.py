"""The class shares that a fitted classifier's probabilities carry, as far as it tells.

Reads attributes. Never predicts."""

import numpy as np

# The first is what our classifiers answer in, class weights and samplers counted. The second are the shares of the
# training rows, which probabilities carry where there is no such thing.
PRIOR_ATTRIBUTES = ("probability_prior_", "class_prior_")
# Where a fitted classifier keeps the one that it hands its rows to.
INNER_CLASSIFIERS = ("best_estimator_", "estimator_", "estimator")
# A classifier with this attribute fits probabilities of its own on top of the one inside it (CalibratedClassifierCV).
MADE_ANEW = "calibrated_classifiers_"


def told_prior(classifier, n_classes):
    """Class shares that a fitted classifier, or the one inside it, says its probabilities carry.

    Parameters
    ----------
    classifier : object
    n_classes : int
        Attributes of another length tell of other classes, and are passed over.

    Returns
    -------
    prior : ndarray of shape (n_classes,), dtype float64, or None
        Sums to 1; None where nothing is told.
    name : str
        The attribute that it was read from; "" where nothing is told.
    """
    while classifier is not None and not hasattr(classifier, MADE_ANEW):
        for name in PRIOR_ATTRIBUTES:
            prior = getattr(classifier, name, None)
            if prior is not None and np.shape(prior) == (n_classes,):
                shares = np.asarray(prior, dtype=np.float64)
                return shares / shares.sum(), name
        if steps := getattr(classifier, "steps", None):
            classifier = steps[-1][1]
        else:
            inner = (getattr(classifier, name, None) for name in INNER_CLASSIFIERS)
            classifier = next((one for one in inner if one is not None), None)
    return None, ""
