"""`clear_cache`: the public way to empty the cache of traced networks without importing TensorFlow for it."""

import sys


def clear_cache():
    """Forget the traced networks of earlier fits, and give their memory back.

    They make the next fit of the same kind start at once; nothing but time depends on them.

    Examples
    --------
    >>> import robust_mlp
    >>> robust_mlp.clear_cache()
    """
    cache = sys.modules.get("robust_mlp._network.engine_cache")
    if cache is not None:  # else no network was ever trained in this process
        cache.clear()
