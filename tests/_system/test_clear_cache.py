"""`clear_cache`: it empties the caches of networks that there are, and loads nothing where there are none."""

import gc
import subprocess
import sys

import robust_mlp
from robust_mlp._system import freed_memory
from robust_mlp._system.clear_cache import clear_cache
from robust_mlp._system.idle_engines import EngineCache

CACHE = "robust_mlp._network.engine_cache"


def test_it_is_public():
    assert robust_mlp.clear_cache is clear_cache


def test_it_empties_all_caches():
    caches = [EngineCache(max_idle=1) for _ in range(2)]
    for cache in caches:
        with cache.lend("a kind", make=object):
            pass
    assert clear_cache() is None
    assert [cache.idle() for cache in caches] == [[], []]


def test_memory_goes_back_after_python_freed_it(monkeypatch):
    calls = []
    monkeypatch.setattr(gc, "collect", lambda: calls.append("collected"))
    monkeypatch.setattr(freed_memory, "forget_kernels", lambda: calls.append("kernels"))
    monkeypatch.setattr(freed_memory, "give_back", lambda: calls.append("given back"))
    clear_cache()
    assert calls == ["collected", "kernels", "given back"]


def test_where_no_network_was_trained_there_is_nothing_to_do(monkeypatch):
    monkeypatch.delitem(sys.modules, CACHE, raising=False)
    clear_cache()
    assert CACHE not in sys.modules


def test_it_loads_neither_the_engine_nor_tensorflow():
    program = (
        "import sys, robust_mlp; robust_mlp.clear_cache();"
        "assert not {'tensorflow', 'keras', 'robust_mlp._network'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
