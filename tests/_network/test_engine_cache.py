"""The engines of `RobustMLPClassifier` between fits: what is one kind, and what a fit that raised leaves behind."""

from dataclasses import replace

import pytest

import robust_mlp
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network import engine_cache

PLAN = TrainingPlan(hidden_layer_sizes=(3,), max_iter=1, n_members=1)


@pytest.fixture(autouse=True)
def _empty():
    robust_mlp.clear_cache()
    yield
    robust_mlp.clear_cache()


def lend(*, fails=False, **changes):
    """Borrow an engine, as a fit does that may raise."""
    with engine_cache.borrowed_engine(replace(PLAN, **changes), 2, 2, has_held_out=False) as (engine, _):
        if fails:
            raise RuntimeError("this fit ends here")
    return engine


@pytest.mark.parametrize(
    "change, is_same",
    [
        ({"learning_rate": 0.5}, True),  # numbers are inputs of the graph
        ({"batch_size": 7}, True),
        ({"hidden_layer_sizes": (4,)}, False),
        ({"label_smoothing": 0.1}, False),  # another graph, whose operations the first has not
        ({"max_norm": 1.0}, False),
        ({"clip_norm": 1.0}, False),
        ({"optimizer": "sgd"}, False),
    ],
)
def test_plans_that_make_the_same_graph_share_an_engine(change, is_same):
    assert (lend() is lend(**change)) is is_same


def test_a_fit_that_raised_does_not_break_a_later_one_when_an_engine_must_go(monkeypatch):
    monkeypatch.setattr(engine_cache.cache, "max_idle", 1)
    lend(hidden_layer_sizes=(2,))
    with pytest.raises(RuntimeError, match="this fit ends here"):
        lend(hidden_layer_sizes=(2,), fails=True)
    lend(hidden_layer_sizes=(3,))
    last = lend(hidden_layer_sizes=(4,))
    assert engine_cache.cache.idle() == [last]


def test_an_engine_that_cannot_be_prepared_is_not_kept(monkeypatch):
    def broken(self, batch_size):
        raise RuntimeError("no graph")

    monkeypatch.setattr(engine_cache.Engine, "prepare", broken)
    with pytest.raises(RuntimeError, match="no graph"):
        lend()
    assert engine_cache.cache.idle() == []


def test_engines_can_be_forgotten():
    lend()
    assert len(engine_cache.cache.idle()) == 1
    engine_cache.clear()
    assert engine_cache.cache.idle() == []
    assert engine_cache.count_traces() == 0
