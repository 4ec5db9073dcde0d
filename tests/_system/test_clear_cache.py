"""`clear_cache`: it empties the cache of networks where there is one, and loads nothing where there is none."""

import subprocess
import sys
from types import SimpleNamespace

import robust_mlp
from robust_mlp._system.clear_cache import clear_cache

CACHE = "robust_mlp._network.engine_cache"


def test_it_is_public():
    assert robust_mlp.clear_cache is clear_cache


def test_it_empties_the_cache_once(monkeypatch):
    cleared = []
    monkeypatch.setitem(sys.modules, CACHE, SimpleNamespace(clear=lambda: cleared.append(True)))
    assert clear_cache() is None
    assert cleared == [True]


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
