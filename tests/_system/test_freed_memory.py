"""A fit's tables are gone when it ends, and freed memory that glibc would keep is given back, not too often."""

import gc
import importlib
import subprocess
import sys
import threading

import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.run_attempt import FitJob
from robust_mlp._system import freed_memory
from robust_mlp._system.freed_memory import SECONDS_BETWEEN, _malloc_trim, forget_kernels, give_back
from tests.tiny_fits import clouds

_on_glibc = pytest.mark.skipif(_malloc_trim() is None, reason="the C library keeps nothing, or has no malloc_trim")

# In a process of its own: in one that ran for long, new arrays may lie in holes that were there before.
IN_A_FRESH_PROCESS = """
from pathlib import Path
import numpy as np
from robust_mlp._system.freed_memory import give_back

def resident_megabytes():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024

arrays = [np.ones(2**14, np.uint8) for _ in range(2**12)]  # 64 MB, in pieces so small that glibc's heap holds them
last = arrays.pop()  # at the end of the heap, so that glibc cannot shorten it
del arrays
before = resident_megabytes()
assert give_back()
print(before - resident_megabytes())
"""


@pytest.fixture
def _long_ago(monkeypatch):
    monkeypatch.setattr(freed_memory, "_last", -SECONDS_BETWEEN)


@pytest.fixture
def _without_collector():
    importlib.import_module("robust_mlp._network")  # with TensorFlow, whose first import leaves a cycle of its own
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def tables():
    """All that belongs to a fit and is in memory."""
    return [held for held in gc.get_objects() if isinstance(held, LabelledTable | FitJob)]


# The collector of cycles seldom looks at what has lived for long, and would leave the tables of many fits in memory.
@pytest.mark.parametrize("settings", [{"n_members": 12}, {"n_members": 1}, {"sampler": "over"}, {"learning_rate": 1e6}])
@pytest.mark.usefixtures("_without_collector")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_fit_leaves_no_table_to_the_collector_of_cycles(settings):
    threads = set(threading.enumerate())
    of_others = tables()  # a network of another test may still be somebody's
    RobustMLPClassifier((4,), max_iter=3, random_state=0, **settings).fit(*clouds(300))
    for companions in set(threading.enumerate()) - threads:  # told to stop, they do after the epoch that they are in
        companions.join(timeout=60)
    assert [held for held in tables() if not any(held is other for other in of_others)] == []


@_on_glibc
def test_freed_memory_leaves_the_process():
    found = subprocess.run([sys.executable, "-c", IN_A_FRESH_PROCESS], capture_output=True, text=True, check=True)
    assert float(found.stdout) > 32


@_on_glibc
@pytest.mark.usefixtures("_long_ago")
def test_not_twice_in_a_moment():
    assert give_back()
    assert not give_back()


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(freed_memory.sys, "platform", "darwin")
    assert not give_back()


def test_a_function_whose_kernels_are_forgotten_answers_as_before():
    import tensorflow as tf

    double = tf.function(lambda x: 2 * x)
    assert float(double(tf.constant(1.5))) == 3
    assert forget_kernels()
    assert float(double(tf.constant(1.5))) == 3


def test_without_tensorflow_there_are_no_kernels(monkeypatch):
    monkeypatch.delitem(sys.modules, "tensorflow.python.eager.context", raising=False)
    assert not forget_kernels()
