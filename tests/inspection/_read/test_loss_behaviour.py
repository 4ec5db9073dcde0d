"""Whether a loss of the user's own reads logits is told by what it costs."""

import keras
import pytest
from keras import ops

from robust_mlp.inspection._read.loss_behaviour import reads_logits


def own_logits(y, z):
    return ops.mean(ops.softplus(z) - y * z, axis=-1)


def own_focal(y, z):
    p = ops.sigmoid(z)
    return ops.mean(-y * (1 - p) ** 2 * ops.log(p) - (1 - y) * p**2 * ops.log(1 - p), axis=-1)


def own_probabilities(y, p):
    return ops.mean(-y * ops.log(p) - (1 - y) * ops.log(1 - p), axis=-1)


def own_clipped(y, p):
    p = ops.clip(p, 1e-7, 1 - 1e-7)
    return ops.mean(-y * ops.log(p) - (1 - y) * ops.log(1 - p), axis=-1)


def own_squares(y, z):
    return ops.mean((y - z) ** 2, axis=-1)


def fails(y, z):
    raise ValueError("no")


@pytest.mark.parametrize(
    "loss, expected",
    [
        (own_logits, True),
        (own_focal, True),
        (keras.losses.BinaryCrossentropy(from_logits=True), True),
        (lambda y, z: own_logits(y, 3 * z), True),
        (own_probabilities, False),
        (own_clipped, False),
        (own_squares, False),
        (lambda y, z: ops.mean(ops.abs(y - z), axis=-1), False),
        (keras.losses.Huber(), False),
        (keras.losses.BinaryCrossentropy(), False),
        (lambda y, z: 0 * own_squares(y, z), False),
        (fails, False),
    ],
)
def test_a_loss_of_logits_falls_beyond_the_label(loss, expected):
    assert reads_logits(loss) is expected
