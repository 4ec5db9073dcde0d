"""The engine's matrix products, by name from oneDNN, against those that TensorFlow takes of itself.

    python -m benchmarks.speed.matmul [--repeats 7]

Each line is one layer: forward, the gradient of the kernel and that of the inputs, many times over inside one graph,
less the loop without a product. Where TensorFlow takes oneDNN anyway, or the engine does not, both are alike."""

import argparse
import math
import sys

import numpy as np

from benchmarks.speed.common import claim, interleaved

# Members (0: a single network without an axis for them), rows of a batch, inputs, units.
LAYERS = (
    (0, 256, 157, 64),
    (0, 256, 64, 32),
    (0, 1024, 64, 64),
    (0, 256, 128, 128),  # larger ones of a single network are left to TensorFlow: dense.LARGEST_SINGLE
    (8, 256, 157, 64),
    (8, 256, 128, 128),
    (16, 128, 20, 128),
    (16, 128, 128, 128),
    (16, 32, 128, 128),
    (8, 256, 256, 256),
)
STEPS, N_COPIES = 100, 2
LEAST_GAIN = 1.2  # geometric mean over the layers: less would not be worth operations that have to be asked for by name


def loop(of_step, *arrays):
    """A function that runs a step many times inside one graph, and waits for it."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def run(inputs, *others):
        def step(i, total):
            # Looked up anew, so that nothing can be computed once before the loop.
            found = of_step(tf.gather(inputs, i % N_COPIES), *others)
            return i + 1, total + tf.add_n([tf.reshape(part, [-1])[0] for part in found])

        return tf.while_loop(lambda i, _: i < STEPS, step, [0, tf.constant(0.0)], parallel_iterations=1)[1]

    tensors = [tf.convert_to_tensor(a) for a in arrays]
    run(*tensors)  # the trace
    return lambda: (run(*tensors).numpy(), None)[1]


def seconds(layer, repeats):
    """{"by name" or "TensorFlow's": microseconds of the three products of a layer}."""
    import tensorflow as tf

    from robust_mlp._network.matmul import matmul

    n_members, n_rows, n_inputs, units = layer
    members = (n_members,) if n_members else ()
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((N_COPIES, *members, n_rows, n_inputs), dtype=np.float32)
    kernel = rng.standard_normal((*members, n_inputs, units), dtype=np.float32)
    slopes = rng.standard_normal((*members, n_rows, units), dtype=np.float32)

    def three(multiply):
        return lambda x, w, g: (multiply(x, w), multiply(x, g, transpose_a=True), multiply(g, w, transpose_b=True))

    ways = {"by name": three(matmul), "TensorFlow's": three(tf.matmul), "nothing": lambda x, w, g: (x, w, g)}
    found = interleaved({name: loop(way, inputs, kernel, slopes) for name, way in ways.items()}, repeats)
    nothing = found.pop("nothing")
    return {name: (value - nothing) / STEPS * 1e6 for name, value in found.items()}


def main(arguments=None):
    """Print a line a layer, and whether the gain is worth it."""
    parser = argparse.ArgumentParser(prog="matmul", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args(arguments)
    from robust_mlp._network import runtime

    runtime.load()
    gains = []
    for layer in LAYERS:
        found = seconds(layer, options.repeats)
        slow, fast = found["TensorFlow's"], found["by name"]
        gains.append(slow / fast)
        n_members, n_rows, n_inputs, units = layer
        what = f"{n_members or 1} x ({n_rows} x {n_inputs}) to {units}"
        print(f"{what:32}{slow:8.0f} us{fast:8.0f} us{gains[-1]:8.2f} x", flush=True)
    gain = math.exp(sum(map(math.log, gains)) / len(gains))
    text = f"by name {gain:.2f} times as fast as TensorFlow's (geometric mean; at least {LEAST_GAIN})"
    return 0 if claim(gain >= LEAST_GAIN, text) else 1


if __name__ == "__main__":
    sys.exit(main())
