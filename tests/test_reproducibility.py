"""One seed, one result: the same bits in every process with as many threads. And the process is left as it was."""

import os
import random
import subprocess
import sys
import threading

import joblib
import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from tensorflow.python.framework import config as tensorflow_config

from robust_mlp import RobustMLPClassifier
from tests.tiny_fits import clouds, tiny

X, Y = clouds()
# Every source of chance at once: members, split, dropout, order of rows.
CHANCY = {"n_members": 3, "dropout": 0.3, "input_dropout": 0.1, "early_stopping": True, "batch_size": 16}

FRESH = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from tests.tiny_fits import clouds, tiny
X, Y = clouds()
print(hashlib.sha256(tiny(**{chancy!r}).fit(X, Y).predict_proba(X).tobytes()).hexdigest())
"""


def bits(**parameters):
    """Probabilities of a new fit with every source of chance."""
    return tiny(**(CHANCY | parameters)).fit(X, Y).predict_proba(X)


def digest(array):
    import hashlib

    return hashlib.sha256(array.tobytes()).hexdigest()


def test_the_same_seed_gives_the_same_bits():
    assert np.array_equal(bits(), bits())


def test_another_seed_gives_others():
    assert not np.array_equal(bits(), bits(random_state=1))


def test_no_seed_gives_others_each_time():
    assert not np.array_equal(bits(random_state=None), bits(random_state=None))


def test_a_generator_gives_the_same_bits_from_the_same_state_and_then_moves_on():
    rng = np.random.RandomState(0)
    first, second = bits(random_state=rng), bits(random_state=rng)
    assert np.array_equal(first, bits(random_state=np.random.RandomState(0)))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("seed", [np.int32(3), np.int64(3), np.uint32(3)])
def test_a_seed_of_any_integer_type_is_the_same_seed(seed):
    assert np.array_equal(bits(random_state=seed), bits(random_state=3))


@pytest.mark.parametrize("parameter, value", [("dropout", 0.6), ("batch_norm", True), ("optimizer", "sgd")])
def test_each_network_repeats_its_bits(parameter, value):
    assert np.array_equal(bits(**{parameter: value}), bits(**{parameter: value}))


def test_the_guard_repeats_its_bits():
    def guarded():
        return RobustMLPClassifier((8,), max_iter=12, learning_rate=0.03, random_state=0).fit(X, Y)

    first, second = guarded(), guarded()
    assert np.array_equal(first.predict_proba(X), second.predict_proba(X))
    assert first.report_.verdict is second.report_.verdict


def test_fresh_processes_give_the_same_bits():
    script = FRESH.format(tests=os.path.dirname(__file__), chancy=CHANCY)
    environment = os.environ | {"PYTHONHASHSEED": "5", "TF_CPP_MIN_LOG_LEVEL": "3"}
    root = os.path.dirname(os.path.dirname(__file__))
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == [digest(bits())]


def test_two_workers_give_the_same_bits():
    """As each other; and as this process, if they have as many threads. By default they share the cores."""

    def in_workers():
        return joblib.Parallel(n_jobs=2)(joblib.delayed(digest_of_a_fit)(CHANCY) for _ in range(2))

    first, second = in_workers()
    assert first == second
    with joblib.parallel_config("loky", inner_max_num_threads=joblib.cpu_count()):
        assert in_workers() == [digest(bits())] * 2


THREADS_OF_TENSORFLOW = """
import numpy as np
{before}
from robust_mlp import RobustMLPClassifier
X = np.random.default_rng(0).normal(size=(60, 3))
RobustMLPClassifier((4,), max_iter=2).fit(X, X[:, 0] > 0)
import tensorflow as tf
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
"""


@pytest.mark.parametrize(
    ("before", "environment", "expected"),
    [
        ("", {}, "0 0"),
        ("", {"OMP_NUM_THREADS": "1"}, "1 1"),
        ("", {"OMP_NUM_THREADS": "3"}, "3 3"),
        ("", {"OMP_NUM_THREADS": "4,2"}, "0 0"),
        ("", {"OMP_NUM_THREADS": "0"}, "0 0"),
        ("", {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "2"}, "0 1"),
        (
            "import tensorflow as tf; tf.config.threading.set_inter_op_parallelism_threads(2)",
            {"OMP_NUM_THREADS": "1"},
            "1 2",
        ),
        ("import tensorflow as tf; tf.zeros(3)", {"OMP_NUM_THREADS": "1"}, "0 0"),
    ],
    ids=["no limit", "one", "three", "nested", "none", "TensorFlow's own variable", "the user's setting", "running"],
)
def test_tensorflow_keeps_to_the_limit_of_threads(before, environment, expected):
    limits = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    rest = {name: value for name, value in os.environ.items() if name not in limits}
    found = subprocess.run(
        [sys.executable, "-c", THREADS_OF_TENSORFLOW.format(before=before)],
        env=rest | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == expected


def threads_of_a_worker():
    """What a worker of the test below runs."""
    tiny(max_iter=2).fit(X, Y)
    return tf.config.threading.get_intra_op_parallelism_threads()


def test_workers_of_joblib_share_the_cores():
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        found = joblib.Parallel(n_jobs=2)(joblib.delayed(threads_of_a_worker)() for _ in range(2))
    assert found == [1, 1]


def digest_of_a_fit(parameters):
    """What a worker of the test above runs."""
    return digest(tiny(**parameters).fit(X, Y).predict_proba(X))


def test_four_threads_give_the_same_bits():
    found = [None] * 4

    def run(i):
        found[i] = bits(random_state=i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[i], bits(random_state=i)) for i in range(4))


@pytest.mark.parametrize(
    "before",
    [
        lambda: tiny(hidden_layer_sizes=(5, 5), max_iter=2).fit(X, Y),
        lambda: tiny(**CHANCY | {"max_iter": 9, "random_state": 4}).fit(X, Y),
        lambda: tiny(**CHANCY).fit(X[:50], Y[:50]),
        lambda: keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)]).predict(X, verbose=0),
        lambda: tf.random.normal((10,)),
        lambda: (np.random.rand(10), random.random()),
        lambda: keras.utils.set_random_seed(11),
    ],
    ids=[
        "another network",
        "the same network",
        "fewer rows",
        "Keras",
        "TensorFlow",
        "NumPy and Python",
        "a global seed",
    ],
)
def test_whatever_ran_before_does_not_matter(before):
    expected = bits()
    before()
    assert np.array_equal(bits(), expected)


def test_a_fitted_classifier_is_not_touched_by_later_fits():
    fitted = tiny().fit(X, Y)
    expected = fitted.predict_proba(X)
    tiny(random_state=5).fit(X + 1, Y)
    assert np.array_equal(fitted.predict_proba(X), expected)


def test_fitting_the_same_object_again_gives_the_same_bits():
    estimator = tiny(**CHANCY)
    assert np.array_equal(estimator.fit(X, Y).predict_proba(X), estimator.fit(X, Y).predict_proba(X))


def test_a_clone_gives_the_same_bits():
    estimator = tiny(**CHANCY)
    assert np.array_equal(clone(estimator).fit(X, Y).predict_proba(X), estimator.fit(X, Y).predict_proba(X))


# What is not ours is left alone


def test_the_generator_of_numpy_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    bits()
    assert np.array_equal(np.random.get_state()[1], before)


def test_the_generator_of_python_is_left_alone():
    random.seed(0)
    before = random.getstate()
    bits()
    assert random.getstate() == before


def test_the_generator_of_tensorflow_is_left_alone():
    tf.random.set_seed(0)
    expected = tf.random.uniform((5,)).numpy()
    tf.random.set_seed(0)
    bits()
    assert np.array_equal(tf.random.uniform((5,)).numpy(), expected)


def test_the_generator_of_keras_is_left_alone():
    from keras.src.random.seed_generator import global_seed_generator  # older versions of Keras do not seed it anew

    keras.utils.set_random_seed(0)
    before = np.array(global_seed_generator().state)
    bits()
    assert np.array_equal(np.array(global_seed_generator().state), before)
    keras.random.uniform((5,))
    assert not np.array_equal(np.array(global_seed_generator().state), before)  # it is the one that is drawn from


@pytest.mark.parametrize(
    "setting",
    [
        keras.config.floatx,
        keras.config.epsilon,
        keras.config.image_data_format,
        keras.config.dtype_policy,
        tf.config.functions_run_eagerly,
        tf.config.optimizer.get_jit,
        tf.config.optimizer.get_experimental_options,
        tf.config.threading.get_intra_op_parallelism_threads,
        tf.config.threading.get_inter_op_parallelism_threads,
        tf.config.experimental.tensor_float_32_execution_enabled,
        tf.executing_eagerly,
        lambda: dict(os.environ),
        lambda: list(__import__("warnings").filters),
        np.geterr,
        np.get_printoptions,
        lambda: keras.Model.__reduce__,
    ],
    ids=lambda s: getattr(s, "__name__", "setting"),
)
def test_settings_of_the_process_are_left_alone(setting):
    before = setting()
    tiny(**CHANCY, collapse_guard="repair").fit(X, Y).predict_proba(X)
    assert setting() == before


def test_determinism_is_not_switched_on_for_the_whole_process():
    bits()
    assert not tensorflow_config.is_op_determinism_enabled()


def test_a_global_dtype_policy_of_the_users_does_not_change_the_bits():
    expected = bits()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = tiny(**CHANCY, activation="tanh").fit(X, Y)
        assert np.isfinite(found.predict_proba(X)).all()
        assert np.array_equal(bits(), expected)
    finally:
        keras.config.set_dtype_policy("float32")
