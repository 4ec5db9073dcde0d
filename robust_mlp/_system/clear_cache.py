"""`clear_cache`: the public way to empty the caches of traced networks without importing TensorFlow for it."""

import gc

from robust_mlp._system import freed_memory, idle_engines


def clear_cache():
    """Forget the traced networks of earlier fits, and free their memory.

    This empties the caches of all classifiers of this package: `RobustMLPClassifier` and `GuardedKerasClassifier`. The
    next fit of each kind traces its network again, which takes a second or so; results stay the same bit for bit.
    Networks that are being trained in other threads are not touched, nor are fitted classifiers.

    Notes
    -----
    A traced network refers to itself, so Python's garbage collector runs once. TensorFlow then drops the kernels that
    it keeps for each graph; graphs of other libraries make theirs again when they are called. What this frees is given
    back to the operating system where the C library is glibc, at most once a second; elsewhere it stays with the
    process, which uses it again.

    Examples
    --------
    >>> import robust_mlp
    >>> robust_mlp.clear_cache()
    """
    idle_engines.clear_all()
    gc.collect()
    freed_memory.forget_kernels()
    freed_memory.give_back()
