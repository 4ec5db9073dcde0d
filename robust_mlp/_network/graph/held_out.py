"""Measurements on held-out rows after each epoch, in the graph. Trains nothing.

The classes are the first axis here, because TensorFlow is slow at sums over a short last axis. This matters: with
several members an epoch has as many held-out rows as training rows."""

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from robust_mlp._core.losses import SMALLEST_PROBABILITY
from robust_mlp._core.temperature import PRIOR_VARIANCE, TEMPERATURE_STEPS

# Losses are cut where those of a report are (`_core.losses.row_losses`).
LARGEST_LOSS = -math.log(SMALLEST_PROBABILITY)


class HeldOutFigures(NamedTuple):
    """What is measured on held-out rows, as tensors.

    Attributes
    ----------
    loss : tensor
        Nats a row, as a report would have it.
    untempered : tensor
        Nats a row, without a temperature and for the class shares in the loss: like the training loss.
    refined : tensor of shape (n_input_groups + n_members,)
        The corrected loss of each group, at the group's best temperature; then for each member that of the other
        members of its group, by which its epoch is chosen.
    accuracy : tensor
    share : tensor of shape (n_classes,)
        Share of the rows that are predicted as each class.
    spread : tensor
        Largest standard deviation of a class's probability over one member's rows, without a temperature.
    """

    loss: Any
    untempered: Any
    refined: Any
    accuracy: Any
    share: Any
    spread: Any


def held_out_figures(logits, codes, row_weights, mask, correction, view_of, *, tempers, is_shared=False):
    """Measure the predictions for held-out rows.

    Loss, accuracy and share are those that a report on the present weights would have: at the temperature that these
    weights would get, for the class shares of the data, and of the members together where they hold out the same rows.

    Parameters
    ----------
    logits : tensor of shape (n_members, n_rows, n_classes)
    codes, row_weights, mask : tensors of shape (n_members, n_rows)
        True classes; weights, 0 for padding; 1 for a row and 0 for padding.
    correction : tensor of shape (4, n_classes)
        For the refined loss: offsets of the logits, and factors of the weights of each class's rows. For the figures
        of a report: the same two.
    view_of : ndarray of shape (n_members,)
        The group of each member.
    tempers : tensor
        1 if the network is going to get a temperature, 0 if not.
    is_shared : bool, default=False
        Whether all members hold out the same rows, in the same order.

    Returns
    -------
    figures : HeldOutFigures
    """
    n_classes = logits.shape[-1]
    logits = tf.transpose(logits, [2, 0, 1])
    logits -= tf.reduce_max(logits, 0)
    right = _of_class(logits, codes)
    for_choice, for_report = tf.split(correction, 2)
    refined, factors = _refined_losses(logits, right, codes, row_weights, for_choice, view_of)
    factors = tf.where(tempers > 0, factors, tf.ones_like(factors))
    offsets, class_factors = tf.unstack(for_report)
    told = _reported(tf.expand_dims(tf.gather(factors, view_of), 1) * logits, offsets, is_shared)
    told_weights = row_weights * tf.gather(class_factors, codes)
    losses = tf.minimum(-_of_class(told, codes), LARGEST_LOSS)
    chosen, total = tf.argmax(told, 0, output_type=tf.int32), tf.reduce_sum(told_weights)
    loss = tf.reduce_sum(told_weights * losses) / total
    accuracy = tf.reduce_sum(told_weights * tf.cast(chosen == codes, tf.float32)) / total
    member_weights = tf.one_hot(chosen, n_classes, axis=0) * mask
    share = tf.reduce_sum(member_weights, [1, 2]) / tf.reduce_sum(mask)
    odds = tf.exp(logits)
    sums = tf.reduce_sum(odds, 0)
    untempered = tf.reduce_sum(row_weights * (tf.math.log(sums) - right)) / tf.reduce_sum(row_weights)
    probabilities, count = odds / sums, tf.reduce_sum(mask, -1, keepdims=True)
    mean = tf.reduce_sum(probabilities * mask, -1, keepdims=True) / count
    variance = tf.reduce_sum(tf.square(probabilities - mean) * mask, -1, keepdims=True) / count
    spread = tf.sqrt(tf.reduce_max(variance))
    return HeldOutFigures(loss, untempered, refined, accuracy, tf.ensure_shape(share, [n_classes]), spread)


def _reported(logits, offsets, is_shared):
    """Log-probabilities of shape (n_classes, n_members, n_rows) from tempered logits, led to the shares of the data.

    Nothing leaves the logarithms: that of a probability of 0 is infinite, and `tf.debugging.enable_check_numerics`
    refuses it.
    """
    logs = _normalized(logits)
    if is_shared:
        top = tf.reduce_max(logs, 1, keepdims=True)
        together = top + tf.math.log(tf.reduce_mean(tf.exp(logs - top), 1, keepdims=True))
        logs = tf.broadcast_to(together, tf.shape(logs))
    return _normalized(logs + tf.reshape(offsets, [-1, 1, 1]))


def _normalized(logs):
    """Log-odds with a constant added for each row, so that their exponentials sum to 1 over the classes."""
    logs -= tf.reduce_max(logs, 0)
    return logs - tf.math.log(tf.reduce_sum(tf.exp(logs), 0))


def _of_class(by_class, codes):
    """The value of each row's own class."""
    return tf.reduce_sum(tf.one_hot(codes, by_class.shape[0], axis=0) * by_class, 0)


def _refined_losses(logits, right, codes, row_weights, correction, view_of):
    """(losses, factors): each group's held-out loss at its best temperature plus its penalty, and the factor of logits.

    The losses of groups are followed, for each member, by that of the other members of its group; its own if it is
    alone there. A loss is at most that at temperature 1, whose factor is 1. `_core/temperature.py` finds the same
    temperature after the training. This function uses Newton's method: under the predicted probabilities, the
    derivative of the summed loss by the inverse temperature is E[logit] - true logit, and the second derivative is the
    variance of the logit.
    """
    offsets, class_factors = tf.unstack(correction)
    row_weights *= tf.gather(class_factors, codes)
    right_offsets, offsets = tf.gather(offsets, codes), tf.reshape(offsets, [-1, 1, 1])
    squares = tf.square(logits)
    n_input_groups = view_of.max() + 1

    is_alone = np.bincount(view_of)[view_of] == 1

    def sums_of_views(by_row):
        return of_views(tf.reduce_sum(by_row, -1))

    def of_views(by_member):
        return tf.math.unsorted_segment_sum(by_member, view_of, n_input_groups)

    def of_views_and_others(by_member):
        of_view = of_views(by_member)
        of_others = tf.where(is_alone, by_member, tf.gather(of_view, view_of) - by_member)
        return tf.concat([of_view, of_others], 0)

    def odds_at(factors):
        factors = tf.expand_dims(tf.gather(factors, view_of), 1)
        shifted = factors * logits + offsets
        top = tf.reduce_max(shifted, 0)
        odds = tf.exp(shifted - top)
        return factors, odds, tf.reduce_sum(odds, 0), top

    def losses_at(factors):
        factors, _, sums, top = odds_at(factors)
        losses = row_weights * (tf.math.log(sums) + top - factors * right - right_offsets)
        return of_views_and_others(tf.reduce_sum(losses, -1))

    def newton_step(factors):
        _, odds, sums, _ = odds_at(factors)
        mean = tf.reduce_sum(odds * logits, 0) / sums
        variance = tf.reduce_sum(odds * squares, 0) / sums - tf.square(mean)
        slopes = sums_of_views(row_weights * (mean - right)) + tf.math.log(factors) / factors / PRIOR_VARIANCE
        curvatures = sums_of_views(row_weights * variance) + 1 / tf.square(factors) / PRIOR_VARIANCE
        return (tf.clip_by_value(factors - slopes / curvatures, factors / 2, factors * 2),)

    as_they_are = tf.ones(n_input_groups)
    # A loop in the graph, so that each operation is traced only once.
    (factors,) = tf.while_loop(
        lambda _: True, newton_step, (as_they_are,), maximum_iterations=TEMPERATURE_STEPS, parallel_iterations=1
    )
    costs = tf.square(tf.math.log(factors)) / PRIOR_VARIANCE / 2
    costs = tf.concat([costs, tf.gather(costs, view_of)], 0)
    total = of_views_and_others(tf.reduce_sum(row_weights, -1))
    plain, tempered = losses_at(as_they_are), losses_at(factors) + costs
    is_better = tempered[:n_input_groups] < plain[:n_input_groups]
    return tf.minimum(plain, tempered) / total, tf.where(is_better, factors, as_they_are)
