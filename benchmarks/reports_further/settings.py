"""Settings of a whole process, each in a process of its own."""

from benchmarks.reports_further.cases import case, in_a_process

FIT = """
import numpy as np
from sklearn.datasets import load_iris
from robust_mlp import RobustMLPClassifier
X, y = load_iris(return_X_y=True)
clf = RobustMLPClassifier(max_iter=30, n_members=2, random_state=0)
"""
CHECK = """
assert clf.score(X, y) > .9, clf.score(X, y)
"""
NETWORK = """
import keras
from robust_mlp.keras_classifier import GuardedKerasClassifier
def network():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.Adam(.02), "sparse_categorical_crossentropy")
    return model
own = GuardedKerasClassifier(network, epochs=20, random_state=0)
"""


def run(*parts, **how):
    """Run parts of a program, one after the other."""
    in_a_process("\n".join(parts), **how)


def fit_after(setting):
    """A fit on iris after a line of settings."""
    run(
        "import warnings; warnings.simplefilter('ignore')\nimport numpy as np, os", setting, FIT, "clf.fit(X, y)", CHECK
    )


@case
def without_docstrings_and_asserts():
    use = """
clf.fit(X, y); own.fit(X, y)
if clf.score(X, y) < .9 or own.score(X, y) < .9: raise SystemExit('bad')
import robust_mlp
robust_mlp.explain(clf, X, y, random_state=0); repr(clf); clf._repr_html_(); str(clf.report_)
"""
    run(FIT, NETWORK, use, options=["-OO"])


@case
def a_terminal_of_ascii():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:backslashreplace"}
    names = r"names = np.array(['gr\xf6\xdfe', '\u6f22\u5b57', 'ok'])[y]"
    use = """
print(clf.fit(X, names).report_); print(clf)
from robust_mlp import explain
print(explain(clf, X, names, random_state=0))
"""
    run(FIT, names, use, environment=ascii_only)
    plain = ascii_only | {"PYTHONIOENCODING": "ascii"}
    run(FIT, "clf.set_params(verbose=2).fit(X, y); print(clf.report_)", environment=plain)


# Where a fit cannot work, it says where to call it.
SAYS = """
try:
    assert fit(X, y).score(X, y) > .9
except (ValueError, TypeError, RuntimeError) as error:
    assert "Call fit" in str(error), error
"""


@case
def eager_execution_is_off():
    run("import tensorflow as tf; tf.compat.v1.disable_eager_execution()", FIT, "fit = clf.fit", SAYS)


@case
def within_a_graph_of_the_user():
    run(FIT, "import tensorflow as tf; tf.Graph().as_default().__enter__(); fit = clf.fit", SAYS)


@case
def own_network_within_a_graph_of_the_user():
    run(FIT, NETWORK, "import tensorflow as tf; tf.Graph().as_default().__enter__(); fit = own.fit", SAYS)


@case
def within_a_strategy_of_the_user():
    enter = "import tensorflow as tf; tf.distribute.MirroredStrategy(['CPU:0']).scope().__enter__()"
    run(FIT, NETWORK, enter, "fit = clf.fit", SAYS, "fit = own.fit", SAYS)


@case
def scikit_learn_looks_at_no_values():
    use = """
bad = X.copy(); bad[3, 2] = np.inf
many = np.repeat(bad, 30, axis=0)
weights, labels = np.where(y == 1, np.nan, 1.0), np.where(y == 1, np.nan, y)
fits = (lambda: clf.fit(bad, y), lambda: clf.fit(X, y).predict(many), lambda: clf.fit(X, y, weights))
for use in (*fits, lambda: clf.fit(X, labels)):
    try:
        use()
    except ValueError as error:
        assert "infinity" in str(error) or "NaN" in str(error), error
    else:
        raise SystemExit("infinity or NaN was not refused")
assert np.isfinite(clf.fit(X, y).predict_proba(X)).all()
"""
    run("import sklearn; sklearn.set_config(assume_finite=True)", FIT, use, CHECK)


@case
def numbers_printed_as_of_old():
    use = """
np.set_printoptions(legacy="1.13", precision=2, threshold=3)
names = np.array(["a", "b", "c"])[y]
assert "np." not in str(clf.fit(X, names).report_)
clf._repr_html_()
assert clf.score(X, names) > .9
"""
    run(FIT, use)


@case
def unclosed_files_and_bytes_are_errors():
    use = """
import gc, io, os, sys, tempfile, warnings
from robust_mlp import load_model
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning, module="(?!robust_mlp)")
leaks = []
sys.unraisablehook = lambda problem: leaks.append(problem.exc_value)
folder = tempfile.mkdtemp()
for fitted, name in ((clf.fit(X, y), "m"), (own.fit(X, y), "o")):
    path = os.path.join(folder, name + ".rmlp")
    fitted.save_model(path)
    load_model(path).predict(X)
gc.collect()
assert not leaks, leaks
"""
    run(FIT, NETWORK, use, CHECK, options=["-b", "-X", "dev"])


@case
def sessions_cleared_in_between():
    use = """
clf.fit(X, y); own.fit(X, y); clf.model_
keras.utils.clear_session()
before = clf.predict_proba(X), own.predict_proba(X)
clf.partial_fit(X, y); own.partial_fit(X, y)
keras.backend.clear_session(free_memory=True)
clf.model_.predict(np.zeros((1, clf.model_.input_shape[1])), verbose=0)
clf.fit(X, y); own.fit(X, y)
assert np.array_equal(clf.predict_proba(X), before[0])
assert own.score(X, y) > .9
"""
    run(FIT, NETWORK, use, CHECK)


@case
def another_smallest_number_of_keras():
    fit_after("import keras; keras.config.set_epsilon(1e-2); keras.config.set_dtype_policy('float16')")


@case
def nothing_is_printed():
    quiet = {"output": "", "environment": {"TF_CPP_MIN_LOG_LEVEL": "", "TF_ENABLE_ONEDNN_OPTS": ""}}
    use = "clf.fit(X, y); clf.predict(X); clf.partial_fit(X, y)"
    run(FIT, use, NETWORK, "own.fit(X, y); own.predict(X)", **quiet)


@case
def logging_of_everything():
    fit_after("import logging; logging.basicConfig(level=logging.DEBUG); logging.captureWarnings(True)")


@case
def in_a_thread_of_an_event_loop():
    use = """
import asyncio
from sklearn.base import clone
async def main():
    return await asyncio.gather(*(asyncio.to_thread(clone(clf).fit, X, y) for _ in range(3)))
fits = asyncio.run(main())
assert all(np.array_equal(f.predict_proba(X), fits[0].predict_proba(X)) for f in fits)
clf = fits[0]
"""
    run(FIT, use, CHECK)


@case
def no_place_for_temporary_files():
    nowhere = """
import os, tempfile
folder = tempfile.mkdtemp(); os.chdir(folder); os.rmdir(folder)
os.environ["TMPDIR"] = os.environ["HOME"] = "/nonexistent"
tempfile.tempdir = "/nonexistent"
"""
    use = "import pickle; clf.fit(X, y); own.fit(X, y); pickle.loads(pickle.dumps(own)).predict(X)"
    run(nowhere, FIT, NETWORK, use, CHECK)


@case
def arrays_of_the_array_api():
    fit_after("os.environ['SCIPY_ARRAY_API'] = '1'; import sklearn; sklearn.set_config(array_api_dispatch=True)")


@case
def a_locale_with_decimal_commas():
    locale = """
import decimal, locale
for name in ("de_DE.UTF-8", "C.UTF-8"):
    try:
        locale.setlocale(locale.LC_ALL, name); break
    except locale.Error: pass
decimal.getcontext().prec = 3
"""
    run(locale, FIT, "clf.fit(X, y); str(clf.report_)", CHECK)


@case
def a_float64_policy_of_layers():
    use = "clf.fit(X, y); own.fit(X, y); assert own.score(X, y) > .9"
    run("import keras; keras.config.set_dtype_policy('float64')", FIT, NETWORK, use, CHECK)


@case
def eager_functions():
    fit_after("import tensorflow as tf; tf.config.run_functions_eagerly(True)")


@case
def jit_for_everything():
    fit_after("import tensorflow as tf; tf.config.optimizer.set_jit(True)")


@case
def soft_placement_off():
    fit_after("import tensorflow as tf; tf.config.set_soft_device_placement(False)")


@case
def seeds_and_determinism():
    fit_after(
        "import keras, tensorflow as tf; keras.utils.set_random_seed(1); tf.config.experimental.enable_op_determinism()"
    )


@case
def channels_first():
    fit_after("import keras; keras.config.set_image_data_format('channels_first')")


@case
def bfloat16_policy():
    fit_after("import keras; keras.config.set_dtype_policy('mixed_bfloat16')")


@case
def pandas_copy_on_write_and_strings():
    fit_after("import pandas as pd; pd.set_option('future.infer_string', True)")


@case
def scikit_learn_output_and_routing():
    fit_after("import sklearn; sklearn.set_config(transform_output='pandas', enable_metadata_routing=True)")
