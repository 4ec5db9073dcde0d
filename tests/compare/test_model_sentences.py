"""Sentences below a leaderboard: chance is weighed by overlapping folds, and the time is named where it matters."""

import numpy as np
import pytest

from robust_mlp.compare._model_sentences import p_value, sentences

TRAIN, TEST = np.full(5, 80), np.full(5, 20)
PRIOR = "class prior"


def said(losses, seconds=None, names=None):
    losses = np.asarray(losses, dtype=float)
    names = names or [f"m{i}" for i in range(len(losses))]
    seconds = np.ones_like(losses) if seconds is None else np.tile(np.asarray(seconds)[:, None], losses.shape[1])
    return sentences(names, {"log_loss": losses, "seconds": seconds}, TRAIN, TEST, PRIOR)


def test_a_difference_as_in_every_fold_is_clear_and_one_that_changes_its_sign_is_not():
    losses = [[0.30, 0.31, 0.29, 0.32, 0.30], [0.31, 0.30, 0.30, 0.31, 0.31], [0.60, 0.61, 0.60, 0.63, 0.60]]
    assert said(losses) == (
        "Lowest log loss: m0 (0.3040).",
        "The difference may be chance for m1: more rows or folds would tell.",
        "Clearly worse by log loss (p < 0.05): m2.",
    )


def test_a_quicker_model_that_is_as_good_is_named():
    losses = [[0.30, 0.31, 0.29, 0.32, 0.30], [0.31, 0.30, 0.30, 0.31, 0.31]]
    assert said(losses, seconds=[2.0, 0.1])[-1] == "Quickest of these: m1 (0.1 s a fit against 2 s)."
    assert not any("Quickest" in sentence for sentence in said(losses, seconds=[0.1, 2.0]))


@pytest.mark.parametrize("prior_losses, is_said", [([0.31, 0.30, 0.30, 0.31, 0.31], True), ([0.7] * 5, False)])
def test_models_that_are_no_better_than_the_prior_are_called_so(prior_losses, is_said):
    found = said([[0.30, 0.31, 0.29, 0.32, 0.30], prior_losses], names=["ours", PRIOR])
    assert any("No model is clearly better than the class prior" in sentence for sentence in found) is is_said


def test_the_p_value_is_larger_than_that_of_independent_folds():
    from scipy import stats

    differences = np.array([0.02, 0.01, 0.03, 0.00, 0.02])
    assert p_value(differences, TRAIN, TEST) > stats.ttest_1samp(differences, 0).pvalue
    assert p_value(differences[:1], TRAIN[:1], TEST[:1]) == 1.0
    assert p_value(np.zeros(5), TRAIN, TEST) == 1.0
    assert p_value(np.ones(5), TRAIN, TEST) == 0.0


def test_of_equal_models_few_are_called_clearly_different():
    # Scores of folds that share training rows are correlated as Nadeau and Bengio's factor has it: 1 / n_folds, say.
    rng = np.random.default_rng(0)
    shared, own = rng.normal(size=(2000, 1)), rng.normal(size=(2000, 5))
    differences = np.sqrt(0.2) * shared + np.sqrt(0.8) * own  # correlation .2 = test / (test + train)
    share = np.mean([p_value(line, TRAIN, TEST) < 0.05 for line in differences])
    assert 0.03 < share < 0.07
