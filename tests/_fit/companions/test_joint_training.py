"""Extra members trained beside the others: begun once, released, cancelled, and used only for their own plan."""

import threading

import pytest

from robust_mlp._core.deadline import NO_DEADLINE, Deadline, OutOfTime
from robust_mlp._fit.companions import joint_training
from robust_mlp._fit.companions.joint_training import MEMBER_STRIDE, OTHER_KINDS, CompanionTraining, other_seeds

SEEDS = {"weights": 3, "shuffle": 4}
EARLY = Deadline(3600.0)


class Companion:
    """A kind of extra members that notes who prepares and who trains it."""

    def __init__(self, name, log, stop_reason="max_iter"):
        self.name, self.log, self.stop_reason = name, log, stop_reason
        self.member_weights = 1.0

    def companions(self, plan, data, encoding, seeds):
        self.log.append(("prepared", self.name, seeds["weights"], threading.current_thread()))
        return self

    def train(self, seeds, deadline, is_cancelled):
        self.log.append(("trained", self.name, deadline, threading.current_thread()))
        attempt = type("Attempt", (), {"stop_reason": self.stop_reason})()
        return [(attempt, "data")]


class Absent(Companion):
    """A kind that a plan does not have."""

    def companions(self, *_):
        return None


@pytest.fixture
def log(monkeypatch):
    noted = []
    monkeypatch.setattr(joint_training, "COMPANIONS", (Companion("one", noted), Companion("two", noted)))
    return noted


def steps(log):
    return [entry[:2] for entry in log]


def test_seeds_differ_from_those_of_the_others_in_the_weights_alone():
    assert other_seeds(SEEDS) == {"weights": 3 + MEMBER_STRIDE, "shuffle": 4}
    assert SEEDS["weights"] == 3


def test_rows_are_prepared_at_once_and_training_waits_for_the_release(log):
    data = object()
    with CompanionTraining(SEEDS) as companions:
        companions.begin("plan", data, "encoding", EARLY)
        while len(log) < 2:
            threading.Event().wait(0.001)
        assert steps(log) == [("prepared", "one"), ("prepared", "two")]
        companions.release()
        found = companions.trained("plan", data, "encoding", NO_DEADLINE)
    assert [weight for _, weight in found] == [1.0, 1.0]
    assert steps(log)[2:] == [("trained", "one"), ("trained", "two")]
    assert log[2][2] is EARLY  # the deadline of the beginning
    assert log[0][3] is not threading.current_thread()


@pytest.mark.parametrize("plan, is_same_data", [("another plan", True), ("plan", False)])
def test_what_was_begun_for_another_plan_or_table_is_not_used(log, plan, is_same_data):
    data = object()
    with CompanionTraining(SEEDS) as companions:
        companions.begin("plan", data, "encoding", NO_DEADLINE)
        companions.cancel()
        companions.trained(plan, data if is_same_data else object(), "encoding", NO_DEADLINE)
    assert log[-1][0] == "trained" and log[-1][3] is threading.current_thread()


def test_without_a_beginning_they_are_trained_when_asked_for(log):
    with CompanionTraining(SEEDS) as companions:
        assert len(companions.trained("plan", object(), "encoding", NO_DEADLINE)) == 2
    assert {entry[3] for entry in log} == {threading.current_thread()}


def test_leaving_ends_what_is_going_on_and_forgets_the_tables(log):
    with CompanionTraining(SEEDS) as companions:
        companions.begin("plan", object(), "encoding", NO_DEADLINE)
    assert ("trained", "one") not in steps(log)
    assert companions._begun is None


def test_a_kind_that_a_plan_does_not_have_is_left_out(monkeypatch):
    noted = []
    monkeypatch.setattr(joint_training, "COMPANIONS", (Absent("one", noted), Companion("two", noted)))
    with CompanionTraining(SEEDS) as companions:
        assert len(companions.trained("plan", object(), "encoding", NO_DEADLINE)) == 1
    assert steps(noted) == [("prepared", "two"), ("trained", "two")]


def test_after_an_interrupt_no_other_kind_is_trained(monkeypatch):
    noted = []
    kinds = Companion("one", noted, stop_reason="interrupted"), Companion("two", noted)
    monkeypatch.setattr(joint_training, "COMPANIONS", kinds)
    with CompanionTraining(SEEDS) as companions:
        assert len(companions.trained("plan", object(), "encoding", NO_DEADLINE)) == 1
    assert ("trained", "two") not in steps(noted)


def test_without_time_nothing_is_prepared(log):
    over = Deadline(1.0, iter(range(100)).__next__)
    with CompanionTraining(SEEDS) as companions, pytest.raises(OutOfTime):
        companions.trained("plan", object(), "encoding", over)
    assert log == []


def test_what_is_not_ready_in_time_is_not_waited_for(monkeypatch):
    may_go_on = threading.Event()

    class Slow(Companion):
        """Trains until it is let go."""

        def train(self, seeds, deadline, is_cancelled):
            may_go_on.wait(60)
            return super().train(seeds, deadline, is_cancelled)

    monkeypatch.setattr(joint_training, "COMPANIONS", (Slow("one", []),))
    data = object()
    with CompanionTraining(SEEDS) as companions:
        companions.begin("plan", data, "encoding", EARLY)
        with pytest.raises(OutOfTime):
            companions.trained("plan", data, "encoding", Deadline(0.05))
        may_go_on.set()


@pytest.mark.parametrize("is_begun", [True, False])
def test_kinds_that_are_ready_in_time_are_used_without_the_others(monkeypatch, is_begun):
    may_go_on = threading.Event()

    class Late(Companion):
        """Notices in the middle that the time is over; beside another thread it takes too long."""

        def train(self, seeds, deadline, is_cancelled):
            if is_begun:
                may_go_on.wait(60)
            raise OutOfTime

    monkeypatch.setattr(joint_training, "COMPANIONS", (Companion("one", []), Late("two", [])))
    data, deadline = object(), Deadline(0.5 if is_begun else 3600.0)
    with CompanionTraining(SEEDS) as companions:
        if is_begun:
            companions.begin("plan", data, "encoding", EARLY)
        assert len(companions.trained("plan", data, "encoding", deadline)) == 1
        assert deadline.left_out == (OTHER_KINDS,)
        may_go_on.set()
