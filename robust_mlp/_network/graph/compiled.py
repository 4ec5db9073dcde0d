"""Blocks of training steps that XLA compiles into one program.

A step of a small network has about a hundred operations of a few microseconds each. Between two operations, TensorFlow
needs about as much time again. A compiled step is faster (`make bench-speed.compiled` prints how much). Compiling takes
a second or two for each batch size, and TensorFlow keeps the code until the process ends. So only long trainings are
compiled."""

import functools
import math
import threading

import tensorflow as tf

from robust_mlp._network.graph import tensorflow_startup
from robust_mlp._network.graph.matmul import matmul
from robust_mlp._network.graph.xla_tracing import for_xla

# Break-even number of steps of one network: compiled, they would have saved as much time as compiling takes. Compiling
# from here on loses at most as much time as these steps did, however soon the training ends (Karlin et al. 1988).
PAYS_FROM = 2**14
# A step of n members saves n times as much, for n up to this number. More members share the processor's cores, and
# compiling takes longer.
MOST_MEMBERS = 4
# Up to this many weights of a kernel, compiled steps are faster. XLA's own products are slower than oneDNN's, above all
# large ones.
LARGEST_KERNEL = 3 * 2**12
# Up to this many rows of a batch, steps are compiled. Blocks of larger batches do not fit into the caches. They were
# slower if the table does not fit either.
LARGEST_BATCH = 512
# Steps in a block: its rows are looked up and its steps run in one call. Between two blocks passes the time of about
# one step. The last block of an epoch is padded, which matters little in an epoch of many (MANY) blocks.
SHORT_BLOCK, LONG_BLOCK, MANY = 32, 128, 8
MOST_VALUES = 2**22  # in the rows of a block: 16 MB
CHECKED = 1000  # the check for XLA sums exponentials of this many zeros; enough to be compiled as a loop

_lock = threading.Lock()


def is_faster(shapes, batch_size):
    """Whether compiled steps are faster for these shapes.

    Parameters
    ----------
    shapes : list of tuple of int
        Shapes of the weight arrays of one member.
    batch_size : int
        Rows in a batch of one member.
    """
    return batch_size <= LARGEST_BATCH and max(map(math.prod, shapes)) <= LARGEST_KERNEL


def is_available():
    """Whether this TensorFlow can compile for this processor; checked once in a process."""
    with _lock:  # two threads must not redirect standard error at the same time
        return _is_available()


@functools.cache
def _is_available():

    def everything_special(x):
        with for_xla():
            return tf.reduce_sum(tf.exp(x)) + matmul(x[:, None], x[:, None], transpose_a=True)[0, 0]

    function = tf.function(everything_special, jit_compile=True, autograph=False)
    try:
        # XLA prints start-up messages once in a process. Here they are hidden; in a fit they would be seen.
        with tensorflow_startup.quiet_standard_error():
            return float(function(tf.zeros(CHECKED))) == CHECKED
    except Exception:  # this version or platform cannot compile; the graph runs without XLA then
        return False


def first_compiled_epoch(plan, n_steps):
    """The first epoch, counted from 0, whose steps are compiled. It depends on the plan and the number of steps only.

    Parameters
    ----------
    plan : TrainingPlan
    n_steps : int
        Steps of an epoch.

    Returns
    -------
    epoch : int
        `plan.max_iter` if compiling never pays.
    """
    pays_from = -(-PAYS_FROM // min(plan.n_members, MOST_MEMBERS))
    if plan.max_iter * n_steps < 2 * pays_from:  # after the break-even step, fewer steps than that would remain
        return plan.max_iter
    return -(-pays_from // n_steps) if plan.early_stopping else 0


def run_steps(step, batch_of, settings_of, n_steps, state, *, before, after):
    """Run the steps of an epoch in the graph, in compiled blocks.

    Parameters
    ----------
    step : callable
        (batch, settings, state) -> (loss, state); batch and settings are those of one step.
    batch_of, settings_of : callable
        From a step number, or a vector of them, counted from 0, to a tuple of tensors whose first axis is the steps.
        The first tensor of a batch holds the rows, of shape (..., n_inputs).
    n_steps : tensor, int32
    state : list of tensor
    before, after : callable
        Called without arguments before and after the steps of each block.

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
        # Code is compiled for one number of steps. So the last block is padded with the last step, which runs only
        # once.
        return tf.minimum(b * per_block + tf.range(per_block), n_steps - 1)

    def body(b, total, state, *batches):
        n = tf.minimum(per_block, n_steps - b * per_block)
        loss, state = block(batches, settings_of(steps_of(b)), n, state)
        # The next block needs these rows, so another thread can fetch them now.
        return b + 1, total + loss, state, *batch_of(steps_of(tf.minimum(b + 1, n_blocks - 1)))

    _, total, state, *_ = tf.while_loop(
        lambda b, *_: b < n_blocks,
        body,
        [0, tf.constant(0.0), state, *batch_of(steps_of(0))],
        parallel_iterations=1,
    )
    return total, state
