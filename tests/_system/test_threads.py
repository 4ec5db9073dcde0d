"""Predictions of a large table run on as many threads as NumPy may use, and are the same on any number of them."""

import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from robust_mlp._prediction import fitted_network
from robust_mlp._prediction.fitted_network import LEAST_VALUES_FOR_THREADS, MOST_ROWS_IN_FLOAT64
from robust_mlp._system import threads as threads_module
from robust_mlp._system.threads import LARGEST_PRODUCT_OF_ONE_THREAD, for_each, is_for_one_thread, n_threads, product
from tests.tiny_fits import clouds, tiny

N_ROWS = 6000
NARROW, WIDE = (64, 32), (300, 300)


@pytest.fixture
def matrices():
    """(rows, kernel) of float32; the rows are no multiple of what is multiplied at once."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(5003, 60)).astype(np.float32), rng.normal(size=(60, 40)).astype(np.float32)


@pytest.fixture
def counted(monkeypatch):
    """Every table counts as large; the threads that predicted a part of it are collected."""
    seen = set()
    original = fitted_network.decide_together

    def decide(networks, rows):
        seen.add(threading.get_ident())
        time.sleep(0.01)  # long enough for every thread to get a part
        return original(networks, rows)

    monkeypatch.setattr(fitted_network, "decide_together", decide)
    monkeypatch.setattr(fitted_network, "LEAST_VALUES_FOR_THREADS", 1)
    monkeypatch.setattr("robust_mlp._prediction.network.CHUNK_VALUES", 2**15)
    return seen


def fitted(sizes, **parameters):
    return tiny(hidden_layer_sizes=sizes, max_iter=1, **parameters).fit(*clouds())


# ---------------------------------------------------------------------------------------------------------- the product


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [0, 1, 108, 109, 110, 5003])  # 109 rows at once
def test_a_product_is_the_matrix_product(matrices, dtype, n_rows):
    rows, kernel = (matrix.astype(dtype) for matrix in matrices)
    found = product(rows[:n_rows], kernel)
    assert found.dtype == dtype and found.shape == (n_rows, 40)
    assert_allclose(found, rows[:n_rows] @ kernel, rtol=1e-4, atol=1e-4)


def test_the_border_of_width_is_a_kernel_of_128_by_128():
    assert is_for_one_thread(np.empty((128, 128)))
    assert not is_for_one_thread(np.empty((128, 129)))


def share_of_other_threads(function):
    """Least share of the processor's time that other threads than this one spent, in three trials."""
    shares = []
    for _ in range(3):
        time.sleep(0.3)  # BLAS's threads look for more work a while before they sleep
        of_all, of_this = time.process_time(), time.thread_time()
        for _ in range(200):
            function()
        of_all, of_this = time.process_time() - of_all, time.thread_time() - of_this
        shares.append((of_all - of_this) / of_all)
    return min(shares)


@pytest.mark.skipif(n_threads() == 1, reason="NumPy may use one thread only, or has another BLAS than OpenBLAS")
def test_a_product_stays_on_the_thread_that_asks(matrices):
    rows, kernel = matrices
    assert rows.size * kernel.shape[1] > LARGEST_PRODUCT_OF_ONE_THREAD
    assert share_of_other_threads(lambda: rows @ kernel) > 0.2
    assert share_of_other_threads(lambda: product(rows, kernel)) < 0.1


# ---------------------------------------------------------------------------------------------------------- the threads


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_part_is_done_once(threads):
    done = []
    for_each(done.append, range(200), threads)
    assert sorted(done) == list(range(200))


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_is_raised_and_ends_the_work(threads):
    done = []

    def fail_at_once(part):
        done.append(part)
        time.sleep(0.001)
        raise ValueError(f"part {part}")

    with pytest.raises(ValueError, match="part"):
        for_each(fail_at_once, range(1000), threads)
    assert len(done) <= threads


def test_an_error_of_another_thread_is_raised():
    here = threading.get_ident()

    def fail_elsewhere(part):
        time.sleep(0.001)
        if threading.get_ident() != here:
            raise ValueError("elsewhere")

    with pytest.raises(ValueError, match="elsewhere"):
        for_each(fail_elsewhere, range(100), 2)


def test_limits_of_the_user_are_kept():
    with threadpool_limits(1):
        assert n_threads() == 1


def test_another_blas_is_left_to_itself(monkeypatch):
    monkeypatch.setattr(
        threads_module, "_openblas", lambda: threads_module.ThreadpoolController().select(internal_api="mkl")
    )
    assert n_threads() == 1


# ------------------------------------------------------------------------------------------------------ the predictions


@pytest.mark.parametrize("n_members", [1, 3])
def test_predictions_are_the_same_on_any_number_of_threads(monkeypatch, counted, n_members):
    clf = fitted(NARROW, n_members=n_members)
    X, _ = clouds(N_ROWS)
    found = {}
    for threads in (1, 2, 4):
        monkeypatch.setattr(fitted_network, "n_threads", lambda threads=threads: threads)
        counted.clear()
        found[threads] = clf.predict_proba(X)
        assert len(counted) == threads
    assert_array_equal(found[1], found[2])
    assert_array_equal(found[1], found[4])
    assert_allclose(found[1], np.concatenate([clf.predict_proba(part) for part in np.array_split(X, 3)]), atol=1e-6)


def test_scores_are_shared_as_well(monkeypatch, counted):
    clf = fitted(NARROW)
    X, _ = clouds(N_ROWS, n_classes=3)
    monkeypatch.setattr(fitted_network, "n_threads", lambda: 3)
    scores = clf.decision_function(X)
    assert len(counted) == 3
    assert_allclose(scores[:100], clf.decision_function(X[:100]), rtol=1e-3, atol=1e-4)


def test_wide_networks_are_left_to_the_threads_of_blas(monkeypatch, counted):
    clf = fitted(WIDE)
    monkeypatch.setattr(fitted_network, "n_threads", lambda: 4)
    clf.predict_proba(clouds(N_ROWS)[0])
    assert len(counted) == 1


def test_a_small_table_starts_no_thread(monkeypatch):
    clf = fitted((8,))
    asked = []
    monkeypatch.setattr(fitted_network, "n_threads", lambda: asked.append(1) or 1)
    n_units = 8 + 3
    n_rows = LEAST_VALUES_FOR_THREADS // n_units
    assert n_rows > MOST_ROWS_IN_FLOAT64
    X, _ = clouds(100)
    clf.predict_proba(np.resize(X, (n_rows, 4)))
    assert not asked
    clf.predict_proba(np.resize(X, (n_rows + 1, 4)))
    assert asked
