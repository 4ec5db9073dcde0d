"""Advice follows from fold scores: the simplest answer among those that chance cannot tell apart."""

import numpy as np

from robust_mlp.compare._advice import best_for, sentences
from robust_mlp.compare._options import Option


def test_the_simplest_answer_that_folds_cannot_tell_from_the_best_is_preferred():
    scores = np.array([[0.70, 0.72, 0.74], [0.71, 0.70, 0.76], [0.90, 0.91, 0.92]])
    assert best_for(scores, "balanced_accuracy") == (2, 2)
    assert best_for(scores[:2], "balanced_accuracy") == (1, 0)
    assert best_for(scores, "log_loss") == (0, 0)


def test_a_sure_difference_of_less_than_a_hundredth_does_not_count():
    sure = np.array([[0.700, 0.702, 0.704], [0.709, 0.711, 0.713], [0.711, 0.713, 0.715]])
    assert best_for(sure, "balanced_accuracy") == (2, 1)
    assert best_for(1.1 - sure, "log_loss") == (2, 1)


def test_advice_says_what_serves_which_goal_and_what_distorts():
    options = [Option("none", {}, True), Option("tuned", {}, True), Option("weights", {}, False)]
    scores = {
        "log_loss": np.array([[0.20, 0.21], [0.20, 0.21], [0.40, 0.42]]),
        "average_precision": np.array([[0.5, 0.6], [0.5, 0.6], [0.52, 0.58]]),
        "balanced_accuracy": np.array([[0.6, 0.62], [0.8, 0.81], [0.8, 0.82]]),
        "g_mean": np.array([[0.4, 0.45], [0.79, 0.8], [0.78, 0.8]]),
    }
    assert sentences(options, scores) == (
        "For honest probabilities: none (log loss 0.205, the best).",
        "For ranking: none (avg. precision 0.55, the best).",
        "For decisions that treat classes alike: tuned (balanced acc. 0.805); weights reaches 0.81, but the "
        "difference may be chance or is below 1 %, and it is less simple.",
        "For finding rows of every class: tuned (G-mean 0.795, the best).",
        "Probabilities are distorted by weights: log loss up to 2.00 times that of the best. Do not read them as "
        "probabilities.",
        "For honest probabilities and balanced decisions: tuned (log loss 0.205, balanced accuracy 0.805).",
    )
