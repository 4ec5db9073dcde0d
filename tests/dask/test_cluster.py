"""On a cluster of processes: the same bits whatever becomes of workers, several fits at once, and searches."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV

from robust_mlp import RobustMLPClassifier
from robust_mlp.dask import DaskRobustMLPClassifier, _cluster, _distributed
from robust_mlp.dask._cluster import running
from robust_mlp.dask._runners import ClusterRunner, LocalRunner

from .tables import worker_here

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        Client(cluster) as client,
    ):
        yield client


def fit_on(client, small):
    return DaskRobustMLPClassifier(**small.parameters, client=client).fit(small.parts, small.labels)


def test_without_a_client_tasks_run_here_and_with_one_there(small, client):
    with running(DaskRobustMLPClassifier()) as runner:
        assert isinstance(runner, ClusterRunner)  # the latest client of this process
    with running(DaskRobustMLPClassifier(client=client)) as runner:
        assert runner.results([runner.call(sum, [1, 2])]) == [3]


def test_workers_give_the_bits_of_one_process(small, client):
    clf = fit_on(client, small)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    lazy = clf.predict_proba(small.parts)
    here = small.clf.predict_proba(small.parts).compute()
    np.testing.assert_array_equal(client.compute(lazy).result(), here)


def test_members_as_tasks_give_the_bits_of_one_process(small, client, monkeypatch):
    parameters = small.parameters | {"n_members": 2, "members_per_task": 1, "max_iter": 2}
    there = DaskRobustMLPClassifier(**parameters, client=client).fit(small.parts, small.labels)
    monkeypatch.setattr(_cluster, "_latest_client", lambda: None)
    here = DaskRobustMLPClassifier(**parameters).fit(small.parts, small.labels)
    np.testing.assert_array_equal(there.predict_proba(small.X), here.predict_proba(small.X))


def test_a_worker_that_is_killed_costs_no_bits(small, client, monkeypatch):
    run_round, pids = _distributed.run_round, list(client.run(os.getpid).values())

    def run_and_kill(runner, job, rounds, progress, rate):
        if progress.n_done == 5:  # while the tasks of the round run or wait, and this thread waits for them
            threading.Timer(0.02, os.kill, (pids[0], signal.SIGKILL)).start()
        return run_round(runner, job, rounds, progress, rate)

    monkeypatch.setattr(_distributed, "run_round", run_and_kill)
    clf = fit_on(client, small)
    assert pids[0] not in client.run(os.getpid).values()
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))


def test_a_worker_that_joins_in_the_middle_takes_tasks_and_costs_no_bits(small, client, monkeypatch, tmp_path):
    run_round, joined = _distributed.run_round, []

    def run_and_join(runner, job, rounds, progress, rate):
        if progress.n_done == 10:
            joined.append(client.sync(worker_here, client.scheduler.address, str(tmp_path)))
            client.wait_for_workers(3)
        return run_round(runner, job, rounds, progress, rate)

    monkeypatch.setattr(_distributed, "run_round", run_and_join)
    clf = fit_on(client, small)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    (worker,) = joined
    assert worker.state.executed_count > 0
    client.sync(worker.close)


def test_two_fits_at_once_end_and_neither_changes_the_other(small, client):
    with ThreadPoolExecutor(2) as pool:
        fits = [pool.submit(fit_on, client, small) for _ in range(2)]
        for fit in fits:
            probabilities = fit.result(timeout=300).predict_proba(small.X)
            np.testing.assert_array_equal(probabilities, small.clf.predict_proba(small.X))


def test_ctrl_c_keeps_the_best_round(small, client, monkeypatch):
    run_round = _distributed.run_round

    def run_and_interrupt(runner, job, rounds, progress, rate):
        if progress.n_done == 15:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            runner.results([runner.call(time.sleep, 2)])  # what the client waits for
        return run_round(runner, job, rounds, progress, rate)

    monkeypatch.setattr(_distributed, "run_round", run_and_interrupt)
    clf = fit_on(client, small)
    assert clf.report_.attempts[-1].stop_reason == "interrupted"
    assert clf.n_iter_ == 16 and np.mean(clf.predict(small.X) == small.y) > 0.6


SEARCHES = {
    "grid": lambda clf: GridSearchCV(clf, {"learning_rate": [1e-6, 0.01]}, cv=2),
    "halving": lambda clf: HalvingGridSearchCV(
        clf, {"learning_rate": [1e-6, 0.01]}, cv=2, resource="max_iter", min_resources=2, max_resources=4, factor=2
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_run_on_the_workers_and_send_the_table_once(small, client, monkeypatch, name):
    scattered, scatter = [], Client._scatter

    async def watched(self, data, *args, **kwargs):
        scattered.extend(one is X for one in (data if isinstance(data, list | tuple) else [data]))
        return await scatter(self, data, *args, **kwargs)

    X, y = small.X[:600].drop(columns="kind").to_numpy(), small.y[:600].to_numpy()
    monkeypatch.setattr(Client, "_scatter", watched)
    clf = RobustMLPClassifier(n_members=1, hidden_layer_sizes=8, max_iter=4, collapse_guard="off", random_state=0)
    with joblib.parallel_config("dask", client=client, scatter=[X, y]):
        search = SEARCHES[name](clf).fit(X, y)
    assert scattered.count(True) == 1
    assert search.best_params_["learning_rate"] == 0.01
    assert search.best_estimator_.predict(X).shape == (600,)


def test_workers_of_a_search_are_no_forks_and_keep_to_their_threads(client):
    for found in client.run(_tensorflow_of_worker).values():
        assert found == {"is_fork": False, "intra": 1, "inter": 1, "blas": 1}


def _tensorflow_of_worker():
    """What TensorFlow and BLAS use in a worker that has fitted, and whether the worker was forked."""
    import sys

    import tensorflow as tf
    import threadpoolctl

    from robust_mlp._system.forks import check_not_forked
    from robust_mlp.classifier import RobustMLPClassifier

    assert "distributed.worker" in sys.modules
    rng = np.random.default_rng(0)
    RobustMLPClassifier(n_members=1, hidden_layer_sizes=4, max_iter=2, random_state=0).fit(
        rng.normal(size=(60, 2)), np.arange(60) % 2
    )
    check_not_forked()
    return {
        "is_fork": multiprocessing.get_start_method() == "fork" and multiprocessing.parent_process() is not None,
        "intra": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter": tf.config.threading.get_inter_op_parallelism_threads(),
        "blas": max(pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"),
    }


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
