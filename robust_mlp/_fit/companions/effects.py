"""Mixed-effects members: logistic regression with random effects of levels, ranges, pairs of them, and slopes.

A network needs many rows to learn that an hour matters in another way for each carrier, or that a price does for each
product. A table with a cell for each pair says it at once, and a variance for each table says how far a cell of few
rows is to be believed (Breslow and Clayton 1993, doi 10.1080/01621459.1993.10594284)."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._collapse.simple_models.random_effects import SECONDS_OF_WORK, EffectRows, learn_effects
from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Attempt
from robust_mlp._core.training_data import Trained, TrainingData
from robust_mlp._fit.companions.common import plan_without_hidden_units, rows_of
from robust_mlp._fit.companions.effect_factors import learn_factors
from robust_mlp._prediction.effect_units import LARGEST_SLOPED, EffectUnits
from robust_mlp._prediction.network import NetworkWeights

# Weight of each member in the mean, where held-out rows do not tell of a better one.
MEMBER_WEIGHT = 0.5
# Number of members, unless the plan has fewer. With more of them, more held-out rows tell how much they should count.
MOST_MEMBERS = 6
# Rows times logits times factors, for all members together. Large tables have fewer members, and at least two: their
# mean is better than one.
MOST_WORK, FEWEST_MEMBERS = 24_000_000, 2
# What a fit with a time budget can do without, as the report calls it.
MIXED_EFFECTS = "extra members (mixed-effects)"
ROWS_AT_ONCE = 4096
# On fewer rows, pairs are hardly ever told from chance, and what is left is an additive model. On tables of 200 to 800
# rows of benchmarks/accuracy, the log loss of the mean was half a percent higher with it.
FEWEST_ROWS = 1_000


def companions(plan, data, encoding, seeds, *, in_place=False):
    """The mixed-effects members that are learned beside a plan's members, or None if the plan gets none.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        Training data of the plan's members, with held-out rows. Each mixed-effects member holds out the same rows as
        one of them.
    encoding : Encoding
    seeds : dict of str to int
    in_place : bool, default=False
        Whether they stand in for the plan's members: there are as many, and few rows are no reason for none.

    Returns
    -------
    companions : EffectCompanions or None
    """
    del seeds  # nothing is drawn
    beside = plan_without_hidden_units(plan)
    if beside is None or data.draw is not None or (len(data.rows) < FEWEST_ROWS and not in_place):
        return None
    factors, is_coarse, number_of = learn_factors(encoding, data.rows)
    if not len(number_of):
        return None
    work = len(data.rows) * (1 if data.n_classes == 2 else data.n_classes) * len(number_of)
    n_members = plan.n_members if in_place else min(MOST_MEMBERS, plan.n_members, MOST_WORK // work)
    if n_members < FEWEST_MEMBERS or n_members * work > MOST_WORK:
        return None
    return EffectCompanions(
        plan=replace(beside, n_members=n_members),
        data=rows_of(data, _spread(n_members, plan.n_members)),
        factors=factors,
        is_coarse=is_coarse,
        number_of=number_of,
        numbers=tuple(range(encoding.numbers.size)),
        seconds=n_members * work * SECONDS_OF_WORK,
    )


def _spread(n_wanted, n_members):
    """Places of the plan's members whose rows are held out, ascending.

    They are spread out: every second or third member sees the same inputs, and if those have no vote, their held-out
    rows do not tell how much another member should count.
    """
    return np.linspace(0, n_members - 1, n_wanted).astype(int).tolist()


@dataclass(frozen=True, eq=False, kw_only=True)
class EffectCompanions:
    """Mixed-effects members that are not learned yet. Used as `Companions` are.

    Attributes
    ----------
    plan : TrainingPlan
    data : TrainingData
    factors : EffectUnits
        Without effects.
    is_coarse, number_of : ndarray of shape (n_factors,)
        As from `learn_factors`.
    numbers : tuple of int
        Inputs that are numbers.
    seconds : float
        That learning takes, about.
    """

    plan: TrainingPlan
    data: TrainingData
    factors: EffectUnits
    is_coarse: np.ndarray
    number_of: np.ndarray
    numbers: tuple[int, ...]
    seconds: float

    member_weights = MEMBER_WEIGHT

    def train(self, seeds, deadline=NO_DEADLINE, is_cancelled=None):
        """Learn the members: as `Companions.train`.

        Empty if it is cancelled, if there is too little time, or if no member has an effect.
        """
        from robust_mlp._network.held_out_predictions import finished

        del seeds
        if not deadline.allows(MIXED_EFFECTS, self.seconds):
            return []
        levels, slopes = self._levels(), self._slopes()
        learned = []
        for where in self.data.train:
            if is_cancelled is not None and is_cancelled():
                return []
            rows = EffectRows(
                levels=levels[where],
                n_levels=self.factors.n_levels,
                slopes={number: slope[where] for number, slope in slopes.items()},
                codes=self.data.codes[where],
                weights=self.data.weights[where].astype(np.float64),
                n_classes=self.data.n_classes,
                counts=None if self.data.counts is None else self.data.counts[where],
            )
            learned.append(learn_effects(rows, self.is_coarse, self.number_of, deadline.check))
        if not any(tables for _, tables in learned):
            return []
        attempt = Attempt(plan=self.plan, records=(), best_epoch=0, stop_reason="max_iter", held_out=None, network=None)
        trained = Trained(weights_of(self.factors, learned))
        return [(finished(attempt, trained, self.data), self.data)]

    def _levels(self):
        """The levels of all rows, in chunks: a row has a comparison for each cut of each number."""
        rows = self.data.rows
        levels = np.empty((len(rows), len(self.number_of)), dtype=np.intp)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            levels[part] = self.factors.levels(rows[part])
        return levels

    def _slopes(self):
        """The numbers of all rows by their input, cut off. A constant has no slope."""
        found = {}
        for number in self.numbers:
            values = np.clip(self.data.rows[:, number], -LARGEST_SLOPED, LARGEST_SLOPED).astype(np.float64)
            if np.ptp(values) > 0:
                found[number] = values
        return found


def weights_of(factors, learned):
    """The weights of a network of linear heads on EffectUnits.

    Parameters
    ----------
    factors : EffectUnits
        Without effects.
    learned : list of tuple
        For each member what `learn_effects` returns.

    Returns
    -------
    weights : NetworkWeights
        Each member's head takes its own columns of the table.
    """
    n_members, n_classes = len(learned), len(learned[0][0])
    effects = sorted({effect for _, tables in learned for effect in tables})
    sizes = np.append(factors.n_levels, 1)
    n_cells = [int(sizes[first] * sizes[second]) for first, second, _ in effects]
    starts = np.concatenate([[0], np.cumsum(n_cells)]).astype(np.int64)
    table = np.zeros((starts[-1], n_members * n_classes), np.float32)
    kernel = np.zeros((n_members, n_members * n_classes, n_classes), np.float32)
    for member, (_, tables) in enumerate(learned):
        own = slice(member * n_classes, (member + 1) * n_classes)
        kernel[member, own] = np.eye(n_classes)
        for effect, start, size in zip(effects, starts[:-1], n_cells, strict=True):
            if effect in tables:
                table[start : start + size, own] = tables[effect]
    first, second, numbers = np.array(effects, np.int64).reshape(-1, 3).T.copy()
    units = replace(factors, first=first, second=second, numbers=numbers, starts=starts[:-1], table=table)
    bias = np.array([[intercept] for intercept, _ in learned], np.float32)
    trainable = [kernel, bias] if n_members > 1 else [kernel[0], bias[0, 0]]
    return NetworkWeights(
        trainable, [], "linear", n_hidden=0, batch_norm=False, has_linear_path=False, n_members=n_members, units=units
    )
