"""TensorFlow comes up in silence, with the threads that the process may have, and with the backend that is needed."""

import os
import subprocess
import sys

import pytest

from robust_mlp._network.graph.tensorflow_startup import _keep_to_thread_limit, load, quiet_standard_error

THREAD_VARIABLES = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Threads:
    """In place of `tensorflow.config.threading`."""

    def __init__(self, intra=0, inter=0, has_started=False):
        self.counts, self.has_started = {"intra": intra, "inter": inter}, has_started

    def get_intra_op_parallelism_threads(self):
        return self.counts["intra"]

    def get_inter_op_parallelism_threads(self):
        return self.counts["inter"]

    def set_intra_op_parallelism_threads(self, n):
        self._set("intra", n)

    def set_inter_op_parallelism_threads(self, n):
        self._set("inter", n)

    def _set(self, which, n):
        if self.has_started:
            raise RuntimeError("Intra op parallelism cannot be modified after initialization.")
        self.counts[which] = n


@pytest.mark.parametrize(
    "environment, given, expected",
    [
        ({}, (0, 0), (0, 0)),
        ({"OMP_NUM_THREADS": "3"}, (0, 0), (3, 3)),
        ({"OMP_NUM_THREADS": "0"}, (0, 0), (0, 0)),
        ({"OMP_NUM_THREADS": "4,2"}, (0, 0), (0, 0)),  # OpenMP's own form for nested loops
        ({"OMP_NUM_THREADS": "3"}, (5, 0), (5, 3)),
        ({"OMP_NUM_THREADS": "3", "TF_NUM_INTRAOP_THREADS": "7"}, (0, 0), (0, 3)),
        ({"OMP_NUM_THREADS": "3", "TF_NUM_INTEROP_THREADS": "7"}, (0, 0), (3, 0)),
    ],
    ids=str,
)
def test_a_limit_of_the_process_is_handed_on_unless_the_user_set_another(environment, given, expected, monkeypatch):
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    threads = Threads(*given)
    _keep_to_thread_limit(threads)
    assert tuple(threads.counts.values()) == expected


def test_a_tensorflow_that_runs_keeps_its_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    threads = Threads(has_started=True)
    _keep_to_thread_limit(threads)
    assert tuple(threads.counts.values()) == (0, 0)


def test_what_goes_to_the_descriptor_is_kept_away(capfd):
    with quiet_standard_error():
        os.write(2, b"start-up line\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_it_is_shown_after_all_where_the_body_fails(capfd):
    with pytest.raises(ImportError), quiet_standard_error():
        os.write(2, b"why it failed\n")
        raise ImportError
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "why it failed\nafterwards\n"


def test_a_process_without_standard_error_goes_on(monkeypatch):
    def no_descriptor(number):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", no_descriptor)
    done = []
    with quiet_standard_error():
        done.append(1)
    assert done == [1]


def test_no_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for _ in range(20):
        with quiet_standard_error():
            pass
    after = len(os.listdir("/proc/self/fd")) if before is not None else None
    assert after == before


def test_it_comes_up_without_a_word_and_leaves_the_environment_alone():
    script = (
        "import os; before = dict(os.environ)\n"
        "from robust_mlp._network.graph import tensorflow_startup\n"
        "tensorflow_startup.load(); tensorflow_startup.load()\n"
        "from tensorflow.python.eager import context\n"
        "assert getattr(context._context, '_context_handle', None) is None\n"
        "tensorflow_startup.start(); tensorflow_startup.start()\n"
        "import tensorflow as tf; assert tf.config.threading.get_intra_op_parallelism_threads() == 1\n"
        "after = dict(os.environ)\n"
        "print({name: value for name, value in after.items() if before.get(name) != value})\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment |= {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    assert done.stdout == "{}\n"


def test_a_second_call_does_nothing(monkeypatch):
    load()
    monkeypatch.setitem(sys.modules, "keras", None)  # an import of it would fail
    load()
