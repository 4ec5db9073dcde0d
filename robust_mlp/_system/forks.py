"""Detects that this process was forked after TensorFlow had started. Training in such a process would wait for ever.

A fork copies the memory of a process and one of its threads. TensorFlow's threads are not copied, so their work is
never done in the new process."""

import os
import sys

_tensorflow_stayed_behind = False


def check_not_forked():
    """Raise an error in such a process. Call this before anything that runs TensorFlow.

    Raises
    ------
    RuntimeError
        If TensorFlow had started before this process was forked.
    """
    if _tensorflow_stayed_behind:
        raise RuntimeError(
            "This process was forked from one in which TensorFlow had started. TensorFlow's threads are not copied, "
            "and training here would wait for them forever. Train in new processes: by joblib's own default backend "
            "(n_jobs=2 without backend='multiprocessing'), or by multiprocessing.get_context('spawn'). A fitted "
            "RobustMLPClassifier predicts in forked processes, too."
        )


def _note():
    global _tensorflow_stayed_behind
    # No public function tells whether TensorFlow started without starting it. The import alone starts no thread.
    module = sys.modules.get("tensorflow.python.eager.context")
    context = getattr(module, "_context", None)
    if getattr(context, "_context_handle", None) is not None:
        _tensorflow_stayed_behind = True


if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_note)
