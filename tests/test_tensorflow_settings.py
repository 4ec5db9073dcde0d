"""What a user set for the whole process does not break a fit. Each group of settings in a process of its own."""

import os
import subprocess
import sys

import pytest

# Everything that trains or looks at a network, once, on a small table.
USE = """
import sys, warnings
import numpy as np
from sklearn.datasets import make_classification
from robust_mlp import CollapseGuard, GuardedKerasClassifier, RobustMLPClassifier, diagnose, inspect_model
{before}
import keras
import tensorflow as tf
{setting}
X, y = make_classification(400, 6, n_informative=4, class_sep=2.0, random_state=0)
X = X.astype({dtype!r})

def network():
    layers = [keras.layers.Dense(16, "relu"), keras.layers.BatchNormalization(momentum=0.5)]
    model = keras.Sequential([keras.Input((6,)), *layers, keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model

own = GuardedKerasClassifier(network, epochs=8, random_state=0).fit(X, y)
assert own.report_.verdict in ("HEALTHY", "REPAIRED"), own.report_
assert np.isfinite(own.predict_proba(X)).all() and own.score(X, y) > 0.8
assert own.partial_fit(X, y).score(X, y) > 0.8
ours = RobustMLPClassifier((8,), max_iter=100, n_members=2, random_state=0).fit(X, y)
assert ours.predict_proba(X).dtype == np.float64 and ours.score(X, y) > 0.8
RobustMLPClassifier((8,), max_iter=100, n_members=1, early_stopping=False, random_state=0).fit(X, y)
model, guard = network(), CollapseGuard()
model.fit(X, y, epochs=8, verbose=0, callbacks=[guard])
assert guard.report_.verdict == "HEALTHY", guard.report_
assert [finding.code for finding in inspect_model(model, X, y).errors] == []
found = diagnose(model, X, y)
assert found.verdict == "HEALTHY", found
{after}
print("used")
"""
RUNTIME = """
from tensorflow.python.eager import context
assert getattr(context._context, "_context_handle", None) is None, "the import started TensorFlow's runtime"
"""
TWO_DEVICES = """
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
tf.config.threading.set_inter_op_parallelism_threads(2)
tf.config.set_soft_device_placement(False)
"""
# A device that the user chose is not the engine's.
ON_CPU = """
from robust_mlp._network import engine_cache
assert len(tf.config.list_logical_devices("CPU")) == 2
engine_cache.clear()
with tf.device("/device:CPU:1"):
    again = RobustMLPClassifier((8,), max_iter=100, n_members=2, random_state=0).fit(X, y)
    devices = {variable.value.device for engine in engine_cache.cache.idle() for variable in engine._best}
assert {device.rpartition("/")[2] for device in devices} == {"device:CPU:0"}, devices
np.testing.assert_array_equal(again.predict_proba(X), ours.predict_proba(X))
"""
# Refuses what a strict system refuses: shared memory, and writing below the home folder.
STRICT = """
def refuse(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path, mode = arguments[0], str(arguments[1])
        if path.startswith("/dev/shm") or (path.startswith(os.environ["HOME"]) and set(mode) & set("wax+")):
            raise PermissionError(path)

import os
sys.addaudithook(refuse)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
np.seterr(all="raise")
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning, module="(?!robust_mlp)")
"""
CASES = {
    "devices and threads set after the import, deterministic operations": {
        "before": RUNTIME,
        "setting": TWO_DEVICES + "tf.config.experimental.enable_op_determinism(); keras.utils.set_random_seed(0)",
        "after": ON_CPU,
    },
    "a strict system, floating-point errors and warnings as errors": {
        "before": STRICT,
        "after": "assert np.geterr()['under'] == 'raise'",
        "environment": {"OMP_NUM_THREADS": "64", "PYTHONHASHSEED": "12345", "HOME": "/nonexistent/home"},
    },
    "mixed precision": {
        "setting": "keras.config.set_dtype_policy('mixed_float16')",
        "after": "assert keras.config.dtype_policy().name == 'mixed_float16'",
    },
    "float64": {
        "setting": "keras.config.set_floatx('float64')",
        "after": "assert keras.config.floatx() == 'float64'",
        "dtype": "float64",
    },
    "numbers are checked": {"setting": "tf.debugging.enable_check_numerics()"},
}


@pytest.mark.parametrize("case", CASES)
def test_everything_works_under_settings_of_the_user(case):
    parts = {"before": "", "setting": "", "after": "", "dtype": "float32", **CASES[case]}
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | parts.pop("environment", {})
    ended = subprocess.run(
        [sys.executable, "-c", USE.format(**parts)], capture_output=True, text=True, env=environment, timeout=600
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "used\n"


# Where a training would make other variables than it reads: what was called, and what the error names.
CONTEXTS = {
    "with tf.Graph().as_default():": "tf.Graph",
    "with tf.distribute.MirroredStrategy(['CPU:0']).scope():": "scope of a MirroredStrategy",
    "tf.compat.v1.disable_eager_execution()\nif True:": "disable_eager_execution",
}
WITHIN = """
import tensorflow as tf, keras, numpy as np
from robust_mlp import GuardedKerasClassifier, RobustMLPClassifier
X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2

def network():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model

{context}
    for clf in (RobustMLPClassifier((4,), n_members=1, max_iter=2), GuardedKerasClassifier(network)):
        try:
            clf.fit(X, y)
        except RuntimeError as error:
            assert {said!r} in str(error) and "Call fit" in str(error), error
        else:
            raise AssertionError("not refused")
print("refused")
"""


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_fit_within_a_graph_or_a_strategy_says_where_to_call_it(context):
    program = WITHIN.format(context=context, said=CONTEXTS[context])
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=600
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "refused\n"
