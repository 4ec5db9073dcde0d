"""Local steps: what a training does on one partition, and how networks that made such steps are averaged.

Local SGD: each group of partitions trains a network of its own from the same weights, and after each round the weights
and the optimizer's moments are averaged. Functions of their arguments: the same task gives the same bits wherever and
however often it runs.

References
----------
S. U. Stich (2019). Local SGD converges fast and communicates little. ICLR, arXiv 1805.09767 (algorithm 1).
T. Lin, S. U. Stich, K. K. Patel, M. Jaggi (2020). Don't use large mini-batches, use local SGD. ICLR, arXiv 1808.07217.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import row_losses
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import Hooks, OptimizerState, Trained, TrainingData
from robust_mlp._data.encoding import Encoding
from robust_mlp._fit.training_table import hidden_inputs
from robust_mlp._prediction.network import NetworkWeights


@dataclass(frozen=True, eq=False)
class RoundJob:
    """What all local steps of one fit share.

    Attributes
    ----------
    plan : TrainingPlan
    encoding : Encoding
    seeds : dict of str to int
    n_classes : int
    class_weights : ndarray of shape (n_classes,)
        What the weight of a row of each class is multiplied by, for weights in the loss of mean 1.
    offsets : ndarray of shape (n_classes,)
        From predictions of the network to the class shares of the data.
    n_steps : int
        Local steps of one network in the whole fit, about: whether compiling pays depends on it.
    divided_members : tuple of tuple of int
        Which members each task of a group trains.
    """

    plan: TrainingPlan
    encoding: Encoding
    seeds: dict[str, int]
    n_classes: int
    class_weights: np.ndarray
    offsets: np.ndarray
    n_steps: int
    divided_members: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Steps:
    """A network after local steps, with the weight of the rows that it saw.

    `trained` is None for a group that has no rows in a round. `loss` is the mean training loss over these rows.
    """

    trained: Trained | None
    mass: float
    loss: float


@dataclass(frozen=True, eq=False)
class Judged:
    """Sums over held-out rows, of which figures of all partitions are made.

    `mass` is the weight of the rows, `loss` and `right` weighted sums; `n_predicted` ndarray of shape (n_classes,)
    counts the class predicted, `sums` and `squares` ndarrays of shape (n_classes,) are those of probabilities.
    """

    mass: float
    loss: float
    right: float
    n_predicted: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    def plus(self, other):
        """The sums over the rows of both."""
        return Judged(*(mine + others for mine, others in zip(self._values, other._values, strict=True)))

    @property
    def _values(self):
        return self.mass, self.loss, self.right, self.n_predicted, self.sums, self.squares

    @property
    def mean_loss(self):
        """Weighted mean log loss, or None where no row is held out."""
        return self.loss / self.mass if self.mass > 0 else None

    @property
    def predicted_share(self):
        """Predicted share of each class, a tuple; empty where no row is held out."""
        return tuple((self.n_predicted / self.n_predicted.sum()).tolist()) if self.mass > 0 else ()

    @property
    def spread(self):
        """Largest standard deviation, over classes, of the probabilities over rows."""
        n = self.n_predicted.sum()
        return float(np.sqrt(np.max(self.squares / n - (self.sums / n) ** 2).clip(0))) if n else None

    @classmethod
    def nothing(cls, n_classes):
        """The sums over no rows."""
        return cls(0.0, 0.0, 0.0, *np.zeros((3, n_classes)))


@dataclass(frozen=True)
class LocalRun:
    """One call of `local_steps`.

    `seed` is that of the order of the rows and of dropout. Rows k, k + n, k + 2 n, ... are trained on. `members` are
    those that the network has; None: all of the plan.
    """

    learning_rate: float
    seed: int
    k: int = 0
    n: int = 1
    members: tuple[int, ...] | None = None


def local_steps(part, before, job, run):
    """Train one epoch on rows of a partition.

    Parameters
    ----------
    part : PreparedPart
    before : Steps
        What the group has done in this round so far; its `mass` is 0 at the beginning.
    job : RoundJob
    run : LocalRun

    Returns
    -------
    after : Steps
    """
    table = part.train if run.n == 1 else part.train.at(np.arange(run.k, len(part.train), run.n))
    if not len(table):
        return before
    from robust_mlp._network.training import train

    weights = (table.weights * job.class_weights[table.codes]).astype(np.float32)
    rows = job.encoding.transform(table.X)
    every = np.arange(len(rows))
    data = TrainingData(
        rows=rows,
        codes=table.codes,
        weights=weights,
        eval_rows=(rows, table.codes, weights),
        train_eval_rows=every[:1],  # a training without held-out rows looks at some; these are judged elsewhere
        n_classes=job.n_classes,
        train=[every] * job.plan.n_members,
        embedding_sizes=job.encoding.embedding_sizes,
        hidden_inputs=hidden_inputs(job.encoding, job.plan),
    )
    if run.members is not None:
        data = data.of_members(run.members)
    n_steps = -(-len(rows) // job.plan.batch_size)
    plan = replace(
        job.plan,
        n_members=len(data.train),
        learning_rate=run.learning_rate,
        learning_rate_schedule=None,
        longest_schedule=None,
        early_stopping=False,
        max_iter=max(1, -(-job.n_steps // n_steps)),  # so that steps are compiled where that pays in the whole fit
    )
    seeds = job.seeds | {"shuffle": run.seed, "dropout": run.seed + 1}
    attempt = train(plan, data, seeds, hooks=Hooks(on_epoch=_after_one), start=before.trained)
    mass, loss = float(table.weights.sum()), attempt.records[-1].loss
    total = before.mass + mass
    return Steps(attempt.network, total, (before.mass * before.loss + mass * loss) / total)


def _after_one(record, make_network):
    """Stop after one epoch."""
    del record, make_network
    return True


def judge(part, trained, job):
    """The Judged of a network on the held-out rows of a partition."""
    table = part.held_out
    if not len(table):
        return Judged.nothing(job.n_classes)
    network = trained.weights.network()
    with np.errstate(over="ignore", invalid="ignore"):
        probabilities = network.probabilities(job.encoding.transform(table.X), np.arange(len(table)))
    if job.offsets.any():
        probabilities = shift_log_odds(probabilities, job.offsets)
    predicted = probabilities.argmax(axis=1)
    return Judged(
        mass=float(table.weights.sum()),
        loss=float((row_losses(probabilities, table.codes) * table.weights).sum()),
        right=float(((predicted == table.codes) * table.weights).sum()),
        n_predicted=np.bincount(predicted, minlength=job.n_classes).astype(float),
        sums=probabilities.sum(axis=0),
        squares=(probabilities**2).sum(axis=0),
    )


def sum_of(*judged):
    """The sums over the rows of several partitions, added in their order."""
    total = judged[0]
    for one in judged[1:]:
        total = total.plus(one)
    return total


def averaged(*steps):
    """The Steps of several groups as one: weights and moments averaged, each group counting by the weight of its rows.

    A group without rows counts nothing. Sums are taken in the order of the arguments, in float64.
    """
    present = [one for one in steps if one.mass > 0]
    if len(present) < 2:
        return present[0] if present else steps[0]
    masses = np.array([one.mass for one in present])
    shares = masses / masses.sum()
    trained = [one.trained for one in present]
    weights = trained[0].weights
    mean = replace(
        weights,
        trainable=_mean([t.weights.trainable for t in trained], shares),
        moving=_mean([t.weights.moving for t in trained], shares),
    )
    slots = None if trained[0].slots is None else _mean_slots([t.slots for t in trained], shares)
    n_steps = max(t.n_steps for t in trained)
    loss = float(np.dot(shares, [one.loss for one in present]))
    return Steps(Trained(mean, slots, n_steps), float(masses.sum()), loss)


def _mean(lists, shares):
    """The weighted means of the arrays of several lists, place by place."""
    return [_mean_array(arrays, shares) for arrays in zip(*lists, strict=True)]


def _mean_array(arrays, shares):
    first = np.asarray(arrays[0])
    if first.dtype.kind != "f":  # a count of steps
        return np.asarray(max(arrays, key=np.max))
    total = np.zeros(first.shape)
    for share, array in zip(shares, arrays, strict=True):
        total += share * np.asarray(array, dtype=np.float64)
    return total.astype(first.dtype)


def _mean_slots(slots, shares):
    """The mean OptimizerState of each member."""
    return [
        OptimizerState(
            {name: _mean([state.of_weights[name] for state in states], shares) for name in states[0].of_weights},
            _mean([state.others for state in states], shares),
        )
        for states in zip(*slots, strict=True)
    ]


def is_finite(trained):
    """Whether every weight is finite."""
    weights: Any = trained.weights
    assert isinstance(weights, NetworkWeights)
    return bool(weights.network().is_finite())
