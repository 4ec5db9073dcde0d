"""The state of a training is a record of arrays and numbers that begins with no epoch."""

import numpy as np

from robust_mlp._core.training_state import NetworkValues, TrainingState


def test_a_state_without_progress_has_no_epoch_and_no_end():
    values = NetworkValues(trainable=[np.zeros((2, 3))])
    state = TrainingState(now=values, best=values, slots=[], rule=np.zeros((2, 1)), generators=(), n_steps=0)
    assert (state.records, state.best_epoch, state.stop_reason, state.best_scored) == ((), 0, None, None)
    assert state.best_score == -np.inf
    assert list(values.moving) == []
