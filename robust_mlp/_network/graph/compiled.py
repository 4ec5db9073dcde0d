"""Many steps of training as one program of machine code, which XLA compiles for the network and its batch.

A step of a small network is some hundred operations of a few microseconds each, and what TensorFlow does between two of
them takes about as long as they do. Compiled, a step is faster (`make bench-speed.compiled` prints how much). Compiling
takes a second or two for each size of batch, and TensorFlow keeps the code for as long as the process lives: only what
is known to train for long is compiled."""

import functools
import math
import threading

import tensorflow as tf

from robust_mlp._network.graph import tensorflow_startup
from robust_mlp._network.graph.matmul import matmul
from robust_mlp._network.graph.xla_tracing import for_xla

# Steps of one network after which what compiling them would have saved is what compiling takes. Whoever compiles from
# here on loses at most as much as was lost already, however soon the training ends (Karlin et al. 1988).
PAYS_FROM = 2**14
# A step of several members saves as many times as much, up to these: more share the processor's cores, and compiling
# takes longer as well.
MOST_MEMBERS = 4
# Weights of a kernel up to which compiled steps are faster: XLA's own products are slower than oneDNN's, the more so
# the larger they are.
LARGEST_KERNEL = 3 * 2**12
# Rows of a batch up to which steps are compiled. Blocks of larger ones leave the caches, and where the table does not
# fit in there either, they were slower.
LARGEST_BATCH = 512
# Steps that are looked up, handed over and run at a time. Between two such blocks goes as much time as a step takes,
# and the last of an epoch is filled up, which is little where the epoch has many.
SHORT_BLOCK, LONG_BLOCK, MANY = 32, 128, 8
MOST_VALUES = 2**22  # of a block's rows: 16 MB
CHECKED = 1000  # zeros whose exponentials are summed to see whether XLA is there; enough to be compiled as a loop

_lock = threading.Lock()


def is_faster(shapes, batch_size):
    """Whether compiled steps are faster than others.

    Parameters
    ----------
    shapes : list of tuple of int
        Of the weight arrays of one member.
    batch_size : int
        Rows of a member's batch.
    """
    return batch_size <= LARGEST_BATCH and max(map(math.prod, shapes)) <= LARGEST_KERNEL


def is_available():
    """Whether this TensorFlow compiles for this processor; found out once in a process."""
    with _lock:  # two threads must not both turn standard error aside
        return _is_available()


@functools.cache
def _is_available():

    def everything_special(x):
        with for_xla():
            return tf.reduce_sum(tf.exp(x)) + matmul(x[:, None], x[:, None], transpose_a=True)[0, 0]

    function = tf.function(everything_special, jit_compile=True, autograph=False)
    try:
        # XLA and its compiler of exponentials say once in a process that they were started: better here than in a fit.
        with tensorflow_startup.quiet_standard_error():
            return float(function(tf.zeros(CHECKED))) == CHECKED
    except Exception:  # not this version, not this platform: whatever it says, there is another way
        return False


def first_compiled_epoch(plan, n_steps):
    """From which epoch, counted from 0, compiling faster steps pays: the same one whenever the plan is trained.

    Parameters
    ----------
    plan : TrainingPlan
    n_steps : int
        Of an epoch.

    Returns
    -------
    epoch : int
        `plan.max_iter` where it never pays.
    """
    pays_from = -(-PAYS_FROM // min(plan.n_members, MOST_MEMBERS))
    if plan.max_iter * n_steps < 2 * pays_from:  # when it had paid, less than that would be left to do
        return plan.max_iter
    return -(-pays_from // n_steps) if plan.early_stopping else 0


def run_steps(step, batch_of, settings_of, n_steps, state, *, before, after):
    """The steps of an epoch, in the graph.

    Parameters
    ----------
    step : callable
        (batch, settings, state) -> (loss, state), of what the next two give for one step.
    batch_of, settings_of : callable
        From a step or a vector of steps, counted from 0, to a tuple of tensors, with the steps as the first axis. A
        batch begins with its rows, of shape (..., n_inputs).
    n_steps : tensor, int32
    state : list of tensor
    before, after : callable
        Called without arguments around the steps of each program.

    Returns
    -------
    total : tensor, float32
        The sum of the losses.
    state : list of tensor
    """

    @tf.function(autograph=False, jit_compile=True)
    def block(batches, settings, n, state):
        def body(i, total, state):
            loss, state = step([tensor[i] for tensor in batches], [tensor[i] for tensor in settings], state)
            return i + 1, total + loss, state

        with for_xla():
            before()
            _, total, state = tf.while_loop(lambda i, *_: i < n, body, [0, tf.constant(0.0), state])
            after()
            return total, state

    most = tf.where(n_steps < MANY * LONG_BLOCK, SHORT_BLOCK, LONG_BLOCK)
    per_block = tf.clip_by_value(MOST_VALUES // tf.size(batch_of(0)[0]), 1, most)
    n_blocks = -(-n_steps // per_block)

    def steps_of(b):
        # The last block is filled up with the last step: code is compiled for one number of steps. It runs once.
        return tf.minimum(b * per_block + tf.range(per_block), n_steps - 1)

    def body(b, total, state, *batches):
        n = tf.minimum(per_block, n_steps - b * per_block)
        loss, state = block(batches, settings_of(steps_of(b)), n, state)
        # Not needed before the next block, so that another thread fetches them meanwhile.
        return b + 1, total + loss, state, *batch_of(steps_of(tf.minimum(b + 1, n_blocks - 1)))

    _, total, state, *_ = tf.while_loop(
        lambda b, *_: b < n_blocks,
        body,
        [0, tf.constant(0.0), state, *batch_of(steps_of(0))],
        parallel_iterations=1,
    )
    return total, state
