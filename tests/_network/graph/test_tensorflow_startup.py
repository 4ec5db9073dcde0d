"""TensorFlow comes up in silence, with the threads that the process may have, and with the backend that is needed."""

import os
import subprocess
import sys
import threading

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


LOG = [
    b"2026-01-02 03:04:05.678901: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.\n",
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow with the flags.\n",
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"E0000 00:00:1700000000.123456   12345 cuda_dnn.cc:8579] Unable to register cuDNN factory\n",
    b"I0102 03:04:05.678901   12345 service.cc:163] XLA service initialized\n",
]


def test_the_log_of_tensorflow_is_kept_away(capfd):
    with quiet_standard_error():
        for line in LOG:
            os.write(2, line)
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_no_line_that_others_write_is_lost(capfd):
    n_lines, is_over = 0, threading.Event()

    def write():
        nonlocal n_lines
        while not is_over.is_set() or n_lines < 100:
            os.write(2, b"line %d of another thread\n" % n_lines)
            n_lines += 1

    writer = threading.Thread(target=write)
    writer.start()
    for line in LOG * 20:
        with quiet_standard_error():
            os.write(2, line)
    is_over.set()
    writer.join()
    # a line written while the kept ones are printed may come before them
    lines = sorted(capfd.readouterr().err.splitlines(), key=lambda line: int(line.split()[1]))
    assert lines == [f"line {i} of another thread" for i in range(n_lines)]


def test_an_interrupt_keeps_what_others_wrote(capfd):
    with pytest.raises(KeyboardInterrupt), quiet_standard_error():
        os.write(2, LOG[0] + b"last words")
        raise KeyboardInterrupt
    assert capfd.readouterr().err == "last words"


def test_it_is_shown_after_all_where_the_body_fails(capfd):
    with pytest.raises(ImportError), quiet_standard_error():
        os.write(2, LOG[0] + b"why it failed\n")
        raise ImportError
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == LOG[0].decode() + "why it failed\nafterwards\n"


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
