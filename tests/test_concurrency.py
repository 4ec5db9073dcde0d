"""Fits and predictions from many threads at once give what they give in sequence."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.testing import assert_array_equal

import robust_mlp
from robust_mlp._network import engine_cache
from tests.tiny_fits import clouds, tiny

N_THREADS = 8
X, Y = clouds()


def fitted(seed):
    return tiny(random_state=seed, dropout=0.2).fit(X, Y)


def test_fits_from_eight_threads_are_those_made_in_sequence():
    in_sequence = [fitted(seed).predict_proba(X) for seed in range(N_THREADS)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        at_once = [clf.predict_proba(X) for clf in pool.map(fitted, range(N_THREADS))]
    assert_array_equal(at_once, in_sequence)


def test_predictions_from_eight_threads_are_those_made_in_sequence():
    clf = fitted(0)
    parts = np.array_split(X, N_THREADS)
    with ThreadPoolExecutor(N_THREADS) as pool:
        at_once = list(pool.map(clf.predict_proba, parts))
    assert_array_equal(np.concatenate(at_once), np.concatenate([clf.predict_proba(part) for part in parts]))


def test_a_search_over_numbers_traces_once():
    tiny(dropout=0.1).fit(X, Y)
    robust_mlp.clear_cache()
    changes = {
        "learning_rate": (0.01, 0.001),
        "dropout": (0.1, 0.4),
        "weight_decay": (0.0, 0.1),
        "batch_size": (16, 90),
        "class_weight": (None, "balanced"),
        "max_iter": (2, 3),
        "learning_rate_schedule": (None, "cosine"),
        "random_state": (0, 1),
    }
    for name, values in changes.items():
        for value in values:
            tiny(**({"dropout": 0.2} | {name: value})).fit(X, Y)
    assert engine_cache.count_traces() == 1


def test_an_emptied_cache_leaves_no_operation_of_its_graphs_behind():
    rows, labels = clouds(60)
    tiny(n_members=2).fit(rows, labels)
    (graph,) = [g.graph for engine in engine_cache.cache.idle() for g in engine._graphs.values()][-1:]
    inner = [function.graph for function in graph._functions.values()]
    assert min(len(g.get_operations()) for g in (graph, *inner)) > 0
    robust_mlp.clear_cache()
    gc.collect()
    assert [len(g.get_operations()) for g in (graph, *inner)] == [0] * (1 + len(inner))
