"""Global generators are borrowed for a user's function and given back, whatever happens in it."""

import random
import threading

import keras
import numpy as np
import pytest

from robust_mlp.keras_classifier.seeding import seeded


def states():
    return random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2]


def draws(seed):
    with seeded(seed):
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return random.random(), np.random.random(), layer.get_weights()[0].tolist()


def test_the_same_seed_gives_the_same_draws_and_weights_and_another_does_not():
    assert draws(7) == draws(7)
    assert all(a != b for a, b in zip(draws(7), draws(8), strict=True))
    assert draws(2**40 + 1) == draws(2**40 + 1)  # NumPy's own seeds end at 2**32


def test_the_generators_are_as_before():
    random.seed(1)
    np.random.seed(1)
    before = states()
    draws(7)
    assert states() == before
    with pytest.raises(KeyError), seeded(7):
        random.random()
        raise KeyError
    assert states() == before


def test_without_a_seed_nothing_is_seeded_or_put_back():
    random.seed(1)
    expected = random.random(), random.random()
    random.seed(1)
    with seeded(None):
        first = random.random()
    assert (first, random.random()) == expected


def test_blocks_may_lie_in_each_other():
    random.seed(3)
    before = states()
    with seeded(7):
        outer = random.random()
        with seeded(8):
            random.random()
        after = random.random()
    assert states() == before
    with seeded(7):
        assert (random.random(), random.random()) == (outer, after)


def test_two_threads_do_not_draw_from_each_others_generators():
    expected, found = draws(7), []
    threads = [threading.Thread(target=lambda: found.append(draws(7))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
