"""Notices that this process is a copy of one in which TensorFlow had started: training in such a copy waits forever.

Forking copies a process's memory and one of its threads. TensorFlow's threads stay behind, and whoever hands them work
in the copy is never answered."""

import os
import sys

_tensorflow_stayed_behind = False


def check_not_forked():
    """To be called before anything that runs TensorFlow.

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
    # No public name says whether TensorFlow started without starting it. Importing alone starts no thread.
    module = sys.modules.get("tensorflow.python.eager.context")
    context = getattr(module, "_context", None)
    if getattr(context, "_context_handle", None) is not None:
        _tensorflow_stayed_behind = True


if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
    os.register_at_fork(after_in_child=_note)
