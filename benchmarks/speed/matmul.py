"""The engine's matrix products, by name from oneDNN, against those that TensorFlow takes of itself.

    python -m benchmarks.speed.matmul [--repeats 7]

Each line is one layer: forward, the gradient of the kernel and that of the inputs, many times over inside one graph,
less the loop without a product. Where TensorFlow takes oneDNN anyway, or the engine does not, both are alike. Then the
gradient of a kernel where XLA compiles it: with the smaller matrix turned first, against XLA's transposed product."""

import argparse
import contextlib
import sys
from statistics import geometric_mean

import numpy as np

from benchmarks.speed.common import claim, interleaved

# Rows of a batch, inputs, units.
LAYERS = (
    (256, 157, 64),
    (256, 64, 32),
    (1024, 64, 64),
    (128, 20, 128),
    (32, 128, 128),
    (256, 128, 128),  # larger ones of a single network are left to TensorFlow: dense.LARGEST_SINGLE
)
STEPS, N_COPIES = 100, 2
LEAST_GAIN = 1.2  # geometric mean over the layers: less would not be worth operations that have to be asked for by name
LEAST_WHERE_ALIKE = 0.9  # where TensorFlow takes oneDNN itself, both are the same operation
COMPILED = ((256, 157, 64), (256, 64, 32), (256, 32, 32), (256, 32, 16), (256, 60, 128), (32, 64, 64))
LEAST_COMPILED_GAIN = 1.1


def loop(of_step, *arrays, is_compiled=False):
    """A function that runs a step many times inside one graph, and waits for it."""
    import tensorflow as tf

    from robust_mlp._network.graph.xla_tracing import for_xla

    @tf.function(autograph=False, jit_compile=is_compiled)
    def run(inputs, *others):
        def step(i, total):
            # Looked up anew, so that nothing can be computed once before the loop.
            found = of_step(tf.gather(inputs, i % N_COPIES), *others)
            return i + 1, total + tf.add_n([tf.reshape(part, [-1])[0] for part in found])

        with for_xla() if is_compiled else contextlib.nullcontext():
            return tf.while_loop(lambda i, _: i < STEPS, step, [0, tf.constant(0.0)], parallel_iterations=1)[1]

    tensors = [tf.convert_to_tensor(a) for a in arrays]
    run(*tensors)  # the trace
    return lambda: (run(*tensors).numpy(), None)[1]


def seconds(layer, repeats):
    """{"by name" or "TensorFlow's": microseconds of the three products of a layer}."""
    import tensorflow as tf

    from robust_mlp._network.graph.matmul import matmul

    n_rows, n_inputs, units = layer
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((N_COPIES, n_rows, n_inputs), dtype=np.float32)
    kernel = rng.standard_normal((n_inputs, units), dtype=np.float32)
    slopes = rng.standard_normal((n_rows, units), dtype=np.float32)

    def three(multiply):
        return lambda x, w, g: (multiply(x, w), multiply(x, g, transpose_a=True), multiply(g, w, transpose_b=True))

    ways = {"by name": three(matmul), "TensorFlow's": three(tf.matmul), "nothing": lambda x, w, g: (x, w, g)}
    found = interleaved({name: loop(way, inputs, kernel, slopes) for name, way in ways.items()}, repeats)
    nothing = found.pop("nothing")
    return {name: (value - nothing) / STEPS * 1e6 for name, value in found.items()}


def compiled_seconds(layer, repeats):
    """{"turned" or "transposed": microseconds of a kernel's gradient in a program that XLA compiled}."""
    import tensorflow as tf

    from robust_mlp._network.graph.matmul import matmul

    n_rows, n_inputs, units = layer
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((N_COPIES, n_rows, n_inputs), dtype=np.float32)
    slopes = rng.standard_normal((n_rows, units), dtype=np.float32)
    # Slopes of a step too: XLA would turn them once, before the loop.
    ways = {
        "turned": lambda x, g: [matmul(x, g + x[0, 0], transpose_a=True)],
        "transposed": lambda x, g: [tf.matmul(x, g + x[0, 0], transpose_a=True)],
        "nothing": lambda x, g: [x, g + x[0, 0]],
    }
    found = interleaved({n: loop(way, inputs, slopes, is_compiled=True) for n, way in ways.items()}, repeats)
    nothing = found.pop("nothing")
    return {name: (value - nothing) / STEPS * 1e6 for name, value in found.items()}


def takes_onednn_itself():
    """Whether this TensorFlow multiplies by oneDNN without being asked, as on processors made for networks."""
    from tensorflow.python.util import _pywrap_util_port

    return _pywrap_util_port.IsMklEnabled()


def main(arguments=None):
    """Print a line a layer, and whether the gains are worth it."""
    parser = argparse.ArgumentParser(prog="matmul", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args(arguments)
    from robust_mlp._network.graph import tensorflow_startup

    tensorflow_startup.load()
    gains = []
    for layer in LAYERS:
        found = seconds(layer, options.repeats)
        slow, fast = found["TensorFlow's"], found["by name"]
        gains.append(slow / fast)
        what = "({} x {}) to {}".format(*layer)
        print(f"{what:32}{slow:8.0f} us{fast:8.0f} us{gains[-1]:8.2f} x", flush=True)
    least = LEAST_WHERE_ALIKE if takes_onednn_itself() else LEAST_GAIN
    text = f"by name {geometric_mean(gains):.2f} times as fast as TensorFlow's (geometric mean; at least {least})"
    holds = claim(geometric_mean(gains) >= least, text)
    gains = []
    for layer in COMPILED:
        found = compiled_seconds(layer, options.repeats)
        slow, fast = found["transposed"], found["turned"]
        gains.append(slow / fast)
        what = "compiled, ({} x {}) to {}".format(*layer)
        print(f"{what:32}{slow:8.0f} us{fast:8.0f} us{gains[-1]:8.2f} x", flush=True)
    gain = geometric_mean(gains)
    text = f"turned first {gain:.2f} times as fast as transposed (geometric mean; at least {LEAST_COMPILED_GAIN})"
    return 0 if claim(gain >= LEAST_COMPILED_GAIN, text) and holds else 1


if __name__ == "__main__":
    sys.exit(main())
