"""A Gaussian problem with known probabilities, and decisions learnt on it; shared by the tests of decisions."""

import numpy as np

from robust_mlp._decision import learn_decision
from robust_mlp._decision.confusion import COUNT_SCORES
from robust_mlp._decision.measures import CountScore

LABELS = np.array(["a", "b", "c"])


PRIORS = {2: np.array([0.95, 0.05]), 3: np.array([0.8, 0.15, 0.05]), 5: np.array([0.5, 0.3, 0.1, 0.06, 0.04])}


def problem(n_rows, n_classes=3, seed=0, separation=1.2):
    """True posterior probabilities and codes of a Gaussian problem with a skewed prior."""
    rng = np.random.default_rng(seed)
    prior, centres = PRIORS[n_classes], np.random.default_rng(99).normal(size=(n_classes, 4)) * separation
    codes = rng.choice(n_classes, size=n_rows, p=prior)
    X = centres[codes] + rng.normal(size=(n_rows, 4))
    logits = np.log(prior) - ((X[:, None] - centres) ** 2).sum(axis=2) / 2
    posterior = np.exp(logits - logits.max(axis=1, keepdims=True))
    return posterior / posterior.sum(axis=1, keepdims=True), codes


def learn(decision, probabilities, codes, weights=None, classes=None, **options):
    n_classes = probabilities.shape[1]
    weights = np.ones(len(codes)) if weights is None else weights
    options.setdefault("prior", np.bincount(codes, weights=weights, minlength=n_classes) / weights.sum())
    classes = np.arange(n_classes) if classes is None else classes
    return learn_decision(decision, probabilities, codes, weights, classes, **options)


def score(name, decision, probabilities, codes):
    measure = CountScore(COUNT_SCORES[name], codes, np.ones(len(codes)), probabilities.shape[1])
    return measure(decision.decide(probabilities))
