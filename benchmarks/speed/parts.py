"""Where the time of an epoch goes: the engine's loop with one part more each time.

    python -m benchmarks.speed.parts [--rows 269501] [--repeats 5]

S1's table, hidden (64, 32, 32, 16), batches of 256, Adam. Every line is the loop of the lines above and one part more;
its share is the difference to the line above, of the whole."""

import argparse
import sys

import numpy as np

from benchmarks.speed.common import interleaved, products
from benchmarks.speed.epoch import BATCH, HIDDEN, table

N_CLASSES = 5


def make_engine(n_inputs):
    """The engine of a plain network with Adam, and its first weights set."""
    from robust_mlp._core.plan import TrainingPlan
    from robust_mlp._network import engine_cache
    from robust_mlp._network.architecture import initial_weights

    plan = TrainingPlan(hidden_layer_sizes=HIDDEN, activation="relu")
    with engine_cache.borrowed_engine(plan, n_inputs, N_CLASSES, has_held_out=False) as (engine, shape):
        engine.reset(initial_weights(engine.variables, shape, "auto", seed=0))
    return engine


def loops(engine, X, y):
    """{part: a function that runs one epoch with this part and all before it}."""
    import tensorflow as tf

    from robust_mlp._network.graph.cross_entropy import cross_entropy
    from robust_mlp._network.graph.training_step import SCALARS

    n_steps = len(X) // BATCH
    rows, codes = tf.convert_to_tensor(X), tf.convert_to_tensor(y.astype(np.int32))
    shares = tf.fill(len(y), np.float32(1 / BATCH))
    order = np.random.default_rng(0).permutation(len(X))[: n_steps * BATCH].reshape(n_steps, BATCH)
    order = tf.convert_to_tensor(order.astype(np.int32))
    scalars = dict.fromkeys(SCALARS, 0.0)

    def batch_of(i):
        where = tf.gather(order, i)
        return tf.gather(rows, where), tf.gather(codes, where), tf.gather(shares, where)

    def loss_of(values, batch):
        parts = engine._joined.layout.parted_tensors(values)
        logits, _ = engine.model.stateless_call(parts, [], batch[0], training=True)
        losses, slopes = cross_entropy(batch[1], logits)
        return logits, tf.reduce_sum(batch[2] * losses), slopes * batch[2][:, tf.newaxis]

    def nothing(i):
        return tf.cast(i, tf.float32)

    def gather(i):
        return tf.reduce_sum(batch_of(i)[0][0])

    def forward(i):
        _, loss, slopes = loss_of(engine._joined.values(), batch_of(i))
        return loss + slopes[0, 0]

    def backward(i):
        values, batch = engine._joined.values(), batch_of(i)
        with tf.GradientTape() as tape:
            tape.watch(values)
            logits, loss, slopes = loss_of(values, batch)
        return loss + tape.gradient(logits, values, output_gradients=slopes)[0][0]

    def update(i):
        return engine._steps.update(engine._joined, 1, batch_of(i), [], tf.constant(1e-3), scalars, [])[0]

    def run(part):
        @tf.function(autograph=False)
        def epoch():
            return tf.while_loop(
                lambda i, _: i < n_steps,
                lambda i, total: (i + 1, total + part(i)),
                [0, tf.constant(0.0)],
                parallel_iterations=1,
            )[1]

        epoch()  # the trace
        return lambda: (epoch().numpy(), None)[1]

    named = {
        "the loop": nothing,
        "the rows of a batch": gather,
        "forward pass and loss": forward,
        "backward pass": backward,
        "Adam's update": update,
    }
    return {name: run(part) for name, part in named.items()}


def main(arguments=None):
    """Print the parts."""
    parser = argparse.ArgumentParser(prog="parts", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=269_501)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    from robust_mlp._network.graph import tensorflow_startup

    tensorflow_startup.load()
    X, y = table(options.rows)
    measures = loops(make_engine(X.shape[1]), X, y)
    measures["products"] = products(len(X), (X.shape[1], *HIDDEN, N_CLASSES), BATCH)
    seconds = interleaved(measures, options.repeats)
    floor = seconds.pop("products")
    whole = seconds["Adam's update"]
    before = 0.0
    for name, value in seconds.items():
        print(f"{name:24}{value - before:8.3f} s  {(value - before) / whole:6.1%}")
        before = value
    print(f"{'an epoch':24}{whole:8.3f} s; its matrix products alone, in NumPy: {floor:.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
