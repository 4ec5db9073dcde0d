"""A fit with a checkpoint file that ends early goes on from the file, in the same bits, or says why it does not."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from robust_mlp import CheckpointWarning, load_model
from robust_mlp._fit import checkpoint
from robust_mlp.persistence.file_format.unfinished_fit import read_unfinished_fit
from tests.tiny_fits import able, clouds


class Killed(BaseException):
    """Stands for a signal that ends the process: nobody catches it."""


@pytest.fixture
def table():
    return clouds(160)


@pytest.fixture
def small(tmp_path):
    return able(max_iter=6, early_stopping=True, collapse_guard="repair", checkpoint=str(tmp_path / "fit.rmlp"))


@pytest.fixture
def dies_after(monkeypatch):
    """A function that lets the process die after so many writes of the file, and every state be written."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE_FOR_WRITING", np.inf)
    write = checkpoint.write_unfinished_fit
    # A call into the graph is one epoch, so that there are states to write.
    monkeypatch.setattr("robust_mlp._network.call_lengths.SECONDS_PER_CALL", 0.0)

    def set_number(n_writes):
        numbers = itertools.count(1)

        def write_and_die(path, fit):
            write(path, fit)
            if next(numbers) == n_writes:
                raise Killed

        monkeypatch.setattr(checkpoint, "write_unfinished_fit", write_and_die)

    return set_number


def with_category(X):
    frame = pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])])
    return frame.assign(town=pd.Categorical([f"town {int(10 * abs(v)) % 7}" for v in X[:, 0]]))


# By name: parameters, and what is done with the table.
CASES = {
    "several members with extra members": ({"n_members": 4, "max_iter": 4}, None),
    "batch statistics": ({"batch_norm": True, "dropout": 0.3, "input_dropout": 0.1}, None),
    "momentum": ({"optimizer": keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)}, None),
    "sums over rows and columns": ({"optimizer": "adafactor", "max_norm": 2.0}, None),
    "a scorer": ({"scoring": "balanced_accuracy", "early_stopping": True}, None),
    "batches drawn anew": ({"sampler": "balanced_batches", "batch_size": 32}, None),
    "categories": ({"label_smoothing": 0.1}, with_category),
    "last weights": ({"early_stopping": False, "learning_rate_schedule": "linear"}, None),
    "guard off": ({"collapse_guard": "off", "class_weight": "balanced"}, None),
    "repaired": ({"learning_rate": 1e3, "max_restarts": 1}, None),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_fit_that_died_twice_ends_in_the_bits_of_one_that_did_not(name, small, table, dies_after):
    changes, change = CASES[name]
    X, y = table
    X = X if change is None else change(X)
    clf = small.set_params(**changes)
    whole = clone(clf).set_params(checkpoint=None).fit(X, y)
    for n_writes in (2, 1):  # the second time it dies at the first state that is new
        dies_after(n_writes)
        with pytest.raises(Killed):
            clf.fit(X, y)
    kept = read_unfinished_fit(clf.checkpoint)
    assert sum(len(state.records) for state in kept.trainings.values()) >= 3
    dies_after(None)
    clf.fit(X, y)
    assert np.array_equal(clf.predict_proba(X), whole.predict_proba(X))
    assert clf.loss_curve_ == whole.loss_curve_
    assert clf.report_.verdict == whole.report_.verdict
    assert not os.path.exists(clf.checkpoint)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_fit_that_dies_in_its_second_training_does_not_repeat_the_first(small, table, dies_after, capsys):
    X, y = table
    clf = small.set_params(learning_rate=1e3, max_restarts=1, verbose=1)
    whole = clone(clf).set_params(checkpoint=None).fit(X, y)
    assert len(whole.report_.attempts) == 2
    n_epochs = whole.report_.attempts[0].n_epochs
    dies_after(n_epochs + 2)
    with pytest.raises(Killed):
        clf.fit(X, y)
    first, second = read_unfinished_fit(clf.checkpoint).trainings.values()
    assert first.stop_reason is not None and second.stop_reason is None
    capsys.readouterr()
    dies_after(None)
    clf.fit(X, y)
    said = capsys.readouterr().out
    assert "training 1 is finished.\n" in said
    assert f"training 2 goes on after epoch {len(second.records)}.\n" in said
    assert np.array_equal(clf.predict_proba(X), whole.predict_proba(X))


def died(clf, table, dies_after):
    dies_after(2)
    with pytest.raises(Killed):
        clf.fit(*table)
    dies_after(None)


def test_a_fit_without_random_state_goes_on_with_the_seeds_of_the_file(small, table, dies_after):
    clf = small.set_params(random_state=None)
    died(clf, table, dies_after)
    seeds = read_unfinished_fit(clf.checkpoint).seeds
    dies_after(1)
    with pytest.raises(Killed):
        clf.fit(*table)
    kept = read_unfinished_fit(clf.checkpoint)
    assert kept.seeds == seeds
    assert [len(state.records) for state in kept.trainings.values()] == [3]


OTHERS = {
    "a parameter": (lambda clf, X, y: (clf.set_params(tol=0.5), X, y), r"tol \(0\.0001 then, 0\.5 now\)"),
    "a cell": (lambda clf, X, y: (clf, np.where(X[3, 2] == X, 0.5, X), y), "the table"),
    "a label": (lambda clf, X, y: (clf, X, np.where(np.arange(len(y)) == 5, (y + 1) % 3, y)), "the table"),
    "the order of columns": (lambda clf, X, y: (clf, X[:, ::-1], y), "the table"),
    "names of classes": (lambda clf, X, y: (clf, X, y + 1), "the table"),
    "the seed": (lambda clf, X, y: (clf.set_params(random_state=1), X, y), "random_state"),
    "a schedule": (
        lambda clf, X, y: (clf.set_params(learning_rate_schedule=lambda progress: 1 - progress), X, y),
        "learning_rate_schedule",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_fit_is_an_error_that_names_the_difference_and_leaves_the_file(name, small, table, dies_after):
    died(small, table, dies_after)
    before = Path(small.checkpoint).read_bytes()
    change, words = OTHERS[name]
    clf, X, y = change(clone(small), *table)
    with pytest.raises(ValueError, match=rf"holds an unfinished fit that differs in {words}.*\. Fit with the same"):
        clf.fit(X, y)
    assert Path(small.checkpoint).read_bytes() == before


@pytest.mark.parametrize("changes", [{"decision": "balanced"}, {"verbose": 1}, {"max_time": 600.0}])
def test_what_changes_no_training_may_change(changes, small, table, dies_after):
    died(small, table, dies_after)
    whole = clone(small).set_params(checkpoint=None).fit(*table)
    clf = clone(small).set_params(**changes).fit(*table)
    assert np.array_equal(clf.predict_proba(table[0]), whole.predict_proba(table[0]))


def test_a_file_of_another_kind_is_left_as_it_is(small, table):
    for content in (b"a,b\n1,2\n", b""):
        Path(small.checkpoint).write_bytes(content)
        with pytest.raises(ValueError, match=r"is there and is not replaced, .* Pass another path, or delete the file"):
            small.fit(*table)
        assert Path(small.checkpoint).read_bytes() == content
    clone(small).set_params(checkpoint=None).fit(*table).save_model(small.checkpoint)
    with pytest.raises(ValueError, match=r"holds a RobustMLPClassifier\. Pass another path"):
        small.fit(*table)
    assert load_model(small.checkpoint).predict(table[0]).shape == (160,)


def test_a_folder_that_is_not_there_is_an_error_before_any_training(small, table, tmp_path, monkeypatch):
    monkeypatch.setattr("robust_mlp._network.training.train", lambda *_, **__: pytest.fail("it trained"))
    small.set_params(checkpoint=tmp_path / "missing" / "fit.rmlp")
    with pytest.raises(FileNotFoundError, match=r"checkpoint='.*missing.*' cannot be written"):
        small.fit(*table)


def test_a_disk_that_is_full_ends_the_checkpoint_and_not_the_fit(small, table, dies_after, monkeypatch):
    dies_after(None)
    write, numbers = checkpoint.write_unfinished_fit, itertools.count(1)

    def full(path, fit):
        if next(numbers) > 2:
            raise OSError(28, "No space left on device")
        write(path, fit)

    whole = clone(small).set_params(checkpoint=None).fit(*table)
    monkeypatch.setattr(checkpoint, "write_unfinished_fit", full)
    with pytest.warns(CheckpointWarning, match=r"No space left on device\. The fit goes on .* after epoch 2\.") as told:
        small.fit(*table)
    assert len(told) == 1
    assert np.array_equal(small.predict_proba(table[0]), whole.predict_proba(table[0]))
    assert len(next(iter(read_unfinished_fit(small.checkpoint).trainings.values())).records) == 2


def test_two_fits_with_one_file_do_not_mix(small, table, dies_after, monkeypatch):
    dies_after(None)
    write = checkpoint.write_unfinished_fit

    def and_another_writes(path, fit):
        write(path, fit)
        Path(path).write_bytes(b"of another fit")

    monkeypatch.setattr(checkpoint, "write_unfinished_fit", and_another_writes)
    identities = iter(range(100))
    monkeypatch.setattr(checkpoint, "_identity", lambda path: next(identities))
    with pytest.warns(CheckpointWarning, match="another process wrote to it"):
        small.fit(*table)
    assert Path(small.checkpoint).read_bytes() == b"of another fit"


def test_callbacks_are_refused_since_their_state_is_nowhere(small, table):
    small.set_params(callbacks=[keras.callbacks.ReduceLROnPlateau()])
    with pytest.raises(ValueError, match="checkpoint cannot keep the state of callbacks"):
        small.fit(*table)


def test_a_fit_that_max_time_cut_goes_on(small, table, dies_after, monkeypatch):
    X, y = np.repeat(table[0], 3, axis=0), np.repeat(table[1], 3)
    X = X + np.random.default_rng(0).normal(size=X.shape)
    clf = small.set_params(max_iter=40, learning_rate_schedule=None, early_stopping=False)
    whole = clone(clf).set_params(checkpoint=None).fit(X, y)
    dies_after(None)
    # The clock of the budget stands still until the fifth epoch, and then the time is over.
    times = itertools.count()
    monkeypatch.setattr(
        "robust_mlp._core.deadline.Deadline.left", property(lambda self: 1e3 if next(times) < 60 else -1.0)
    )
    clf.set_params(max_time=1e3).fit(X, y)
    assert 0 < clf.n_iter_ < 40
    said = clf.report_.advisories
    assert any("goes on where this one was cut" in advisory.fix for advisory in said)
    assert len(next(iter(read_unfinished_fit(clf.checkpoint).trainings.values())).records) == clf.n_iter_
    monkeypatch.undo()
    clf.set_params(max_time=None).fit(X, y)
    assert clf.n_iter_ == 40
    assert np.array_equal(clf.predict_proba(X), whole.predict_proba(X))


def test_a_model_file_does_not_hold_the_path(small, table, tmp_path):
    small.fit(*table).save_model(tmp_path / "model.rmlp")
    assert b"fit.rmlp" not in (tmp_path / "model.rmlp").read_bytes()
    assert load_model(tmp_path / "model.rmlp").checkpoint is None


PROGRAM = """
    import os, signal, sys
    from robust_mlp._fit import checkpoint
    from tests.tiny_fits import able, clouds

    write = checkpoint.write_unfinished_fit
    checkpoint.SECONDS_BETWEEN, checkpoint.SHARE_FOR_WRITING = 0.0, float("inf")

    def write_and_send(path, fit):
        write(path, fit)
        if len(list(fit.trainings.values())[-1].records) == 3:
            os.kill(os.getpid(), getattr(signal, sys.argv[2]))

    checkpoint.write_unfinished_fit = write_and_send
    import robust_mlp._network.call_lengths as calls
    calls.SECONDS_PER_CALL = 0.0
    clf = able(max_iter=6, early_stopping=True, collapse_guard="repair", checkpoint=sys.argv[1]).fit(*clouds(160))
    print(clf.n_iter_)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signals_leave_a_state_to_go_on_from(name, small, table):
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM), small.checkpoint, name]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=600, check=False)
    if name == "SIGTERM":
        assert ended.returncode == -signal.SIGTERM, ended.stderr
    else:  # Ctrl-C: fit returns the network that it has
        assert (ended.returncode, ended.stdout) == (0, "3\n"), ended.stderr
    assert len(next(iter(read_unfinished_fit(small.checkpoint).trainings.values())).records) == 3
    whole = clone(small).set_params(checkpoint=None).fit(*table)
    assert np.array_equal(small.fit(*table).predict_proba(table[0]), whole.predict_proba(table[0]))
