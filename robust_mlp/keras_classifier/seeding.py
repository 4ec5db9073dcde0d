"""Seeds Python's and NumPy's global generators while a user's function builds a network, then restores them.

Keras draws the seeds of new layers from Python's global generator. Nothing else changes."""

import random
import threading
from contextlib import contextmanager

import numpy as np

_lock = threading.RLock()


@contextmanager
def seeded(seed):
    """Run the body with both generators seeded. Afterwards, also after an error, their states are restored.

    Parameters
    ----------
    seed : int or None
        None changes nothing.
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
