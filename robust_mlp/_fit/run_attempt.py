"""Attempts at a training, for the guard.

The guard is handed an `AttemptMaker`; which plan comes next is the guard's affair."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from robust_mlp._collapse.symptoms.rules import failed_members
from robust_mlp._core.calibration import fit_calibration
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._fit.companions import additive, radial
from robust_mlp._fit.companions.common import BackgroundTask, is_much_worse
from robust_mlp._fit.member_weights import member_weights_of
from robust_mlp._fit.training_table import Prepared
from robust_mlp._prediction.fitted_network import FittedNetwork

# Members that are trained after the others draw other first weights: their seed is this far off.
MEMBER_STRIDE = 500_009
# Nobody and nothing cut these trainings short.
RAN_ITS_COURSE = ("max_iter", "early_stopping")

# Kinds of members that may join a plan's own, in this order.
COMPANIONS = (additive, radial)


@dataclass(eq=False)
class AttemptMaker:
    """`run_attempt` for the guard: trains a plan on the prepared rows.

    The seeds are the same each time, so that a repaired training ends in the network that one gets by typing the repair
    oneself. The guard never tries a plan twice, so nothing is lost by it.

    Its attempts answer in the data's own class shares, whatever class weights and sampler made of them in the loss: the
    guard compares them with the prior of the data.

    Parameters
    ----------
    prepared : Prepared
    make_hooks : callable
        (plan, data, encoding) -> Hooks.
    prior_correction : bool, default=False
        Whether the networks that it leaves behind are corrected too.
    start : Trained or None, default=None
        What the first attempt goes on from.
    retrains_members : bool, default=False
        Members that learned nothing while the others did are trained again, alone.
    expects_companions : bool, default=False
        Whether `with_companions` will be asked for: they are then trained while the first attempt trains, by another
        thread. Leaving the maker, a context manager, ends that.
    """

    prepared: Prepared
    make_hooks: Callable
    prior_correction: bool = False
    start: Any = None
    retrains_members: bool = False
    expects_companions: bool = False
    _ahead: tuple[Any, Any, BackgroundTask] | None = field(default=None, init=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._cancel()
        # Its task knows this maker and through it the fit's tables, which would stay until cycles are collected.
        self._ahead = None

    def _cancel(self):
        if self._ahead is not None:
            self._ahead[-1].cancel()

    def __call__(self, plan):
        from robust_mlp._network.training import train

        began = time.monotonic()
        data, encoding = self.prepared.training_data(plan)
        start, self.start = self.start, None
        if start is not None and not start.weights.has_shape(plan, encoding.n_outputs, encoding.embedding_sizes):
            raise ValueError(
                "warm_start=True goes on with the network of the fit before, whose layers, members or encoded columns "
                "are not those of this fit. Pass warm_start=False, or the same columns and network settings."
            )
        hooks = self.make_hooks(plan, data, encoding)
        attempt = train(
            plan, data, self.prepared.seeds, hooks=self._beginning_companions(hooks, plan, data, encoding), start=start
        )
        if self.retrains_members and attempt.stop_reason in RAN_ITS_COURSE and data.has_held_out:
            attempt = self._without_failed_members(attempt, data, hooks)
        return replace(self._answering(attempt, data, encoding), seconds=time.monotonic() - began)

    def _beginning_companions(self, hooks, plan, data, encoding):
        """The hooks, which of the first attempt have its companions trained beside it. A repair has others."""
        self._cancel()
        if not self.expects_companions or not data.has_held_out or self._ahead is not None:
            return hooks

        ahead = BackgroundTask(partial(self._train_companions, plan, data, encoding, hooks.deadline))
        self._ahead = plan, data, ahead
        ahead.start()
        return replace(hooks, on_begin=ahead.release)

    def _train_companions(self, plan, data, encoding, deadline, ahead=None):
        """Lists of what `Companions.train` returns, and what each of them counts.

        In the background, rows are prepared while the others' graph is traced, which leaves a core idle. Training waits
        until that is done: its many small steps would wait for the interpreter between any two of them.
        """

        def is_cancelled():
            return ahead is not None and ahead.is_cancelled

        prepared, trained = [], []
        for kind in COMPANIONS:
            if is_cancelled():
                return trained
            prepared.append(kind.companions(plan, data, encoding, self._other_seeds))
        if ahead is not None:
            ahead.await_release()
        for companions in filter(None, prepared):
            if is_cancelled():
                return trained
            parts = companions.train(self._other_seeds, deadline, is_cancelled)
            trained.append((parts, companions.member_weights))
            if any(attempt.stop_reason == "interrupted" for attempt, _ in parts):
                return trained
        return trained

    def _companions_of(self, plan, data, encoding):
        """The companions of an attempt, those trained ahead if they are for it."""
        if self._ahead is not None:
            expected_plan, expected_data, ahead = self._ahead
            if plan == expected_plan and data is expected_data and not ahead.is_cancelled:
                return ahead.result()
        return self._train_companions(plan, data, encoding, self.make_hooks(plan, data, encoding).deadline)

    def _answering(self, attempt, data, encoding):
        """The attempt with a network that is ready to predict, and held-out predictions in the data's class shares."""
        offsets, factor = self.offsets(attempt.plan), attempt.network.inverse_temperature
        held_out = self._in_the_data(attempt.held_out, offsets)
        if not self.prior_correction:
            offsets = np.zeros_like(offsets)
        elif offsets.any() and attempt.plan.early_stopping and not held_out.in_sample:
            held_out, factor, offsets = _calibrated(held_out, factor, offsets)
        judges = attempt.plan.early_stopping and not held_out.in_sample
        member_weights = member_weights_of(held_out, data.held_out, data.input_groups) if judges else None
        network = FittedNetwork(encoding, attempt.network.weights, offsets, factor, member_weights=member_weights)
        return replace(attempt, held_out=held_out, network=network)

    def with_companions(self, attempt):
        """An attempt with companions beside its own members, where they are of use; else the attempt as it is.

        Only an attempt that ran its course and held rows out has them.
        """
        if attempt.stop_reason not in RAN_ITS_COURSE or attempt.held_out.in_sample:
            return attempt
        data, encoding = self.prepared.training_data(attempt.plan)
        joining = []
        try:
            for parts, member_weights in self._companions_of(attempt.plan, data, encoding):
                for trained, own in parts:
                    if trained.stop_reason not in RAN_ITS_COURSE:
                        break
                    trained = self._answering(trained, own, encoding)
                    if not is_much_worse(trained.held_out, attempt.held_out):
                        joining.append(_counting(trained.network.answering_weights, member_weights))
        except KeyboardInterrupt:
            pass  # what is trained by then is as good without the rest
        return replace(attempt, network=replace(attempt.network, companions=tuple(joining)))

    def _without_failed_members(self, attempt, data, hooks):
        """The attempt with the members that failed trained again, where that made them better."""
        from robust_mlp._network.retraining import member_gains, retrain_members

        if attempt.plan.n_members == 1:
            return attempt
        prior = self.prepared.world(attempt.plan).prior
        failed = failed_members(member_gains(attempt.network.weights.network(), data, prior))
        if not failed:
            return attempt
        return retrain_members(attempt, failed, data, self._other_seeds, deadline=hooks.deadline)

    @property
    def _other_seeds(self):
        """Seeds for members that are trained after the others."""
        seeds = self.prepared.seeds
        return seeds | {"weights": seeds["weights"] + MEMBER_STRIDE}

    def offsets(self, plan):
        """What leads a network trained under `plan` back to the data's class shares."""
        world = self.prepared.world(plan)
        if not self.prior_correction and (world.mass[world.prior_mass > 0] == 0).any():
            return np.zeros(len(world.mass))  # a class that the loss leaves out: nothing leads back
        return world.offsets(self.prepared.classes)

    def _in_the_data(self, held_out, offsets):
        weights = self.prepared.eval_rows.weights[held_out.rows]
        probabilities = shift_log_odds(held_out.probabilities, offsets) if offsets.any() else held_out.probabilities
        return replace(held_out, probabilities=probabilities, weights=weights)


def _calibrated(held_out, factor, offsets):
    """Corrected predictions, the factor of their logits and their offsets, as the held-out rows have them.

    The correction is exact where weights were all that changed. SMOTE moves rows within their class, and a network that
    saw a rare class over and over is surer of it than it should be: what is left of that shows in the class totals of
    the held-out rows.
    """
    calibration = fit_calibration(held_out.probabilities, held_out.codes, held_out.weights)
    held_out = replace(held_out, probabilities=calibration(held_out.probabilities))
    return held_out, calibration.slope * factor, calibration.slope * offsets + calibration.offsets


def _counting(weights, member_weights):
    """The same NetworkWeights with what each member counts."""
    return (
        weights if member_weights == 1 else replace(weights, member_weights=np.full(weights.n_members, member_weights))
    )
