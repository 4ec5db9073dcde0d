"""A scheduler that goes away in the middle of a fit: an error soon, and the network of the rounds before is kept."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from distributed import Client

from robust_mlp.dask import DaskRobustMLPClassifier, _distributed, _lost_cluster
from robust_mlp.dask._lost_cluster import ClusterLost
from robust_mlp.dask._runners import ClusterRunner

from .tables import worker_here

pytestmark = pytest.mark.filterwarnings("ignore")

# What a user may have to wait for the error.
MOST_SECONDS = 30


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler in a process of its own, with one worker in this one. The last test kills it."""
    place = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place), "--no-dashboard"]
    main = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not place.exists() or "address" not in json.loads(place.read_text() or "{}"):
        assert main.poll() is None
        time.sleep(0.05)
    # Not the default client: its loss would leave Dask asking for it in the tests that follow.
    with Client(json.loads(place.read_text())["address"], set_as_default=False) as client:
        worker = client.sync(worker_here, client.scheduler.address, str(place.parent))
        client.wait_for_workers(1)
        yield client, main, worker
    main.kill()
    main.wait()


def test_errors_of_tasks_are_not_taken_for_a_lost_cluster(scheduler):
    client, _, _ = scheduler
    runner = ClusterRunner(client)
    with pytest.raises(ZeroDivisionError):
        runner.results([runner.call(divmod, 1, 0)])


def test_a_scheduler_that_stands_still_is_noticed(scheduler, monkeypatch):
    client, main, _ = scheduler
    monkeypatch.setattr(_lost_cluster, "SECONDS_OF_WAIT", 0.2)
    monkeypatch.setattr(_lost_cluster, "SECONDS_OF_ANSWER", 0.5)
    runner = ClusterRunner(client)
    call = runner.call(time.sleep, 3)
    os.kill(main.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ClusterLost, match=r"went away during the fit \(it did not answer for 0.5 seconds\)"):
            runner.results([call])
    finally:
        os.kill(main.pid, signal.SIGCONT)


def test_limits_leave_time_for_an_error_within_half_a_minute():
    longest = _lost_cluster.SECONDS_OF_WAIT + max(_lost_cluster.SECONDS_DOWN, _lost_cluster.SECONDS_OF_ANSWER)
    assert longest < MOST_SECONDS


def test_a_scheduler_that_is_killed_leaves_the_best_round_and_a_fit_that_can_go_on(
    small, scheduler, monkeypatch, tmp_path
):
    client, main, worker = scheduler
    run_round, killed = _distributed.run_round, []

    def run_and_kill(runner, job, rounds, progress, rate):
        if progress.n_done == 15 and not killed:
            os.kill(main.pid, signal.SIGKILL)
            killed.append(time.monotonic())
        return run_round(runner, job, rounds, progress, rate)

    monkeypatch.setattr(_distributed, "run_round", run_and_kill)
    path = tmp_path / "fit.rmlp"
    clf = DaskRobustMLPClassifier(**small.parameters, client=client, checkpoint=path)
    said = r"went away.*with the network of round 14, the best of 15\. .* it goes on from '.*fit.rmlp'"
    with pytest.raises(RuntimeError, match=said):
        clf.fit(small.parts, small.labels)
    assert time.monotonic() - killed[0] < MOST_SECONDS
    assert clf.report_.attempts[-1].stop_reason == "cluster_lost"
    assert "The loss of the cluster ended the training." in str(clf.report_)
    assert np.mean(clf.predict(small.X) == small.y) > 0.6
    clf.set_params(client=None)
    client.sync(worker.close)
    client.close()
    clf.fit(small.parts, small.labels)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    assert not path.exists()
