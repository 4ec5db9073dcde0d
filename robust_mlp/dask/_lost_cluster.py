"""When the scheduler is gone, or tasks have killed their workers: how it is noticed, and what is said.

Dask waits for a lost scheduler for 30 seconds, and for one that stands still for ever. A fit notices both sooner."""

import contextlib
import os
import time

# Between two looks at the connection while tasks run.
SECONDS_OF_WAIT = 2.0
# A scheduler is lost once the connection is down for so long: it is longer than a short break of the network.
SECONDS_DOWN = 10.0
# Or once it has not answered for so long. On a machine with too much work an answer can take some seconds.
SECONDS_OF_ANSWER = 15.0


class ClusterLost(RuntimeError):
    """The cluster cannot go on with a fit; the message says why, and what to do."""


@contextlib.contextmanager
def losses_named(client):
    """Turn what Dask raises where a cluster is lost into a `ClusterLost`.

    Parameters
    ----------
    client : distributed.Client
    """
    from distributed import CancelledError  # of which there are several kinds
    from distributed.client import ClosedClientError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise ClusterLost(
            f"A task was begun by several workers, and each of them died: {error}. The usual reason is memory: give "
            "workers more of it, or make partitions smaller with X.repartition(partition_size='100MB')."
        ) from error
    except (CancelledError, ClosedClientError, CommClosedError) as error:
        raise _gone(client, type(error).__name__) from error  # whose text names every task


def wait_for(client, calls):
    """Wait until all calls have ended, well or badly.

    Parameters
    ----------
    client : distributed.Client
    calls : list of distributed.Future

    Raises
    ------
    ClusterLost
        If the connection stays down, or the scheduler gives no answer.
    """
    from distributed import wait

    connected = time.monotonic()
    while True:
        try:
            with client.as_current():  # which need not be the one that this process made last
                wait(calls, timeout=SECONDS_OF_WAIT)
            return
        except TimeoutError:
            if client.status == "running":
                _check_answer(client)
                connected = time.monotonic()
            elif client.status == "closed" or time.monotonic() - connected > SECONDS_DOWN:
                raise _gone(client, f"the connection is {client.status}") from None


def kept_in_spite_of(lost, outcome, checkpoint):
    """The error of a fit that lost its cluster in a round, with what is kept.

    Parameters
    ----------
    lost : ClusterLost
    outcome : GuardOutcome
        Of the network that is kept.
    checkpoint : str, path-like or None

    Returns
    -------
    error : RuntimeError
    """
    attempt = outcome.attempt
    best, n_judged = attempt.best_epoch, len(attempt.records)
    kept = f"The classifier is fitted with the network of round {best}, the best of {n_judged}."
    if checkpoint is None:
        way_on = "Start a cluster and fit again; with checkpoint=path a fit goes on where it was cut."
    else:
        way_on = f"Start a cluster and fit again: it goes on from {os.fspath(checkpoint)!r}."
    return RuntimeError(f"{lost} {kept} {way_on}")


def _check_answer(client):
    """Raise unless the scheduler answers a question."""
    try:
        client.sync(client.scheduler.identity, callback_timeout=SECONDS_OF_ANSWER)
    except TimeoutError as error:
        raise _gone(client, f"it did not answer for {SECONDS_OF_ANSWER:g} seconds") from error
    except OSError:
        return  # the connection has just broken; the next look sees it


def _gone(client, why):
    return ClusterLost(f"The scheduler of {client!r} went away during the fit ({why}).")
