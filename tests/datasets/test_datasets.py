"""Every generator keeps the same promises: a seed decides the table, and a value out of range is named."""

import inspect

import numpy as np
import pytest

from robust_mlp import datasets

GENERATORS = [getattr(datasets, name) for name in datasets.__all__]


SMALL = {"n_rows": 200}


INVALID = [  # function, parameters, whole message
    (datasets.make_founding_table, {"n_rows": 10}, "n_rows == 10, must be >= 50."),
    (datasets.make_founding_table, {"n_rows": 100, "n_test_rows": 3}, "n_test_rows == 3, must be >= 25."),
    (datasets.make_waveforms, {"n_rows": 4}, "n_rows == 4, must be >= 5."),
    (datasets.make_waveforms, {"scale": 0}, "scale == 0, must be > 0."),
    (datasets.make_waveforms, {"noise": -1.0}, "noise == -1.0, must be >= 0."),
    (datasets.make_xor, {"n_columns": 1}, "n_columns == 1, must be >= 2."),
    (datasets.make_parity, {"n_columns": 2, "n_bits": 3}, "n_columns == 2, must be >= 3."),
    (datasets.make_rings, {"radius": 1.0}, "radius == 1.0, must be < 1."),
    (datasets.make_clusters, {"n_rows": 5, "n_classes": 6}, "n_rows == 5, must be >= 6."),
    (datasets.make_weak_signal, {"auc": 1.0}, "auc == 1.0, must be < 1."),
    (datasets.make_weak_signal, {"positive_share": 0.0}, "positive_share == 0.0, must be > 0."),
    (
        datasets.make_pure_noise,
        {"shares": (1.0,)},
        "shares=(1.0,): pass at least two positive numbers, one for each class.",
    ),
    (datasets.make_noisy_labels, {"noise": 1.5}, "noise == 1.5, must be <= 1."),
    (datasets.make_conflicting_duplicates, {"n_copies": 1}, "n_copies == 1, must be >= 2."),
    (
        datasets.make_many_decades,
        {"decades": (3, -3)},
        "decades=(3, -3): pass two powers of ten in [-30, 30], the smaller first.",
    ),
    (datasets.make_imbalanced, {"ratio": 0.5}, "ratio == 0.5, must be >= 1."),
    (datasets.make_identifier_columns, {"n_identifiers": 0}, "n_identifiers == 0, must be >= 1."),
    (datasets.make_sorted, {"n_columns": 4}, "n_columns == 4, must be >= 5."),
]


def same(first, second):
    """Whether two results hold the same bits."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_the_same_seed_gives_the_same_table(make):
    assert same(make(**SMALL, random_state=3), make(**SMALL, random_state=3))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_another_seed_gives_another_table(make):
    assert not same(make(**SMALL, random_state=3), make(**SMALL, random_state=4))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_a_random_state_instance_is_a_stream_of_tables(make):
    rng = np.random.RandomState(0)
    first, second = make(**SMALL, random_state=rng), make(**SMALL, random_state=rng)
    assert not same(first, second)
    assert same(first, make(**SMALL, random_state=np.random.RandomState(0)))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_the_global_generator_is_left_alone(make):
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    make(**SMALL, random_state=0)
    assert np.array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_rows_and_labels_are_as_many_as_asked_for_and_finite(make):
    X, y = make(**SMALL, random_state=0)[:2]
    assert X.shape[0] == y.shape[0] == 200
    assert X.ndim == 2 and y.ndim == 1
    assert np.isfinite(X).all()


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_all_settings_but_the_sizes_are_keyword_only(make):
    positional = [
        p.name for p in inspect.signature(make).parameters.values() if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert set(positional) <= {"n_rows", "n_columns", "n_test_rows", "length"}


@pytest.mark.parametrize("make, parameters, message", INVALID)
def test_a_value_out_of_range_is_named(make, parameters, message):
    with pytest.raises(ValueError) as caught:
        make(**parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_a_row_count_that_is_no_integer_is_a_type_error(make):
    with pytest.raises(TypeError, match=r"^n_rows must be an instance of"):
        make(n_rows=100.5)
