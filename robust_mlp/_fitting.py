"""Attempts for the guard, and what is left of them: a trained network behind its encoding, fit to predict.

The guard is handed an `AttemptMaker`; which plan comes next is the guard's affair."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from robust_mlp import _additive as additive
from robust_mlp._collapse.symptoms import failed_members
from robust_mlp._data.encoding import Encoding
from robust_mlp._inference import NetworkWeights, decide_together, softmax
from robust_mlp._odds import shift_log_odds
from robust_mlp._prepared import Prepared
from robust_mlp._priors.calibration import fit_calibration
from robust_mlp._votes import votes_of

# Members that are trained after the others draw other first weights: their seed is this far off.
MEMBER_STRIDE = 500_009
# Nobody and nothing cut these trainings short.
RAN_ITS_COURSE = ("max_iter", "early_stopping")

# So few rows at once are predicted in float64. In float32 a row's last digits depend on its place in the batch, since
# BLAS takes the last rows of a block by other code; in float64 they agree far beyond what anyone compares, and
# scikit-learn's checks compare decisions to 1e-7. For more rows float32 is twice as quick.
MOST_ROWS_IN_FLOAT64 = 4096


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the encoding it was trained behind: all that prediction needs, in NumPy.

    Every member's logits are multiplied by `inverse_temperature`, one number or one for each member; then `offsets`,
    ndarray of shape (n_classes,), are added: the prior correction with what held-out rows add to it, or zeros.
    `additive` are the answering weights of additive members, or None where there are none. `votes` are what the members
    count, as `votes_of` has them.
    """

    encoding: Encoding
    weights: NetworkWeights
    offsets: np.ndarray
    inverse_temperature: float | np.ndarray = 1.0
    additive: NetworkWeights | None = None
    votes: np.ndarray | None = None

    def __post_init__(self):
        together = [self._own_answering] if self.additive is None else [self._own_answering, self.additive]
        object.__setattr__(self, "_networks", [weights.network() for weights in together])

    @property
    def answering_weights(self):
        """The NetworkWeights that predict, additive members last; `weights` are those that were trained."""
        return self._own_answering if self.additive is None else self._own_answering.with_linear_members(self.additive)

    @property
    def n_additive_members(self):
        """How many of the members that answer have no hidden units."""
        return 0 if self.additive is None else self.additive.n_members

    @property
    def _own_answering(self):
        return replace(self.weights.tempered(self.inverse_temperature).shifted(self.offsets), votes=self.votes)

    def __getstate__(self):
        names = ("encoding", "weights", "offsets", "inverse_temperature", "additive", "votes")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__post_init__()

    def scores(self, matrix):
        """Scores whose softmax is the probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, lambda scores: scores)

    def probabilities(self, matrix):
        """Probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, softmax)

    def _in_chunks(self, matrix, function):
        """`function` of the scores, a few rows at a time: a large table takes no more memory than its result."""
        networks = self._networks if len(matrix) > MOST_ROWS_IN_FLOAT64 else self._networks_in_float64
        out = np.empty((len(matrix), networks[0].n_outputs))
        for chunk in networks[0].chunks(len(matrix)):
            out[chunk] = function(decide_together(networks, self.encoding.transform(matrix[chunk])))
        return out

    @cached_property
    def _networks_in_float64(self):
        return [network.in_float64() for network in self._networks]


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
    expects_additive : bool, default=False
        Whether `with_additive_members` will be asked for: their graph is then traced while the first attempt trains.
    """

    prepared: Prepared
    make_hooks: Callable
    prior_correction: bool = False
    start: Any = None
    retrains_members: bool = False
    expects_additive: bool = False
    _wait_for_trace: Callable | None = field(default=None, init=False)

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
        attempt = train(plan, data, self.prepared.seeds, hooks=self._tracing_ahead(hooks, plan, data), start=start)
        if self.retrains_members and attempt.stop_reason in RAN_ITS_COURSE and data.has_held_out:
            attempt = self._without_failed_members(attempt, data, hooks)
        return replace(self._answering(attempt, data, encoding), seconds=time.monotonic() - began)

    def _tracing_ahead(self, hooks, plan, data):
        """The hooks, which of the first attempt have the graph of additive members traced beside the training."""
        beside = additive.plan_beside(plan) if self.expects_additive and data.has_held_out else None
        if beside is None or self._wait_for_trace is not None:
            return hooks

        def on_begin():
            self._wait_for_trace = additive.trace_ahead(beside, data)

        return replace(hooks, on_begin=on_begin)

    def _answering(self, attempt, data, encoding):
        """The attempt with a network that is ready to predict, and held-out predictions in the data's class shares."""
        offsets, factor = self.offsets(attempt.plan), attempt.network.inverse_temperature
        held_out = self._in_the_data(attempt.held_out, offsets)
        if not self.prior_correction:
            offsets = np.zeros_like(offsets)
        elif offsets.any() and attempt.plan.early_stopping and not held_out.in_sample:
            held_out, factor, offsets = _calibrated(held_out, factor, offsets)
        judges = attempt.plan.early_stopping and not held_out.in_sample
        votes = votes_of(held_out, data.held_out, data.views) if judges else None
        network = FittedNetwork(encoding, attempt.network.weights, offsets, factor, votes=votes)
        return replace(attempt, held_out=held_out, network=network)

    def with_additive_members(self, attempt):
        """An attempt with additive members beside its own, where they are of use; else the attempt as it is.

        Only an attempt that ran its course and held rows out has them.
        """
        plan = additive.plan_beside(attempt.plan)
        if plan is None or attempt.stop_reason not in RAN_ITS_COURSE or attempt.held_out.in_sample:
            return attempt
        data, encoding = self.prepared.training_data(attempt.plan)
        deadline = self.make_hooks(attempt.plan, data, encoding).deadline
        try:
            if self._wait_for_trace is not None:
                self._wait_for_trace()
            beside = additive.train_beside(plan, data, self._other_seeds, deadline=deadline)
        except KeyboardInterrupt:
            return attempt
        if beside.stop_reason not in RAN_ITS_COURSE:
            return attempt
        beside = self._answering(beside, replace(data, hidden_inputs=None), encoding)
        if additive.lag_behind(beside.held_out, attempt.held_out):
            return attempt
        return replace(attempt, network=replace(attempt.network, additive=beside.network.answering_weights))

    def _without_failed_members(self, attempt, data, hooks):
        """The attempt with the members that failed trained again, where that made them better."""
        from robust_mlp._network.members import member_gains, retrain_members

        if attempt.plan.n_members == 1:
            return attempt
        prior = self.prepared.world(use_class_weight=attempt.plan.use_class_weight).prior
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
        world = self.prepared.world(use_class_weight=plan.use_class_weight)
        if not self.prior_correction and (world.mass[world.prior_mass > 0] == 0).any():
            return np.zeros(len(world.mass))  # a class that the loss leaves out: nothing leads back
        return world.offsets(self.prepared.classes)

    def _in_the_data(self, held_out, offsets):
        weights = self.prepared.looked_at.weights[held_out.rows]
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
