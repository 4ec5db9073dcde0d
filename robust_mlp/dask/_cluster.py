"""Which runner a fit gets: on a cluster, or in this process."""

import contextlib
from numbers import Integral

from robust_mlp.dask._lost_cluster import ClusterLost
from robust_mlp.dask._runners import ClusterRunner, LocalRunner

# With fewer rows, the guard has too few to hold out.
SMALLEST_SAMPLE = 1000


def check_own_parameters(clf):
    """Raise for values of the parameters that only `DaskRobustMLPClassifier` has, and that cannot be used."""
    if not _is_count(clf.sample_size, SMALLEST_SAMPLE):
        raise ValueError(f"sample_size={clf.sample_size!r} is no whole number from {SMALLEST_SAMPLE:,} on.")
    for name, word in (("n_groups", "auto"), ("members_per_task", "all")):
        value = getattr(clf, name)
        if not (isinstance(value, str) and value == word) and not _is_count(value, 1):
            raise ValueError(f"{name}={value!r} is neither {word!r} nor a whole number from 1 on.")
    if clf.client is not None and not hasattr(clf.client, "submit"):
        raise TypeError(
            f"client is a {type(clf.client).__name__}. Pass a distributed.Client, for example Client(n_workers=2), or "
            "None for this process."
        )
    memory_of(clf)


def _is_count(value, least):
    return isinstance(value, Integral) and value is not True and value >= least


def memory_of(clf):
    """`memory_limit` in bytes.

    Raises
    ------
    ValueError
        For a text that is no size, or a number below 1.
    """
    from dask.utils import parse_bytes

    try:
        n_bytes = parse_bytes(clf.memory_limit)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"memory_limit={clf.memory_limit!r} is no size. Pass bytes, or a text such as '2GB' or '512MB'."
        ) from error
    if n_bytes < 1:
        raise ValueError(f"memory_limit={clf.memory_limit!r} leaves no memory. Pass for example '2GB'.")
    return n_bytes


@contextlib.contextmanager
def running(clf):
    """The runner of a fit: on the classifier's client, or the latest one of this process, or in this process.

    Raises
    ------
    RuntimeError
        If the cluster is lost before anything is trained on it.
    """
    client = clf.client if clf.client is not None else _latest_client()
    if client is None:
        runner = LocalRunner(memory_of(clf))
        try:
            yield runner
        finally:
            runner.close()
        return
    try:
        yield ClusterRunner(client)
    except ClusterLost as error:
        raise RuntimeError(f"{error} The classifier is as it was before. Start a cluster and fit again.") from error


def _latest_client():
    """The client that this process made last and has not closed, or None. distributed is not imported to find out."""
    import sys

    if "distributed" not in sys.modules:
        return None
    from distributed import get_client

    try:
        client = get_client(timeout=1)
    except ValueError:
        return None
    return None if client.status in ("closing", "closed") else client
