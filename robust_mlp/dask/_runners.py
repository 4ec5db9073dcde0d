"""Where the tasks of a fit run: on a Dask cluster, or in this process, partition after partition.

A runner calls functions and keeps what partitions were prepared to. It knows nothing of training."""

from concurrent.futures import ThreadPoolExecutor

import dask

from robust_mlp.dask._lost_cluster import losses_named, wait_for

# Of `memory_limit`, the share that prepared partitions may take in this process. What is left is for the one that is
# read beside the training, its encoded rows, and the networks.
SHARE_OF_PREPARED = 0.5


class ClusterRunner:
    """Runs tasks on the workers of a distributed scheduler.

    Parameters
    ----------
    client : distributed.Client

    Attributes
    ----------
    lost : ClusterLost or None
        Why the rounds of a fit ended, where the cluster was lost.
    """

    def __init__(self, client):
        self._client, self.lost = client, None
        self._parts, self._shared = [], {}

    def call(self, function, *arguments):
        """Begin ``function(*arguments)`` on a worker; results of other calls may be arguments."""
        with losses_named(self._client):
            return self._client.submit(function, *arguments, pure=False)

    def share(self, value):
        """A value as an argument for many calls: it is sent to the scheduler once."""
        if id(value) not in self._shared:  # the value is kept, so that no other one gets its id
            self._shared[id(value)] = value, self.call(_same, value)
        return self._shared[id(value)][1]

    def read(self, sources, function, *arguments):
        """Begin ``function(X, y, weights, number, *arguments)`` for each partition: a list of what `results` takes."""
        shared = [self.share(argument) for argument in arguments]
        calls = [source.delayed(function, number, *shared) for number, source in sources]
        with losses_named(self._client):
            return self._client.compute(calls)

    def count(self, sources, function):
        """The same for ``function(y, weights, number)``, which reads no other column."""
        calls = [dask.delayed(function, pure=False)(s.y, s.weights, number) for number, s in sources]
        with losses_named(self._client):
            return self._client.compute(calls)

    def keep(self, sources, function, *arguments):
        """Prepare partitions and keep them on the workers, which put on disk what memory cannot hold."""
        self._parts = self.read(sources, function, *arguments)

    def part(self, i):
        """The prepared partition number `i` of those kept, as an argument for `call`."""
        return self._parts[i]

    def keep_at_most(self, n_bytes):
        """Nothing to do: each worker has a memory limit of its own."""

    def expect(self, order):
        """Nothing to do: the scheduler knows what comes next."""

    def results(self, calls):
        """The values of calls, as a list.

        Raises
        ------
        ClusterLost
            If the scheduler is gone, or a task has killed its workers.
        """
        calls = list(calls)
        with losses_named(self._client):
            wait_for(self._client, calls)
            return self._client.gather(calls)

    def forget(self):
        """Let the workers drop the prepared partitions and what was shared."""
        self._parts, self._shared = [], {}


class LocalRunner:
    """Runs tasks in this process. While one partition is trained on, a thread reads the next.

    Parameters
    ----------
    memory_limit : int
        Bytes. Prepared partitions are kept up to half of it, and read again where they are more.

    Attributes
    ----------
    lost : None
        As for `ClusterRunner`: this process cannot be lost.
    """

    lost = None

    def __init__(self, memory_limit):
        self._limit = SHARE_OF_PREPARED * memory_limit
        self._sources, self._function, self._arguments = [], None, ()
        self._kept, self._n_kept_bytes = {}, 0
        self._order, self._ahead, self._last = [], {}, (None, None)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="robust_mlp-partitions")

    def call(self, function, *arguments):
        """Call ``function(*arguments)``; a partition among them is read now."""
        return function(*(self._load(a.i) if isinstance(a, _Place) else a for a in arguments))

    def share(self, value):
        """A value as an argument for many calls: itself."""
        return value

    def read(self, sources, function, *arguments):
        """The values of ``function(X, y, weights, number, *arguments)`` for each partition, one at a time."""
        return [self._now(source, number, function, arguments) for number, source in sources]

    def count(self, sources, function):
        """The same for ``function(y, weights, number)``."""
        return [function(*_computed(s.y, s.weights), number) for number, s in sources]

    def keep(self, sources, function, *arguments):
        """Note how partitions are prepared. They are read when they are needed."""
        self.forget()
        self._sources, self._function, self._arguments = list(sources), function, arguments

    def part(self, i):
        """The prepared partition number `i` of those noted, as an argument for `call`."""
        return _Place(i)

    def keep_at_most(self, n_bytes):
        """Keep prepared partitions of so many bytes at most."""
        self._limit = n_bytes

    def expect(self, order):
        """Say in which order partitions come, so that the next one can be read ahead."""
        self._order = list(order)

    def results(self, calls):
        """The values of calls: the calls themselves."""
        return list(calls)

    def forget(self):
        """Drop the prepared partitions."""
        self._kept, self._n_kept_bytes, self._order, self._ahead, self._last = {}, 0, [], {}, (None, None)

    def close(self):
        """End the thread that reads ahead."""
        self._pool.shutdown(cancel_futures=True)

    def _now(self, source, number, function, arguments):
        return function(*_computed(source.X, source.y, source.weights), number, *arguments)

    def _load(self, i):
        if self._last[0] == i:
            return self._last[1]
        if i in self._order:
            del self._order[: self._order.index(i) + 1]
        coming = self._ahead.pop(i, None)
        part = self._kept.get(i)
        if part is None:
            part = self._prepare(i) if coming is None else coming.result()
            if self._n_kept_bytes + part.nbytes <= self._limit:
                self._kept[i], self._n_kept_bytes = part, self._n_kept_bytes + part.nbytes
        self._last = i, part
        following = self._order[0] if self._order else None
        if following is not None and following not in self._kept and following not in self._ahead:
            self._ahead = {following: self._pool.submit(self._prepare, following)}
        return part

    def _prepare(self, i):
        number, source = self._sources[i]
        return self._now(source, number, self._function, self._arguments)


class _Place:
    """The number of a partition, in place of the partition."""

    def __init__(self, i):
        self.i = i


def _computed(*values):
    """Delayed values computed in this thread; None stays None."""
    return dask.compute(*values, scheduler="synchronous")


def _same(value):
    return value
