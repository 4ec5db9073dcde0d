"""Who gets which engine, which are kept, and which go first; with plain objects, since a cache does not look inside."""

import gc
import threading
import weakref

import pytest

from robust_mlp import clear_cache
from robust_mlp._system import freed_memory
from robust_mlp._system.idle_engines import DROPPED_PER_COLLECTION, EngineCache


class Box:
    """An engine that nobody can confuse with another."""


def lend(cache, kind, *, fails=False):
    with cache.lend(kind, Box) as engine:
        if fails:
            raise RuntimeError("this fit ends here")
    return engine


def test_the_next_fit_of_the_same_kind_gets_the_same_engine():
    cache = EngineCache(max_idle=2)
    assert lend(cache, "a") is lend(cache, "a")
    assert lend(cache, "a") is not lend(cache, "b")


def test_two_fits_at_once_get_an_engine_each():
    cache = EngineCache(max_idle=2)
    with cache.lend("a", Box) as one, cache.lend("a", Box) as other:
        assert one is not other
        assert cache.idle() == []
    assert set(cache.idle()) == {one, other}


def test_fits_in_threads_never_share_an_engine():
    cache, in_use, shared = EngineCache(max_idle=4), set(), []

    def fits():
        for _ in range(200):
            with cache.lend("a", Box) as engine:
                shared.append(engine in in_use)
                in_use.add(engine)
                in_use.remove(engine)

    threads = [threading.Thread(target=fits) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shared) == 800
    assert not any(shared)
    assert len(cache.idle()) <= 4


def test_an_engine_whose_fit_raised_is_not_lent_again():
    cache = EngineCache(max_idle=2)
    first = lend(cache, "a")
    with pytest.raises(RuntimeError, match="this fit ends here"):
        lend(cache, "a", fails=True)
    assert cache.idle() == []
    assert lend(cache, "a") is not first


def test_a_kind_whose_fit_raised_is_not_in_the_way_when_an_engine_must_go():
    cache = EngineCache(max_idle=1)
    lend(cache, "a")
    with pytest.raises(RuntimeError, match="this fit ends here"):
        lend(cache, "a", fails=True)
    lend(cache, "b")
    last = lend(cache, "c")
    assert cache.idle() == [last]


def test_a_kind_that_is_lent_is_not_in_the_way_when_an_engine_must_go():
    cache = EngineCache(max_idle=1)
    lend(cache, "a")
    with cache.lend("a", Box) as lent:
        lend(cache, "b")
        lend(cache, "c")
    assert cache.idle() == [lent]


def test_the_kind_used_least_recently_goes_first():
    cache = EngineCache(max_idle=2)
    a, b = lend(cache, "a"), lend(cache, "b")
    assert lend(cache, "a") is a
    c = lend(cache, "c")
    assert cache.idle() == [a, c]
    assert lend(cache, "b") is not b


def test_of_one_kind_the_engine_that_waited_longest_goes_first():
    cache = EngineCache(max_idle=1)
    with cache.lend("a", Box) as last, cache.lend("a", Box):
        pass
    assert cache.idle() == [last]


@pytest.mark.parametrize("max_idle", [0, 1, 3])
def test_no_more_are_kept_than_it_says(max_idle):
    cache = EngineCache(max_idle=max_idle)
    for kind in range(5):
        lend(cache, kind)
    assert len(cache.idle()) == max_idle


def test_what_has_no_kind_is_made_for_each_fit_and_not_kept():
    cache = EngineCache(max_idle=2)
    assert lend(cache, None) is not lend(cache, None)
    assert cache.idle() == []


def test_clear_cache_empties_every_cache_and_frees_engines_that_refer_to_themselves():
    caches, engines = [EngineCache(max_idle=2), EngineCache(max_idle=2)], []
    for cache in caches:
        engine = lend(cache, "a")
        engine.itself = engine  # as a traced graph does
        engines.append(weakref.ref(engine))
    del engine
    clear_cache()
    assert [cache.idle() for cache in caches] == [[], []]
    assert [engine() for engine in engines] == [None, None]


def test_clear_cache_leaves_an_engine_that_is_lent():
    cache = EngineCache(max_idle=2)
    with cache.lend("a", Box) as lent:
        clear_cache()
    assert cache.idle() == [lent]


def test_a_cache_that_nobody_holds_is_forgotten():
    cache = weakref.ref(EngineCache(max_idle=1))
    gc.collect()
    assert cache() is None


def test_a_cache_tells_whether_an_engine_of_a_kind_waits():
    cache = EngineCache(max_idle=2)
    assert not cache.has("a")
    with cache.lend("a", make=dict):
        assert not cache.has("a")  # it is lent
    assert cache.has("a")
    assert not cache.has("b")


def test_what_is_dropped_is_freed_in_steps(monkeypatch):
    calls = []
    monkeypatch.setattr(freed_memory, "forget_kernels", lambda: calls.append("kernels"))
    cache = EngineCache(max_idle=1)
    references = []
    for kind in range(1 + 2 * DROPPED_PER_COLLECTION):
        box = lend(cache, kind)
        box.itself = box  # as a traced network does
        references.append(weakref.ref(box))
        del box
    assert calls == ["kernels"] * 2
    assert [reference() for reference in references[:-1]] == [None] * (2 * DROPPED_PER_COLLECTION)
