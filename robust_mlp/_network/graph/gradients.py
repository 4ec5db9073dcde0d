"""Functions that bring their own gradients into a graph, without what `tf.custom_gradient` adds to it."""

import functools

from tensorflow.python.eager import record


def with_gradient(function):
    """`tf.custom_gradient` for a function of float32 tensors that uses no variables.

    TensorFlow's own puts identities around all that goes in and comes out, and zeros for what they might receive, and
    each operation takes time to trace.

    Parameters
    ----------
    function : callable
        From tensors to (output, gradient): one tensor, and a function from the derivative by the output to those by
        each of the tensors, None where there is none.

    Returns
    -------
    function : callable
        From tensors to the output.
    """

    @functools.wraps(function)
    def called(*tensors):
        with record.stop_recording():
            output, gradient = function(*tensors)

        def backward(upstream):
            found = gradient(upstream)
            return list(found) if isinstance(found, tuple) else [found]

        record.record_operation(function.__name__, [output], list(tensors), backward)
        return output

    return called
