"""Learning-rate schedules: functions from the progress of a training, 0 to 1, to a factor that starts at 1."""

import math

import numpy as np

# Share of the learning rate at the end of the exponential schedule. A cosine or a line ends near 0. An exponential
# schedule that ended there would have very small rates in most steps.
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
        A name in `SCHEDULES`, or a function from the progress in [0, 1) to a factor.
    learning_rate : float
    first_step, n_steps, total_steps : int
        First step and number of steps to compute, and number of steps in the whole training.

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
