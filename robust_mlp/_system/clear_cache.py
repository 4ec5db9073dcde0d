"""`clear_cache`: empties the cache of traced networks, without an import of TensorFlow."""

import sys


def clear_cache():
    """Delete the traced networks of earlier fits and free their memory.

    A traced network lets the next fit of the same kind start at once. Results do not depend on it.

    Examples
    --------
    >>> import robust_mlp
    >>> robust_mlp.clear_cache()
    """
    cache = sys.modules.get("robust_mlp._network.engine_cache")
    if cache is not None:  # else no network was ever trained in this process
        cache.clear()
