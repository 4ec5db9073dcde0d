"""What the guard is handed: shares in the loss are those of the data unless something moved them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._collapse.guard_settings import DEFAULT_SETTINGS, GuardSettings, Priors

DATA, LOSS = np.array([0.9, 0.1]), np.array([0.5, 0.5])


def test_the_loss_has_the_shares_of_the_data_unless_others_are_given():
    assert Priors(data=DATA).in_loss is DATA
    assert_array_equal(Priors(data=DATA, loss=LOSS).in_loss, LOSS)


@pytest.mark.parametrize("policy, expected", [("repair", 2), ("warn", 0), ("raise", 0), ("off", 0)])
def test_only_repair_trains_again(policy, expected):
    assert GuardSettings(policy=policy, max_restarts=2).n_restarts == expected


def test_by_default_the_guard_repairs():
    assert (DEFAULT_SETTINGS.policy, DEFAULT_SETTINGS.n_restarts) == ("repair", 3)
