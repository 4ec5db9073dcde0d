"""Training of networks on sparse rows, in NumPy and SciPy, with the methods of the graph's engine.

Rows stay sparse: a batch is a few rows of a csr array, and the first product reads stored cells alone. Formulas,
batches and dropout masks are those of the graph, so weights differ by rounding only; dropout of inputs drops stored
cells."""

import contextlib

import numpy as np
from scipy import sparse

from robust_mlp._core.losses import logit_losses_and_slopes
from robust_mlp._network.architecture import NetworkShape
from robust_mlp._network.graph.epochs import MEASURED
from robust_mlp._network.graph.graph_inputs import NEVER
from robust_mlp._network.graph.masks import APART
from robust_mlp._network.graph.member_axis import WeightArray, stacked, stacked_shape, unstacked
from robust_mlp._network.graph.training_step import TINY
from robust_mlp._network.held_out_figures import held_out_figures
from robust_mlp._network.linear_engine import TableArrays
from robust_mlp._network.sparse_network import Passes, SparseWeights, n_weights
from robust_mlp._network.sparse_optimizers import optimizer_for
from robust_mlp._system.threads import on_one_thread


@contextlib.contextmanager
def lent_sparse(
    plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), input_groups=(), hides_inputs=False, shares=False
):
    """Lend an engine for sparse rows. Parameters and yielded values are those of `engine_cache.borrowed_engine`."""
    del hides_inputs  # a sparse table has no pieces and no scales of members, for which inputs are hidden
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    yield SparseEngine(shape, plan, input_groups, has_held_out=has_held_out, shares_held_out=shares), shape


def fitted_to_rows(drawn, rows, weights, shape):
    """Initial weights whose first kernel suits sparse rows: its variance follows the size of rows, not their width.

    Of 20,000 inputs a row has twenty that are not 0. With weights drawn for 20,000, hidden units would hardly differ.

    Parameters
    ----------
    drawn : list of ndarray
        As from `initial_weights`. Changed in place.
    rows : csr_array of shape (n_rows, n_inputs)
    weights : ndarray of shape (n_rows,)
        Weight of each row.
    shape : NetworkShape

    Returns
    -------
    drawn : list of ndarray
    """
    squares = rows.multiply(rows).sum(axis=1, dtype=np.float64)
    square = float(squares @ weights) / max(float(weights.sum(dtype=np.float64)), TINY)
    if shape.hidden_layer_sizes and square > 0:
        drawn[0] *= np.float32(max(1.0, np.sqrt(shape.n_inputs / square)))
    return drawn


class _Member:
    """One network and all that its training keeps of it."""

    def __init__(self, shape, plan):
        size = n_weights(shape)
        self.now, self.best = (SparseWeights(shape, np.zeros(size, np.float32)) for _ in range(2))
        self.gradient = SparseWeights(shape, np.zeros(size, np.float32))
        widths = shape.hidden_layer_sizes if shape.batch_norm else ()
        self.moving = [make(width, np.float32) for width in widths for make in (np.zeros, np.ones)]
        self.best_moving = [array.copy() for array in self.moving]
        self.passes = Passes(shape, self.now, self.gradient, self.moving)
        self._shape, self._settings = shape, plan.optimizer
        self.begin_optimizer()

    def begin_optimizer(self, state=None):
        """Forget what the optimizer knows, or go on from an OptimizerState."""
        self.optimizer = optimizer_for(self._settings, self._shape, self.now)
        if state is not None:
            self.optimizer.go_on(state)

    def keep(self):
        """Keep the weights of now as the best ones."""
        self.best.vector[:] = self.now.vector
        for best, now in zip(self.best_moving, self.moving, strict=True):
            best[:] = now


class SparseEngine:
    """Trains networks whose inputs are csr rows, with the methods of `graph.engine.Engine`.

    Parameters
    ----------
    shape : NetworkShape
    plan : TrainingPlan
        Its optimizer and its bounds are used.
    input_groups : tuple of int, default=()
        The group of each member; empty: one group for all.
    has_held_out, shares_held_out : bool
        Whether rows are held out; whether all members hold out the same ones.
    """

    def __init__(self, shape, plan, input_groups=(), *, has_held_out=True, shares_held_out=False):
        self._shape, self._plan = shape, plan
        self._has_held_out, self._shares = has_held_out, shares_held_out
        self._group_of = np.array(input_groups or (0,) * shape.n_members)
        self._n_groups = int(self._group_of.max()) + 1
        self.n_watched = self._n_groups + shape.n_members
        self.dropout_layers = tuple(layer for layer in shape.dropout_layers if layer[0] == "hidden")
        self._members = [_Member(shape, plan) for _ in range(shape.n_members)]
        names = _names_of(shape)
        arrays = self._members[0].now.arrays()
        self._shapes = [array.shape for array in arrays]
        self.variables = [
            WeightArray(name, stacked_shape(array.shape, shape.n_members))
            for name, array in zip(names, arrays, strict=True)
        ]

    @staticmethod
    def compiles(batch_size):
        """Never, because the steps run in NumPy."""
        del batch_size
        return False

    @property
    def shapes(self):
        """Shapes of the weight arrays, in the model's order."""
        return [variable.shape for variable in self.variables]

    @staticmethod
    def tables(trained_on, eval_rows):
        """Two tables of (rows, codes, weights) as `run` wants them."""
        return TableArrays(*trained_on), TableArrays(*eval_rows)

    # Weights in and out

    def reset(self, weights, moving=None, slots=None):
        """Start from given weights: see `Engine.reset`."""
        by_member = unstacked(weights, self._shapes, self._shape.n_members)
        for k, (member, arrays) in enumerate(zip(self._members, by_member, strict=True)):
            _assign(member.now.arrays(), arrays)
            member.begin_optimizer(slots[k] if slots else None)
        self._set_moving([member.moving for member in self._members], moving)
        for member in self._members:
            member.keep()

    def set_best(self, weights, moving):
        """Set the weights of the best epoch, after `reset`."""
        for member, arrays in zip(self._members, unstacked(weights, self._shapes, self._shape.n_members), strict=True):
            _assign(member.best.arrays(), arrays)
        self._set_moving([member.best_moving for member in self._members], moving)

    def _set_moving(self, of_members, moving):
        if not moving:  # means, each followed by its variance
            values = [[np.full_like(array, i % 2) for i, array in enumerate(of_members[0])]] * len(of_members)
        else:
            values = unstacked(list(moving), [array.shape for array in of_members[0]], len(of_members))
        for arrays, new in zip(of_members, values, strict=True):
            _assign(arrays, new)

    def weights(self, *, best):
        """Trainable weights as a list of arrays: of the best epoch, or of the last."""
        found = [(member.best if best else member.now).arrays() for member in self._members]
        return stacked([[array.copy() for array in arrays] for arrays in found])

    def moving(self, *, best):
        """Moving means and variances that belong to `weights`."""
        found = [member.best_moving if best else member.moving for member in self._members]
        return stacked([[array.copy() for array in arrays] for arrays in found]) if found[0] else []

    def slots(self):
        """An OptimizerState for each member."""
        return [member.optimizer.slots() for member in self._members]

    # Training

    def run(self, table, held_out, epochs, settings, stopping):
        """Train for some epochs, or until the stopping rule says so: see `Engine.run`."""
        look = self._looking_at(held_out, settings, stopping)
        n_epochs, n_members, n_steps, _ = epochs.orders.shape
        begins = settings.masks.begins(epochs.first_step, len(epochs.rates)).reshape(n_members, n_epochs, n_steps)
        rates = epochs.rates.reshape(n_epochs, n_steps)
        measured, shares = [], []
        with np.errstate(all="ignore"), on_one_thread():  # a loss of NaN ends the training
            for e in range(n_epochs):
                if stopping.is_over:
                    break
                before = [member.now.vector.copy() for member in self._members]
                losses = [
                    self._step(k, table, epochs.orders[e, k, i], float(rates[e, i]), begins[k, e, i], settings)
                    for k in range(n_members)
                    for i in range(n_steps)
                ]
                moved = [member.now.vector - old for member, old in zip(self._members, before, strict=True)]
                ratio = _norm(moved) / max(_norm(before), TINY)
                del before, moved
                refined, figures, share = look() if self._has_held_out else (np.mean(losses), {}, None)
                refined = np.broadcast_to(np.float32(refined), self.n_watched)
                improved = self._keep_best(refined, stopping)
                figures |= {"loss": np.mean(losses), "refined_loss": refined[self._group_of].mean()}
                measured.append(figures | {"update_ratio": ratio, "improved": improved[0]})
                shares.append(np.full(self._shape.n_outputs, np.nan) if share is None else share)
        found = {name: np.array([numbers.get(name, np.nan) for numbers in measured]) for name in MEASURED}
        return found | {"held_out_share": np.array(shares).reshape(len(measured), self._shape.n_outputs)}

    def _step(self, k, table, where, rate, begin, settings):
        """One update of a member by the batch `where`; returns the loss of the batch."""
        member, plan, scalars = self._members[k], self._plan, settings.scalars
        rows = self._with_dropout(table.rows[where], begin)
        codes, shares = table.codes[where], table.weights[where] / np.float32(len(where))
        logits = member.passes.forward(rows, self._masks(settings.masks.tables[1], int(begin), len(where)))
        losses, slopes = logit_losses_and_slopes(logits.T[np.newaxis], codes[np.newaxis])
        losses, slopes = losses[0], slopes[0].T
        if scalars["label_smoothing"]:
            losses, slopes = _smoothed(losses, slopes, codes, scalars["label_smoothing"])
        of_first = member.passes.backward(rows, np.ascontiguousarray(slopes * shares[:, np.newaxis]))
        of_rest = member.gradient.vector[of_first.size :]
        if plan.clip_norm is not None:
            norm = _norm([of_first, of_rest])
            factor = np.float32(scalars["clip_norm"] / max(norm, scalars["clip_norm"]))
            of_first *= factor
            of_rest *= factor
        decay = rate * scalars["weight_decay"]
        if decay:
            for kernel in member.now.kernels:
                kernel *= np.float32(1 - decay)
        member.optimizer.update(of_first, member.gradient, rate)
        if plan.max_norm is not None:
            _bound(member.now, scalars["max_norm"])
        return float(np.vdot(shares, losses))

    def _with_dropout(self, rows, begin):
        """The batch with some stored cells dropped, and the others larger (Srivastava et al. 2014, section 10)."""
        rate = self._plan.input_dropout
        if not rate:
            return rows
        kept = np.random.default_rng(int(begin)).random(rows.nnz, dtype=np.float32) >= rate
        data = rows.data * kept / np.float32(1 - rate)
        return sparse.csr_array((data, rows.indices, rows.indptr), shape=rows.shape)

    def _masks(self, values, begin, n_rows):
        """Dropout masks of a step, as the graph cuts them from the table `values`."""
        masks = []
        for _, width in self.dropout_layers:
            masks.append(values[begin : begin + n_rows * width].reshape(n_rows, width))
            begin += -(-n_rows * width // APART) * APART
        return masks

    def _keep_best(self, monitored, stopping):
        """Apply the stopping rule and keep the best weights of each member; returns what improved."""
        improved = monitored < stopping.best
        stopping.waited = np.where(monitored < stopping.best - stopping.tol, 0, stopping.waited + 1)
        stopping.waited[self._n_groups :] = NEVER  # the training waits for groups alone
        stopping.best = np.fmin(stopping.best, monitored)
        for member, is_better in zip(self._members, improved[self._n_groups :], strict=True):
            if is_better:
                member.keep()
        return improved

    def _looking_at(self, held_out, settings, stopping):
        """A function that measures the current weights: see `held_out_figures`."""
        where = stopping.rows
        codes, weights = held_out.codes[where], held_out.weights[where] * stopping.mask

        def look():
            logits = [
                member.passes.logits(held_out.rows[rows]).T for member, rows in zip(self._members, where, strict=True)
            ]
            return held_out_figures(
                np.array(logits),
                codes,
                weights,
                stopping.mask,
                settings.corrections,
                self._group_of,
                tempers=settings.tempers,
                is_shared=self._shares,
            )

        return look


def _names_of(shape):
    """Names of the weight arrays, in the order of the Keras model."""
    hidden = ["kernel", "bias", *(("gamma", "beta") if shape.batch_norm else ())]
    path = ["kernel"] if shape.has_linear_path else []
    return hidden * len(shape.hidden_layer_sizes) + ["kernel", "bias"] + path


def _assign(arrays, values):
    for array, value in zip(arrays, values, strict=True):
        array[...] = np.asarray(value).reshape(array.shape)


def _norm(arrays):
    """Norm of several arrays together."""
    return float(np.sqrt(sum(float(np.vdot(array, array)) for array in arrays)))


def _smoothed(losses, slopes, codes, smoothing):
    """Losses and slopes with a share of each label spread over all classes (Szegedy et al. 2016, eq. 5)."""
    n_classes = slopes.shape[1]
    right = codes[:, np.newaxis] == np.arange(n_classes)
    # softmax = slope + truth; the mean of -log(softmax) over the classes is the loss of a uniform label.
    uniform = -np.log(np.maximum(slopes + right, TINY)).mean(axis=1)
    losses = losses + smoothing * (uniform - losses)
    return losses, slopes + np.float32(smoothing) * (right - np.float32(1 / n_classes))


def _bound(weights, bound):
    """Scale every unit's incoming weights to a norm of at most `bound` (Srivastava et al. 2014, section 5.1)."""
    for kernel in weights.kernels:
        norms = np.sqrt(np.square(kernel).sum(axis=0))
        kernel *= np.minimum(1, np.float32(bound) / np.maximum(norms, np.float32(TINY)))
