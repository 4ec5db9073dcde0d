"""The refined loss in the graph: what is left of a held-out loss at its best temperature.

Its twin in NumPy, which sets the temperature in the end, is `_temperature.py`."""

import tensorflow as tf

from robust_mlp._temperature import DEVIATION_OF_LOG

# Newton steps towards the best temperature of an epoch, each at most a factor of two: five come from 1 to anywhere in
# [1/32, 32], and the loss is flat around its lowest point.
TEMPERATURE_STEPS = 5
PRIOR_VARIANCE = DEVIATION_OF_LOG**2


def refined_loss(codes, logits, row_weights, correction):
    """Held-out loss at the temperature that suits all these rows best, and what that temperature costs; at most
    the loss as it is.

    That is what `_temperature.py` finds in the end. By Newton's method: the slope of the summed loss by the inverse
    temperature is E[logit] - true logit, its curvature the logit's variance, under the predicted probabilities.
    """
    offsets, class_factors = tf.unstack(correction)
    row_weights *= tf.gather(class_factors, codes)
    as_it_is = tf.reduce_sum(row_weights * tf.nn.sparse_softmax_cross_entropy_with_logits(codes, logits + offsets))
    logits -= tf.reduce_max(logits, -1, keepdims=True)
    right = tf.gather(logits, codes, batch_dims=codes.shape.rank)
    total, factor = tf.reduce_sum(row_weights), tf.constant(1.0)
    for _ in range(TEMPERATURE_STEPS):
        probabilities = tf.nn.softmax(factor * logits + offsets)
        mean = tf.reduce_sum(probabilities * logits, -1)
        variance = tf.reduce_sum(probabilities * tf.square(logits), -1) - tf.square(mean)
        slope = tf.reduce_sum(row_weights * (mean - right)) + tf.math.log(factor) / factor / PRIOR_VARIANCE
        curvature = tf.reduce_sum(row_weights * variance) + 1 / tf.square(factor) / PRIOR_VARIANCE
        factor = tf.clip_by_value(factor - slope / curvature, factor / 2, factor * 2)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(codes, factor * logits + offsets)
    cost = tf.square(tf.math.log(factor)) / PRIOR_VARIANCE / 2
    return tf.minimum(as_it_is, tf.reduce_sum(row_weights * losses) + cost) / total
