"""Small steps run on one thread, to the same bits."""

import pytest
import tensorflow as tf
from numpy.testing import assert_array_equal
from tensorflow.python.eager import context

import robust_mlp
from robust_mlp._network import engine_cache
from robust_mlp._network.graph import executors
from robust_mlp._network.graph.executors import MOST_PRODUCTS_OF_ONE_THREAD, executor, is_for_one_thread
from tests.tiny_fits import clouds, tiny

ONE_THREAD = "SINGLE_THREADED_EXECUTOR"


def executor_now():
    return context.context().function_call_options.executor_type


@pytest.fixture
def asked(monkeypatch):
    """What `executor` was called with, in turn."""
    calls = []

    def asked_for(on_one_thread):
        calls.append(on_one_thread)
        return executor(on_one_thread)

    monkeypatch.setattr(executors, "executor", asked_for)
    robust_mlp.clear_cache()
    return calls


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"early_stopping": True, "max_iter": 20, "n_iter_no_change": 3},
        {"batch_norm": True, "activation": "silu"},
        {"optimizer": "sgd", "weight_decay": 0.1},
    ],
)
def test_one_thread_gives_the_same_bits(monkeypatch, asked, settings):
    X, y = clouds(300)
    on_one = tiny(**settings).fit(X, y).predict_proba(X)
    assert asked and all(asked)
    asked.clear()
    robust_mlp.clear_cache()
    monkeypatch.setattr(executors, "MOST_PRODUCTS_OF_ONE_THREAD", 0)
    on_all = tiny(**settings).fit(X, y).predict_proba(X)
    assert asked and not any(asked)
    assert_array_equal(on_one, on_all)


def test_the_border_is_a_number_of_products():
    assert is_for_one_thread(256, MOST_PRODUCTS_OF_ONE_THREAD // 256)
    assert not is_for_one_thread(257, MOST_PRODUCTS_OF_ONE_THREAD // 256)


def beside_a_gpu(monkeypatch):
    devices = [tf.config.LogicalDevice("/device:CPU:0", "CPU"), tf.config.LogicalDevice("/device:GPU:0", "GPU")]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda: devices)


def test_beside_a_gpu_all_threads_are_used(monkeypatch):
    beside_a_gpu(monkeypatch)
    assert not is_for_one_thread(1, 1)


@pytest.mark.parametrize(
    "settings", [{"dropout": 0.2}, {"batch_norm": True, "early_stopping": True}, {"max_norm": 0.5}], ids=str
)
def test_members_keep_to_one_thread_each_and_give_the_same_bits_on_all(monkeypatch, asked, settings):
    X, y = clouds(300)
    on_one = tiny(**settings, n_members=5).fit(X, y).predict_proba(X)
    of_graph, of_members = asked[:2]
    assert of_members and not of_graph
    asked.clear()
    robust_mlp.clear_cache()
    beside_a_gpu(monkeypatch)
    on_all = tiny(**settings, n_members=5).fit(X, y).predict_proba(X)
    robust_mlp.clear_cache()
    assert asked and not any(asked)
    assert_array_equal(on_one, on_all)


def test_large_steps_have_all_threads(asked):
    X, y = clouds(300)
    tiny(hidden_layer_sizes=(200, 200), batch_size=100).fit(X, y)
    assert asked and not any(asked)


def test_a_graph_is_traced_once_for_the_batches_of_a_fit(asked):
    X, y = clouds(300)
    tiny().fit(X, y)
    tiny(batch_size=64).fit(X, y)
    assert engine_cache.count_traces() == 1


def test_the_users_choice_is_back_afterwards():
    before = executor_now()
    with executor(True):
        assert executor_now() == ONE_THREAD
    assert executor_now() == before
    with executor(False):
        assert executor_now() == before
    with pytest.raises(KeyError), executor(True):
        raise KeyError
    assert executor_now() == before
    tiny().fit(*clouds())
    assert executor_now() == before
