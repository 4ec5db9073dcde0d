"""TensorFlow and Keras, brought up on first use and without their start-up chatter.

Changes no setting of the user's: no environment variable, no log level, and a thread count only where the user or
joblib bounded the threads of the process and TensorFlow would not have looked."""

import contextlib
import os
import sys
import tempfile
import threading

_lock = threading.Lock()
_ready = False


@contextlib.contextmanager
def quiet_standard_error():
    """Send file descriptor 2 to a scratch file; what was written is shown again after an error.

    TensorFlow's C++ side writes start-up lines to the descriptor before any Python or environment
    setting is looked at, so nothing short of the descriptor keeps them out.
    """
    try:
        saved = os.dup(2)
    except OSError:  # the process has no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as scratch:
        sys.stderr is not None and sys.stderr.flush()
        os.dup2(scratch.fileno(), 2)
        try:
            yield
        except Exception:  # an interrupt needs no explanation by TensorFlow
            os.dup2(saved, 2)
            scratch.seek(0)
            os.write(2, scratch.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _keep_to_thread_limit(threads):
    """Give TensorFlow as many threads as OMP_NUM_THREADS allows, if nobody gave it others.

    joblib sets this in its worker processes, so that all of them together have as many as there are cores; TensorFlow
    takes a thread for each core in every one of them.

    Parameters
    ----------
    threads : module
        `tensorflow.config.threading`.
    """
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if not limit.isdecimal() or int(limit) == 0:
        return
    with contextlib.suppress(RuntimeError):  # TensorFlow ran before, and its threads are there
        if "TF_NUM_INTRAOP_THREADS" not in os.environ and threads.get_intra_op_parallelism_threads() == 0:
            threads.set_intra_op_parallelism_threads(int(limit))
        if "TF_NUM_INTEROP_THREADS" not in os.environ and threads.get_inter_op_parallelism_threads() == 0:
            threads.set_inter_op_parallelism_threads(int(limit))


def load():
    """Import Keras on TensorFlow, once per process.

    Raises
    ------
    ValueError
        If Keras was set to another backend than TensorFlow.
    """
    global _ready
    if _ready:
        return
    with _lock:
        if _ready:
            return
        with quiet_standard_error():
            import keras
            import tensorflow as tf

            backend = keras.backend.backend()
            if backend == "tensorflow":
                _keep_to_thread_limit(tf.config.threading)
                tf.zeros(()).numpy()  # the first operation looks for devices, and says so
        if backend != "tensorflow":
            raise ValueError(
                f"Keras runs on the {backend!r} backend here, and robust_mlp trains on 'tensorflow' only. "
                "Set the environment variable KERAS_BACKEND=tensorflow before Keras is first imported "
                '(or "backend": "tensorflow" in the keras.json file).'
            )
        _ready = True
