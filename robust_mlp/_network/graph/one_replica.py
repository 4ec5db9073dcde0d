"""`for_one_replica`: a Keras optimizer whose update can be forgotten with its graph.

Keras sums gradients over the replicas of `tf.distribute`, also if there is one. TensorFlow keeps the gradient of that
sum in a registry of the process for ever, and with it the whole graph: two megabytes for each traced network."""


def for_one_replica(optimizer):
    """The same optimizer, which takes gradients as they are.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Changed in place. Its graph must not run on several replicas.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
    """
    optimizer._all_reduce_sum_gradients = _as_they_are
    return optimizer


def _as_they_are(gradients_and_variables):
    return gradients_and_variables
