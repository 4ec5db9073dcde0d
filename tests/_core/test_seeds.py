"""Seeds: one a purpose, the same for the same random_state, and no global generator is touched."""

import random

import numpy as np
import pytest

from robust_mlp._core.seeds import SEED_NAMES, spawn_seeds


def test_an_integer_gives_the_same_seeds_each_time():
    assert spawn_seeds(7) == spawn_seeds(7)
    assert spawn_seeds(7) != spawn_seeds(8)


def test_there_is_one_plain_number_of_32_bits_for_each_purpose():
    seeds = spawn_seeds(0)
    assert tuple(seeds) == SEED_NAMES
    assert all(type(seed) is int and 0 <= seed < 2**32 for seed in seeds.values())


def test_no_two_purposes_share_a_seed():
    drawn = [seed for state in range(200) for seed in spawn_seeds(state).values()]
    assert len(set(drawn)) == len(drawn)


def test_the_seeds_of_earlier_versions_stay_what_they_were():
    # A fit with random_state=0 gives the same network in the next version: names are only ever added at the end.
    assert SEED_NAMES[:6] == ("split", "balance", "weights", "dropout", "shuffle", "signal")
    root = np.random.RandomState(0).randint(2**31 - 1)
    assert list(spawn_seeds(0).values())[:6] == np.random.SeedSequence(root).generate_state(7).tolist()[:6]


def test_a_generator_of_the_users_is_moved_on_by_one_draw():
    generator, twin = np.random.RandomState(3), np.random.RandomState(3)
    first, second = spawn_seeds(generator), spawn_seeds(generator)
    assert first != second
    assert first == spawn_seeds(3)
    twin.randint(2**31 - 1, size=2)
    assert generator.randint(1000) == twin.randint(1000)


def test_no_global_generator_is_read_or_written_for_an_integer():
    np.random.seed(5)
    random.seed(5)
    before = np.random.get_state()[1].tolist(), random.getstate()
    first = spawn_seeds(1)
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before
    np.random.seed(6)
    assert spawn_seeds(1) == first


def test_none_draws_anew_from_numpys_generator_as_in_scikit_learn():
    np.random.seed(11)
    first = spawn_seeds(None)
    assert spawn_seeds(None) != first
    np.random.seed(11)
    assert spawn_seeds(None) == first


def test_what_is_no_random_state_is_refused_in_scikit_learns_words():
    with pytest.raises(ValueError, match="'seven' cannot be used to seed a"):
        spawn_seeds("seven")
