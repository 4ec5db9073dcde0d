"""Learning-rate schedules: a factor of the learning rate for each point of progress through training, from 1 at 0."""

import math

import numpy as np

# What is left of the learning rate at the end. A cosine or a line goes to (nearly) nothing; an exponential of the same
# end would spend most steps far below the start, so it stops at a hundredth.
END_OF_EXPONENTIAL = 0.01

SCHEDULES = {
    "constant": lambda progress: np.ones_like(progress),
    # Loshchilov & Hutter (2017), https://arxiv.org/abs/1608.03983, eq. 5, one period.
    "cosine": lambda progress: 0.5 * (1 + np.cos(math.pi * progress)),
    "linear": lambda progress: 1 - progress,
    "exponential": lambda progress: END_OF_EXPONENTIAL**progress,
}


def step_rates(schedule, learning_rate, first_step, n_steps, total_steps):
    """Learning rate of each step.

    Parameters
    ----------
    schedule : str, callable or None
        A name in `SCHEDULES`; or a function from progress in [0, 1) to a factor.
    learning_rate : float
    first_step, n_steps, total_steps : int
        The steps wanted, of how many in all.

    Returns
    -------
    rates : ndarray of shape (n_steps,), dtype float32
    """
    progress = np.minimum(np.arange(first_step, first_step + n_steps) / total_steps, 1.0)
    if callable(schedule):
        factors = np.array([float(schedule(p)) for p in progress])
    else:
        factors = SCHEDULES[schedule or "constant"](progress)
    return (learning_rate * factors).astype(np.float32)
