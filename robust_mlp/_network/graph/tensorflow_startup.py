"""The import of TensorFlow and Keras, and the start of TensorFlow's runtime at the first training, without messages.

The import starts nothing: until a network is made, the user may still set threads and devices with `tf.config`.
Changes no environment variable and no log level. Sets TensorFlow's thread count only if the user or joblib limited the
threads of the process in a way that TensorFlow does not read."""

import contextlib
import os
import re
import sys
import tempfile
import threading

from robust_mlp._system.missing_packages import check_installed

_lock = threading.Lock()
_ready = False
_started = False


# How TensorFlow, XLA and Abseil begin a line of their log, and the lines that they write without this.
_LOG_LINE = re.compile(
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|[IWE]\d{4} \d\d:\d\d:\d+\.\d+ +\d+ \S+:\d+\] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions: "
)


@contextlib.contextmanager
def quiet_standard_error():
    """Keep the log of TensorFlow's C++ code from file descriptor 2. If the body raises, it is printed after all.

    TensorFlow writes start-up lines to the descriptor before it reads any Python or environment setting. So only a
    redirected descriptor hides them. All lines go to a temporary file meanwhile. What else was written, by other
    threads for example, is printed at the end: no line of it is lost, but lines written at that moment may come first.
    """
    try:
        saved = os.dup(2)
    except OSError:  # the process has no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as scratch:
        sys.stderr is not None and sys.stderr.flush()
        os.dup2(scratch.fileno(), 2)
        is_shown = False
        try:
            yield
        except Exception:  # an interrupt needs no explanation by TensorFlow
            is_shown = True
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            scratch.seek(0)
            lines = scratch.read().splitlines(keepends=True)
            _write(b"".join(line for line in lines if is_shown or not _LOG_LINE.match(line)))


def _write(text):
    """Write all of a text to file descriptor 2, which may take less at once."""
    while text:
        text = text[os.write(2, text) :]


def _keep_to_thread_limit(threads):
    """Limit TensorFlow to OMP_NUM_THREADS threads, unless its thread counts are already set.

    joblib sets this variable in its worker processes, so that all workers together use as many threads as there are
    cores. TensorFlow does not read it: each worker would use a thread for each core.

    Parameters
    ----------
    threads : module
        `tensorflow.config.threading`.
    """
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if not limit.isdecimal() or int(limit) == 0:
        return
    with contextlib.suppress(RuntimeError):  # TensorFlow ran before and has its threads already
        if "TF_NUM_INTRAOP_THREADS" not in os.environ and threads.get_intra_op_parallelism_threads() == 0:
            threads.set_intra_op_parallelism_threads(int(limit))
        if "TF_NUM_INTEROP_THREADS" not in os.environ and threads.get_inter_op_parallelism_threads() == 0:
            threads.set_inter_op_parallelism_threads(int(limit))


def _is_ready():
    return _ready


def _is_started():
    return _started


def start():
    """Start TensorFlow's runtime, once per process: call this before the first network is made.

    Raises
    ------
    ValueError
        If Keras was set to another backend than TensorFlow.
    """
    global _started
    load()
    if _started:
        return
    with _lock:
        if _is_started():  # another thread was quicker
            return
        import tensorflow as tf

        with quiet_standard_error():
            _keep_to_thread_limit(tf.config.threading)
            tf.zeros(()).numpy()  # the first operation searches for devices and prints messages
        _started = True


def check_context():
    """Raise where variables would not be what a training makes of them.

    Raises
    ------
    RuntimeError
        Within a graph or a distribution strategy of the user's own.
    """
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise RuntimeError(
            "TensorFlow does not run eagerly here: fit was called within a tf.Graph or a tf.function, or after "
            "tf.compat.v1.disable_eager_execution(). Call fit outside of them, in a process that runs eagerly."
        )
    if tf.distribute.has_strategy():
        name = type(tf.distribute.get_strategy()).__name__
        raise RuntimeError(
            f"fit was called within the scope of a {name}, which shares variables among devices, and networks are "
            "trained on one CPU here. Call fit after the block 'with strategy.scope():'."
        )


def on_cpu():
    """A context in which TensorFlow puts everything on the first CPU device, whatever other devices it sees.

    The engine is made for small networks, which a GPU does not make faster, and the same fit gives the same bits.
    """
    import tensorflow as tf

    return tf.device("/device:CPU:0")


def load():
    """Import Keras on TensorFlow, once per process. Starts no thread and no runtime.

    Raises
    ------
    MissingPackageError
        If one of them is not installed.
    ValueError
        If Keras was set to another backend than TensorFlow.
    """
    global _ready
    if _ready:
        return
    with _lock:
        if _is_ready():  # another thread was quicker
            return
        check_installed("A network of Keras", "keras", "tensorflow")
        with quiet_standard_error():
            import keras
            import tensorflow  # noqa: F401  (Keras imports it on demand; its messages would come later)

            backend = keras.backend.backend()
        if backend != "tensorflow":
            raise ValueError(
                f"Keras runs on the {backend!r} backend here, and robust_mlp trains on 'tensorflow' only. "
                "Set the environment variable KERAS_BACKEND=tensorflow before Keras is first imported "
                '(or "backend": "tensorflow" in the keras.json file).'
            )
        _ready = True
