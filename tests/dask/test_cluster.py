"""On a cluster of processes: the same bits for any number of workers, and after a worker was killed."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from distributed import Client, LocalCluster

from robust_mlp.dask import DaskRobustMLPClassifier
from robust_mlp.dask._cluster import running
from robust_mlp.dask._runners import ClusterRunner, LocalRunner

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_without_a_client_tasks_run_here_and_with_one_there(small, client):
    with running(DaskRobustMLPClassifier()) as runner:
        assert isinstance(runner, ClusterRunner)  # the latest client of this process
    with running(DaskRobustMLPClassifier(client=client)) as runner:
        assert runner.results([runner.call(sum, [1, 2])]) == [3]


def test_workers_give_the_bits_of_one_process(small, client):
    clf = DaskRobustMLPClassifier(**small.parameters, client=client).fit(small.parts, small.labels)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    lazy = clf.predict_proba(small.parts)
    here = small.clf.predict_proba(small.parts).compute()
    np.testing.assert_array_equal(client.compute(lazy).result(), here)


def test_a_worker_that_is_killed_costs_no_bits(small, client):
    pids = list(client.run(os.getpid).values())
    clf = DaskRobustMLPClassifier(**small.parameters, client=client)
    killer = threading.Thread(target=lambda: (time.sleep(4), os.kill(pids[0], signal.SIGKILL)))
    killer.start()
    clf.fit(small.parts, small.labels)
    killer.join()
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))


def test_a_lost_scheduler_ends_the_fit_with_an_error_that_says_so(small):
    cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, processes=False)
    client = Client(cluster)
    with pytest.raises(RuntimeError, match=r"The scheduler of .* went away"), running(_with(client)) as runner:
        call = runner.call(time.sleep, 0.01)
        runner.results([call])
        client.close()
        cluster.close()
        runner.results([runner.call(sum, [1])])
    with running(DaskRobustMLPClassifier(client=None)) as runner:
        assert isinstance(runner, ClusterRunner | LocalRunner)


def _with(client):
    return DaskRobustMLPClassifier(client=client)
