"""Answers of invented classifiers beside labels, for the steps and the words of a diagnosis."""

import numpy as np

from robust_mlp._core.losses import softmax
from robust_mlp.inspection._diagnosis.predictions import Answers
from robust_mlp.inspection._diagnosis.steps import judge


def labels_of(shares, n_rows=2000, seed=0):
    """Codes in given shares."""
    return np.random.default_rng(seed).choice(len(shares), n_rows, p=shares)


def skilled(codes, n_classes, strength=2.0, seed=1):
    """Probabilities that rank well, and are calibrated where the classes are equally frequent."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(len(codes), n_classes))
    z[np.arange(len(codes)), codes] += strength
    return softmax(strength * z)


def answers_of(probabilities, kind="probabilities", predicted=None, classes=None, is_one_column=False):
    """Answers of these probabilities; the most probable class is predicted unless told otherwise."""
    probabilities = np.asarray(probabilities, dtype=float)
    classes = np.arange(probabilities.shape[1]) if classes is None else np.asarray(classes)
    if predicted is None:
        predicted = np.nan_to_num(probabilities, nan=0.0).argmax(axis=1)
    return Answers(classes, predicted, probabilities, kind, is_one_column)


def judged_of(answers, codes, prior=None, source=""):
    return judge(answers, codes, prior, source)
