"""One update of a network in the graph: forward pass, backward pass, weight decay, optimizer, clipping and max-norm."""

import tensorflow as tf

from robust_mlp._network.graph import batch_slices
from robust_mlp._network.graph.cross_entropy import cross_entropy
from robust_mlp._network.graph.masks import handed_out

SCALARS = ("weight_decay", "label_smoothing", "max_norm", "clip_norm")

# An array with this many weights is not rewritten if the decay is 0. For smaller arrays the check takes as long.
LARGE = 2**18
TINY = 1e-12  # keeps a ratio of norms finite when the norm below is zero


class Steps:
    """The updates of a Keras model by batches of rows.

    Parameters
    ----------
    model : keras.Model
        From rows to logits: (batch, d) -> (batch, C).
    options : GraphOptions
    has_own_schedule : bool
        Whether the optimizer has a learning-rate schedule. Its learning rate is then never set.
    """

    def __init__(self, model, options, *, has_own_schedule=False):
        self._model, self._options, self._has_own_schedule = model, options, has_own_schedule
        self._is_kernel = [v.name == "kernel" for v in model.trainable_variables]

    def update(self, updated, n_slices, batch, state, rate, scalars, masks):
        """One update.

        Parameters
        ----------
        updated : Weights
        n_slices : int
            Number of slices of the batch, whose passes run side by side.
        batch : sequence of tensor
            Rows, codes, and the weight of each row's loss in the loss of the batch.
        state : list of tensor
            Values of the model's `non_trainable_variables`.
        rate : tensor
            The learning rate.
        scalars : dict of str to tensor, keys `SCALARS`
        masks : list of tensor
            Dropout masks.

        Returns
        -------
        loss : tensor
        state : list of tensor
        """
        values = updated.values()
        parts = updated.layout.parted_tensors(values)
        smoothing = scalars["label_smoothing"] if self._options.has_label_smoothing else None
        passes = [
            self._pass(updated.layout, parts, state, smoothing, *tensors)
            for tensors in batch_slices.sliced([*batch, *masks], n_slices)
        ]
        losses, by_slice, states = zip(*passes, strict=True)
        loss, gradients = tf.add_n(losses), [tf.add_n(of_slices) for of_slices in zip(*by_slice, strict=True)]
        if self._options.has_clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, scalars["clip_norm"])
        if not self._has_own_schedule:
            updated.optimizer.learning_rate.assign(rate)
        _decay(updated, values, rate * scalars["weight_decay"])
        updated.optimizer.apply(gradients, updated.variables)
        if self._options.has_max_norm:
            bounded = self._within_max_norm(updated.parts(), scalars["max_norm"])
            updated.assign(updated.layout.joined_tensors(bounded))
        return loss, [tf.convert_to_tensor(value) for value in states[-1]]

    def _pass(self, layout, parts, state, smoothing, rows, codes, shares, *masks):
        """Forward and backward pass; returns the sum of the losses, its gradients, and the network's new state."""
        with handed_out(masks), tf.GradientTape() as tape:
            tape.watch(parts)
            logits, state = self._model.stateless_call(parts, state, rows, training=True)
        losses, slopes = cross_entropy(codes, logits, smoothing)
        gradients = tape.gradient(logits, parts, output_gradients=slopes * tf.expand_dims(shares, -1))
        gradients = [tf.convert_to_tensor(g) for g in gradients]  # an embedding's is sparse
        return tf.reduce_sum(shares * losses), layout.joined_tensors(gradients), state

    def _within_max_norm(self, parts, bound):
        """Scale every unit's incoming weights to a norm of at most `bound` (Srivastava et al. 2014, section 5.1)."""
        bounded = []
        for part, is_kernel in zip(parts, self._is_kernel, strict=True):
            norms = tf.norm(part, axis=-2, keepdims=True) if is_kernel else 0.0
            bounded.append(part * tf.minimum(1.0, bound / tf.maximum(norms, TINY)))
        return bounded


def _decay(updated, values, share):
    """Shrink the kernels by a share, given the weights' values before the step."""

    def decay():
        updated.assign(updated.layout.decayed(values, 1.0 - share))

    if max(value.shape.num_elements() for value in values) < LARGE:
        decay()
    else:  # a loop of at most one round, because tf.cond needs a free thread (see replicas.py)
        tf.while_loop(lambda is_left: is_left, lambda _: decay() or False, [share > 0])


def run_steps(step, batch_of, settings_of, n_steps, state, *, fetches_ahead=False):
    """Run the steps of an epoch one by one: see `compiled.run_steps`.

    With `fetches_ahead`, another thread fetches the rows of the next step during each step.
    """

    def body(i, total, state, *fetched):
        following = batch_of(tf.minimum(i + 1, n_steps - 1)) if fetched else ()
        loss, state = step(fetched or batch_of(i), settings_of(i), state)
        return i + 1, total + loss, state, *following

    fetched = batch_of(0) if fetches_ahead else ()
    _, total, state, *_ = tf.while_loop(
        lambda i, *_: i < n_steps, body, [0, tf.constant(0.0), state, *fetched], parallel_iterations=1
    )
    return total, state
