"""Members as tasks of their own: every member is trained by one task, and comes back to its place."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.training_data import OptimizerState, Trained
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp.dask import DaskRobustMLPClassifier, _rounds
from robust_mlp.dask._local_steps import LocalRun, Steps, local_steps
from robust_mlp.dask._member_tasks import divided_members, joined_members, steps_of_members

from .tables import PLAN, part
from .tables import job as job_of

RNG = np.random.default_rng(0)


def some_steps(n_members, *, has_slots=True):
    """Steps of members whose weights and moments are all different."""
    kernels = [RNG.normal(size=(n_members, 3, 2)), RNG.normal(size=(n_members, 1, 2))]
    weights = NetworkWeights(kernels, [], "relu", 0, False, False, n_members)
    slots = [OptimizerState({"momentum": [RNG.normal(size=(3, 2)), RNG.normal(size=2)]}, [k]) for k in range(n_members)]
    return Steps(Trained(weights, slots if has_slots else None, 7), 20.0, 0.5)


@pytest.mark.parametrize("n_members", [1, 2, 5, 6, 24])
@pytest.mark.parametrize("members_per_task", ["all", 1, 2, 4, 100])
def test_every_member_is_in_one_task_of_at_most_so_many(n_members, members_per_task):
    divided = divided_members(n_members, members_per_task)
    assert [k for members in divided for k in members] == list(range(n_members))
    most = n_members if members_per_task == "all" else members_per_task
    sizes = [len(members) for members in divided]
    assert max(sizes) <= most and max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("divided", [((0, 1, 2, 3),), ((0, 1), (2, 3)), ((0,), (1,), (2,), (3,)), ((0, 1, 2), (3,))])
@pytest.mark.parametrize("has_slots", [True, False])
def test_parts_joined_again_are_the_whole(divided, has_slots):
    whole = some_steps(4, has_slots=has_slots)
    parts = [steps_of_members(whole, members) for members in divided] if len(divided) > 1 else [whole]
    back = joined_members(some_steps(4), divided, *parts)
    for found, expected in zip(back.trained.weights.trainable, whole.trained.weights.trainable, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (back.mass, back.loss, back.trained.n_steps) == (20.0, pytest.approx(0.5), 7)
    if has_slots:
        assert [state.others for state in back.trained.slots] == [[0], [1], [2], [3]]
    else:
        assert back.trained.slots is None


def test_the_loss_is_the_mean_over_members():
    whole = some_steps(3)
    ends = [replace(steps_of_members(whole, (0, 1)), loss=0.2), replace(steps_of_members(whole, (2,)), loss=0.8)]
    assert joined_members(whole, ((0, 1), (2,)), *ends).loss == pytest.approx(0.4)


def test_a_task_trains_its_members_and_no_other():
    job = job_of(replace(PLAN, n_members=3))
    rows = part()
    begun = replace(local_steps(rows, Steps(None, 0.0, 0.0), job, LocalRun(0.01, 5)), mass=0.0)
    some = local_steps(rows, steps_of_members(begun, (0, 2)), job, LocalRun(0.01, 6, members=(0, 2)))
    one = local_steps(rows, steps_of_members(begun, (1,)), job, LocalRun(0.01, 7, members=(1,)))
    assert some.trained.weights.n_members == 2 and one.trained.weights.n_members == 1
    after = joined_members(begun, ((0, 2), (1,)), some, one)
    for array, of_some, of_one, before in zip(
        *(steps.trained.weights.trainable for steps in (after, some, one, begun)), strict=True
    ):
        np.testing.assert_array_equal(array[[0, 2]], of_some)
        np.testing.assert_array_equal(array[1].ravel(), of_one.ravel())
        assert (array[1] != before[1]).any()


@pytest.mark.filterwarnings("ignore")
def test_a_fit_with_tasks_for_members_learns_as_well_and_gives_the_same_bits_again(small, monkeypatch):
    seen, trained = [], _rounds.local_steps

    def note(part, before, job, run):
        seen.append(run.members)
        return trained(part, before, job, run)

    monkeypatch.setattr(_rounds, "local_steps", note)
    parameters = small.parameters | {"n_members": 3, "max_iter": 4}
    every = [
        DaskRobustMLPClassifier(**parameters, members_per_task=most).fit(small.parts, small.labels)
        for most in ("all", 2, 2)
    ]
    assert set(seen) == {None, (0, 1), (2,)}
    whole, divided, again = (clf.predict_proba(small.X_new) for clf in every)
    np.testing.assert_array_equal(divided, again)
    assert (divided != whole).any()
    truth = np.searchsorted(every[0].classes_, small.y_new)
    losses = [-np.log(p[np.arange(len(truth)), truth]).mean() for p in (whole, divided)]
    assert losses[1] < losses[0] + 0.02


def test_a_single_member_is_never_divided(small):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        clf = DaskRobustMLPClassifier(**small.parameters, members_per_task=1).fit(small.parts, small.labels)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
