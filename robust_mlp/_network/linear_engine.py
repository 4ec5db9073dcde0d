"""Training of small networks without hidden units in NumPy, because tracing a graph would take longer.

Formulas and batches are those of the engine's graph, with Adam: weights differ only by rounding. In all arrays the
class axis comes before the row axis, because sums over short contiguous axes are slow."""

import contextlib
from dataclasses import dataclass

import numpy as np

from robust_mlp._core.losses import logit_losses, logit_losses_and_slopes
from robust_mlp._core.temperature import refined_losses
from robust_mlp._network import engine_cache
from robust_mlp._network.architecture import NetworkShape
from robust_mlp._network.graph.epochs import MEASURED
from robust_mlp._network.graph.graph_inputs import NEVER
from robust_mlp._network.graph.member_axis import WeightArray, stacked_shape
from robust_mlp._network.graph.training_step import TINY

# Keras' defaults for Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980, end of section 2).
DECAY_OF_MEAN, DECAY_OF_SQUARE, EPSILON = 0.9, 0.999, 1e-7
# Up to this total number of weights, a training in NumPy takes at most about as long as one in a graph that is already
# traced (`make bench-speed.heads`).
MOST_WEIGHTS = 2**15


@dataclass(frozen=True)
class TableArrays:
    """One table: rows float32 (n, d), codes int32 (n,), weights float32 (n,)."""

    rows: np.ndarray
    codes: np.ndarray
    weights: np.ndarray


@contextlib.contextmanager
def lent_for(
    plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), input_groups=(), hides_inputs=False, shares=False
):
    """Lend an engine for a training that is never continued: a `LinearEngine` if possible, else one from the cache.

    Parameters and yielded values are those of `engine_cache.borrowed_engine`.
    """
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    if _serves(plan, shape, has_held_out, hides_inputs):
        yield LinearEngine(shape, input_groups), shape
        return
    with engine_cache.borrowed_engine(
        plan, n_inputs, n_outputs, has_held_out, embedding_sizes, input_groups, hides_inputs, shares
    ) as lent:
        yield lent


def _serves(plan, shape, has_held_out, hides_inputs):
    is_plain = not (shape.hidden_layer_sizes or shape.has_input_dropout or shape.embedding_sizes or hides_inputs)
    is_unbounded = plan.max_norm is None and plan.clip_norm is None and plan.label_smoothing == 0
    n_weights = shape.n_members * shape.n_outputs * (shape.n_inputs + 1)
    return is_plain and is_unbounded and has_held_out and plan.optimizer == "adam" and n_weights <= MOST_WEIGHTS


class LinearEngine:
    """Trains linear heads, with the methods of `Engine`.

    It measures losses, accuracy and the size of the update. Shares and spread are NaN: nobody reads them in the records
    of companions, and for others the records leave them out.

    Parameters
    ----------
    shape : NetworkShape
        Without hidden layers, embedded categories and dropout.
    input_groups : tuple of int
        The group of each member; empty: one group for all.
    has_held_out : bool, default=True
        Without held-out rows, the training loss chooses the epoch.
    """

    dropout_layers = ()

    def __init__(self, shape, input_groups=(), *, has_held_out=True):
        self._has_held_out, self._hidden = has_held_out, None
        self._dims = shape.n_members, shape.n_outputs, shape.n_inputs
        self._group_of = np.array(input_groups or (0,) * shape.n_members)
        self._n_groups = int(self._group_of.max()) + 1
        self.n_watched = self._n_groups + shape.n_members
        self.variables = [
            WeightArray("kernel", stacked_shape((shape.n_inputs, shape.n_outputs), shape.n_members)),
            WeightArray("bias", stacked_shape((shape.n_outputs,), shape.n_members)),
        ]
        # All kernels, then all biases, in one vector: the optimizer needs few operations.
        n_weights = shape.n_members * shape.n_outputs * (shape.n_inputs + 1)
        self._now, self._best, self._mean, self._square, self._gradient, self._scratch = np.zeros(
            (6, n_weights), np.float32
        )

    @staticmethod
    def compiles(batch_size):
        """Never, because the steps run in NumPy."""
        del batch_size
        return False

    @property
    def shapes(self):
        """Shapes of the weight arrays, in the model's order."""
        return [variable.shape for variable in self.variables]

    def tables(self, trained_on, eval_rows):
        """Two tables of (rows, codes, weights) as `run` wants them."""
        return TableArrays(*trained_on), TableArrays(*eval_rows)

    # Weights in and out

    def reset(self, weights, moving=None, slots=None):
        """Start from given weights, arrays of `shapes`, with a fresh optimizer."""
        if moving or slots:
            raise ValueError("A linear engine begins trainings and goes on with none; use the cache's engines.")
        n_members, n_outputs, n_inputs = self._dims
        kernel, bias = self._parted(self._now)
        kernel[...] = np.swapaxes(weights[0].reshape(n_members, n_inputs, n_outputs), 1, 2)
        bias[...] = weights[1].reshape(n_members, n_outputs, 1)
        self._best[:] = self._now
        self._mean[:] = self._square[:] = 0
        self._n_updates = 0

    def weights(self, *, best):
        """Trainable weights as a list of arrays: of the best epoch, or of the last."""
        kernel, bias = self._parted(self._best if best else self._now)
        arrays = np.swapaxes(kernel, 1, 2), bias
        return [array.reshape(shape).copy() for array, shape in zip(arrays, self.shapes, strict=True)]

    def moving(self, *, best):
        """There are no moving means and variances."""
        del best
        return []

    def slots(self):
        """None, because such a training is never continued."""
        return None

    def _parted(self, vector):
        """Views of a vector of all weights: kernels (members, outputs, inputs) and biases (members, outputs, 1)."""
        n_members, n_outputs, n_inputs = self._dims
        kernels, biases = np.split(vector, [n_members * n_outputs * n_inputs])
        return kernels.reshape(self._dims), biases.reshape(n_members, n_outputs, 1)

    # Training

    def run(self, table, held_out, epochs, settings, stopping):
        """Train for some epochs, or until the stopping rule says so: see `Engine.run`.

        It reads no dropout masks: `_serves` leaves such plans to the graph.
        """
        if settings.hidden_inputs is not None:
            self._hidden = settings.hidden_inputs[:, np.newaxis]  # an axis for the outputs
        look = self._looking_at(held_out, stopping, settings.correction)
        orders = epochs.orders.swapaxes(1, 2)  # the batches of all members of a step lie together
        inputs = np.empty((*orders.shape[2:], table.rows.shape[1]), np.float32)
        rates, weight_decay = epochs.rates.reshape(orders.shape[:2]), settings.scalars["weight_decay"]
        measured = []
        with np.errstate(all="ignore"):  # a loss of NaN ends the training
            for order, rates_of_epoch in zip(orders, rates.tolist(), strict=True):
                if stopping.is_over:
                    break
                before = self._now.copy()
                steps = zip(order, rates_of_epoch, strict=True)
                losses = [self._step(table, where, inputs, rate, weight_decay) for where, rate in steps]
                moved = np.linalg.norm(self._now - before) / max(float(np.linalg.norm(before)), TINY)
                looked = look() if self._has_held_out else (np.nan, np.nan, np.mean(losses))
                untempered, accuracy, refined = looked
                refined = np.broadcast_to(np.float32(refined), self.n_watched)
                improved = self._keep_best(refined, stopping)
                refined = refined[self._group_of].mean()
                numbers = {"loss": np.mean(losses), "untempered_loss": untempered, "refined_loss": refined}
                # The loss that is told: with a temperature, here with its price.
                numbers |= {"held_out_loss": refined, "held_out_accuracy": accuracy}
                measured.append(numbers | {"update_ratio": moved, "improved": improved[0]})
        found = {name: np.array([numbers.get(name, np.nan) for numbers in measured]) for name in MEASURED}
        return found | {"held_out_share": np.full((len(measured), self._dims[1]), np.nan)}

    def _step(self, table, where, inputs, rate, weight_decay):
        """One update of all members by the batches `where`; returns the mean loss over members."""
        np.take(table.rows, where, axis=0, out=inputs, mode="clip")  # other modes copy
        codes, weights = table.codes[where], table.weights[where]
        kernels, biases = self._parted(self._now)
        logits = np.matmul(kernels, inputs.swapaxes(1, 2))
        logits += biases
        losses, slopes = logit_losses_and_slopes(logits, codes)
        slopes *= (weights / weights.shape[1])[:, np.newaxis]
        of_kernels, of_biases = self._parted(self._gradient)
        np.matmul(slopes, inputs, out=of_kernels)
        np.sum(slopes, axis=2, keepdims=True, out=of_biases)
        kernels *= np.float32(1 - rate * weight_decay)
        self._adam(rate)
        if self._hidden is not None:
            np.copyto(kernels, 0, where=self._hidden)
        return np.vdot(weights, losses) / losses.size

    def _adam(self, rate):
        """Adam's update (Kingma and Ba 2015, the form before section 2.1), in place."""
        self._n_updates += 1
        gradient, scratch = self._gradient, self._scratch
        self._mean *= np.float32(DECAY_OF_MEAN)
        self._mean += np.multiply(gradient, np.float32(1 - DECAY_OF_MEAN), out=scratch)
        self._square *= np.float32(DECAY_OF_SQUARE)
        np.square(gradient, out=scratch)
        scratch *= np.float32(1 - DECAY_OF_SQUARE)
        self._square += scratch
        np.sqrt(self._square, out=scratch)
        scratch += np.float32(EPSILON)
        np.divide(self._mean, scratch, out=scratch)
        unbiased = np.sqrt(1 - DECAY_OF_SQUARE**self._n_updates) / (1 - DECAY_OF_MEAN**self._n_updates)
        scratch *= np.float32(rate * unbiased)
        self._now -= scratch

    def _keep_best(self, monitored, stopping):
        """Apply the stopping rule and keep the best weights of each member; returns what improved."""
        improved = monitored < stopping.best
        stopping.waited = np.where(monitored < stopping.best - stopping.tol, 0, stopping.waited + 1)
        stopping.waited[self._n_groups :] = NEVER  # the training waits for groups alone
        stopping.best = np.fmin(stopping.best, monitored)
        for now, best in zip(self._parted(self._now), self._parted(self._best), strict=True):
            is_better = improved[self._n_groups :]
            best[is_better] = now[is_better]
        return improved

    def _looking_at(self, held_out, stopping, correction):
        """A function that measures the current weights: (held-out loss, accuracy, `refined_losses`)."""
        where, codes = stopping.rows, held_out.codes[stopping.rows]
        inputs = held_out.rows[where].swapaxes(1, 2)
        weights = held_out.weights[where] * stopping.mask

        def look():
            kernels, biases = self._parted(self._now)
            logits = np.matmul(kernels, inputs) + biases
            logits -= logits.max(axis=1, keepdims=True)
            losses = logit_losses(logits, codes)
            # Not np.average, which raises where all weights are 0: the loss is then no number, as in the graph.
            held_out_loss = np.vdot(weights, losses) / weights.sum()
            accuracy = np.vdot(weights, logits.argmax(axis=1) == codes) / weights.sum()
            return held_out_loss, accuracy, refined_losses(logits, codes, weights, correction, self._group_of)

        return look
