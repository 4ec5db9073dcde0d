"""Python's and NumPy's global generators, borrowed while a user's function builds its network, and given back.

Keras takes the seeds of layers from Python's global generator when they are made; nothing else is touched."""

import random
import threading
from contextlib import contextmanager

import numpy as np

_lock = threading.RLock()


@contextmanager
def seeded(seed):
    """Run the body with both generators seeded; afterwards, and when it raises, they are as before.

    Parameters
    ----------
    seed : int or None
        None seeds nothing.
    """
    if seed is None:
        yield
        return
    with _lock:
        state, numpy_state = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)
