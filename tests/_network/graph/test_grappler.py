"""The engine's graphs are rewritten in few ways; everybody else's as their owner wants."""

import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from robust_mlp._network.graph.grappler import KEPT, SWITCHES, few_rewritings
from tests.tiny_fits import clouds, tiny


def rewriter():
    config = tf.compat.v1.ConfigProto.FromString(context.context().function_call_options.config_proto_serialized)
    return config.graph_options.rewrite_options


def is_off(name):
    return getattr(rewriter(), name) == rewriter().OFF


def test_all_but_the_kept_ones_are_off_and_the_users_choice_comes_back():
    before = context.context().function_call_options
    assert set(KEPT) < set(SWITCHES)
    with few_rewritings():
        assert {name for name in SWITCHES if not is_off(name)} == set(KEPT)
    assert context.context().function_call_options is before
    with pytest.raises(KeyError), few_rewritings():
        raise KeyError
    assert context.context().function_call_options is before


def test_a_rewriting_that_the_user_switched_off_stays_off(monkeypatch):
    running = context.context()
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.constant_folding = config.graph_options.rewrite_options.OFF
    monkeypatch.setattr(running, "function_call_options", context.FunctionCallOptions(None, config))
    with few_rewritings():
        assert is_off("constant_folding")


def test_training_calls_its_graph_so(monkeypatch):
    calls = []
    call = context.Context.call_function

    def noted(self, name, *args, **arguments):
        calls.append((name, is_off("remapping")))
        return call(self, name, *args, **arguments)

    monkeypatch.setattr(context.Context, "call_function", noted)
    tiny().fit(*clouds())
    assert {is_so for name, is_so in calls if b"_run" in name} == {True}
