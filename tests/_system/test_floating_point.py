"""The user's `np.seterr` neither raises in our code nor is lost."""

import numpy as np
import pytest

from robust_mlp._system.floating_point import usual_floating_point


@pytest.mark.parametrize(
    "event",
    [
        lambda: np.exp(np.float64(-800)),
        lambda: np.float64(1) / np.float64(0),
        lambda: np.float64(1e300) * np.float64(1e300),
        lambda: np.log(np.float64(-1)),
    ],
    ids=["underflow", "division", "overflow", "invalid"],
)
def test_nothing_raises_inside_and_the_setting_is_back_afterwards(event):
    with np.errstate(all="raise"):
        with usual_floating_point():
            event()
        with pytest.raises(FloatingPointError):
            event()
