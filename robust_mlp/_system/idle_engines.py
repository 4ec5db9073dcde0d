"""`EngineCache`: traced graphs that no fit uses now, kept for the next fit of the same kind.

Knows nothing of what an engine is. Every cache of the process is listed here, so that one call empties them all."""

import contextlib
import gc
import threading
import weakref
from collections import OrderedDict

from robust_mlp._system import freed_memory

# After so many engines were dropped, their memory is freed: they refer to themselves, and TensorFlow keeps two
# megabytes for each. It takes a fraction of a second; to trace as many takes ten times as long.
DROPPED_PER_COLLECTION = 8

# Weak, since a cache that nobody holds any more has nothing to empty.
_caches: weakref.WeakSet = weakref.WeakSet()


class EngineCache:
    """Lends an engine to one fit at a time, and keeps it afterwards for a fit of the same kind.

    An engine holds one fit's variables. Fits that run at the same time in several threads get an engine each.

    Parameters
    ----------
    max_idle : int
        Idle engines that are kept, at least 0. If there are more, those of the kind that was used the longest ago go.

    Examples
    --------
    >>> from robust_mlp._system.idle_engines import EngineCache
    >>> cache = EngineCache(max_idle=2)
    >>> with cache.lend("small network", make=dict) as engine:
    ...     engine["is_traced"] = True
    >>> with cache.lend("small network", make=dict) as engine:
    ...     print(engine)
    {'is_traced': True}
    """

    def __init__(self, max_idle):
        self.max_idle = max_idle
        self._lock = threading.Lock()
        self._n_dropped = 0  # since the last collection
        self._idle = OrderedDict()  # by kind, each with at least one engine; the kind used least recently is first
        _caches.add(self)

    @contextlib.contextmanager
    def lend(self, kind, make):
        """Lend an engine of a kind, and take it back afterwards.

        After an exception it is not taken back: the engine may then be in any state.

        Parameters
        ----------
        kind : hashable or None
            Engines of the same kind are alike. None means that nobody can tell the kind: the engine is made for this
            fit and not kept.
        make : callable
            Without arguments; makes an engine if none of this kind is idle.

        Yields
        ------
        engine : object
        """
        engine = self._take(kind)
        if engine is None:
            engine = make()
        yield engine
        if kind is not None:
            self._take_back(kind, engine)

    def _take(self, kind):
        with self._lock:
            waiting = self._idle.get(kind)
            if waiting is None:
                return None
            engine = waiting.pop()
            if not waiting:
                del self._idle[kind]
            return engine

    def _take_back(self, kind, engine):
        with self._lock:
            self._idle.setdefault(kind, []).append(engine)
            self._idle.move_to_end(kind)
            n_idle = sum(map(len, self._idle.values()))
            while n_idle > self.max_idle:
                oldest, waiting = next(iter(self._idle.items()))
                waiting.pop(0)
                n_idle -= 1
                self._n_dropped += 1
                if not waiting:
                    del self._idle[oldest]
            is_full = self._n_dropped >= DROPPED_PER_COLLECTION
            if is_full:
                self._n_dropped = 0
        if is_full:
            gc.collect()
            freed_memory.forget_kernels()

    def has(self, kind):
        """Whether an engine of a kind is idle."""
        with self._lock:
            return kind in self._idle

    def idle(self):
        """The engines that no fit uses now: list, those of the kind used least recently first."""
        with self._lock:
            return [engine for waiting in self._idle.values() for engine in waiting]

    def clear(self):
        """Forget all idle engines."""
        with self._lock:
            self._idle.clear()


def clear_all():
    """Forget the idle engines of all caches of this process."""
    for cache in list(_caches):
        cache.clear()
