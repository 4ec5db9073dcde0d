"""An attempt as it would be judged after a perfect calibration: only what it ranks counts."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.calibration import fit_calibration


def calibrated(judged):
    """The attempt, judged by the probabilities that suit its held-out rows best.

    Parameters
    ----------
    judged : JudgedAttempt
        With held-out rows.

    Returns
    -------
    judged : JudgedAttempt
    """
    held_out = judged.attempt.held_out
    fitted = fit_calibration(held_out.probabilities, held_out.codes, held_out.weights)
    held_out = replace(held_out, probabilities=fitted(held_out.probabilities))
    # What was fitted is not calibrated, so it would not be fair beside it.
    return look(replace(judged.attempt, held_out=held_out, fitted=None), np.asarray(judged.comparison.prior))
