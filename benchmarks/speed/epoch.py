"""One training epoch against those of other libraries, and against its matrix products alone.

    python -m benchmarks.speed.epoch [--rows 269501] [--repeats 3] [--only epoch dropout members]

S1's table, hidden (64, 32, 32, 16), batches of 256, Adam, one member, no dropout. Each time is that of a training of
several epochs less that of a shorter one, divided by the difference: set-up cancels out. Contenders take turns, and
the products run for several epochs at a time: a moment would be measured otherwise, and a machine's speed changes."""

import argparse
import sys
import warnings
from itertools import pairwise

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from benchmarks.pytorch import load_before_tensorflow
from benchmarks.speed.common import claim, interleaved, of_one_epoch, products, several
from robust_mlp import RobustMLPClassifier
from robust_mlp.datasets import make_founding_table

HIDDEN = (64, 32, 32, 16)
BATCH = 256
# Of the longer training. Ours also merges equal rows, splits and encodes, which takes as long as some epochs.
EPOCHS, OUR_EPOCHS = 4, 16
# Of one network and of eight: about as much time, so that both meet the same good and bad moments of the machine, and
# neither training is long enough to be compiled.
EPOCHS_OF_MEMBERS = {1: 72, 8: 12}
# Of trainings that are compiled: the shorter one is long itself, and its noise is divided by these.
COMPILED_EPOCHS = 48
LEAST_SPEEDUP = {"MLPClassifier": 1.7, "scikeras": 6.0, "skorch": 3.5, "PyTorch loop, fused Adam": 1.4}
MOST_OVER_PRODUCTS = 2.5
MOST_DROPOUT = 1.25
MEMBERS = {(64, 32, 32, 16): 6.0, (128, 128): 6.0, (256, 256): 8.0}
OURS = "RobustMLPClassifier"
# The steps of trainings that are known to be long are compiled; a short one is measured as well, and claims nothing.
OURS_SHORT = "the same in a short training"


def ours(hidden=HIDDEN, **parameters):
    """A plain network without linear path, held-out rows, members, embedding or guard: what the others train."""
    settings = {
        "n_members": 1,
        "activation": "relu",
        "linear_path": False,
        "dropout": 0.0,
        "weight_decay": 0.0,
        "learning_rate": 1e-3,
        "learning_rate_schedule": None,
        "batch_size": BATCH,
        "early_stopping": False,
        "numerical_embedding": None,
        "collapse_guard": "off",
        "random_state": 0,
    }
    return RobustMLPClassifier(hidden, **(settings | parameters))


def fit_ours(X, y, *args, **parameters):
    """A function of the number of epochs."""
    return lambda n: ours(*args, max_iter=n, **parameters).fit(X, y)


def fit_mlp(X, y):
    """A function of the number of epochs."""

    def fit(n):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged yet
            MLPClassifier(HIDDEN, batch_size=BATCH, max_iter=n, n_iter_no_change=10**6, random_state=0).fit(X, y)

    return fit


def fit_scikeras(X, y):
    """A function of the number of epochs."""
    import keras
    from scikeras.wrappers import KerasClassifier

    def build():
        layers = [keras.layers.Dense(width, activation="relu") for width in HIDDEN]
        model = keras.Sequential([keras.Input((X.shape[1],)), *layers, keras.layers.Dense(5, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    return lambda n: KerasClassifier(build, epochs=n, batch_size=BATCH, verbose=0).fit(X, y)


def torch_network(n_inputs):
    """The same network in PyTorch."""
    import torch

    widths = (n_inputs, *HIDDEN)
    layers = []
    for a, b in pairwise(widths):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN[-1], 5))


def fit_skorch(X, y):
    """A function of the number of epochs."""
    import torch
    from skorch import NeuralNetClassifier

    def fit(n):
        NeuralNetClassifier(
            torch_network(X.shape[1]),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            batch_size=BATCH,
            max_epochs=n,
            train_split=None,
            iterator_train__shuffle=True,
            verbose=0,
        ).fit(X, y)

    return fit


def fit_torch(X, y):
    """A function of the number of epochs: the shortest loop that one writes by hand."""
    import torch

    rows, codes = torch.from_numpy(X), torch.from_numpy(y)

    def fit(n):
        model = torch_network(X.shape[1])
        optimizer = torch.optim.Adam(model.parameters(), fused=True)
        loss = torch.nn.CrossEntropyLoss()
        for _ in range(n):
            order = torch.randperm(len(rows))
            for start in range(0, len(rows), BATCH):
                where = order[start : start + BATCH]
                optimizer.zero_grad()
                loss(model(rows[where]), codes[where]).backward()
                optimizer.step()

    return fit


def steps_from_which_compiling_pays():
    """Known only where TensorFlow is loaded, which PyTorch has to be before."""
    from robust_mlp._network.graph.compiled import PAYS_FROM

    return PAYS_FROM


def table(n_rows):
    """S1, standardized: X float32, y int64 codes."""
    X, y, *_ = make_founding_table(n_rows, random_state=0)
    codes = np.unique(y, return_inverse=True)[1]
    return StandardScaler().fit_transform(X).astype(np.float32), codes.astype(np.int64)


def main(arguments=None):
    """Print every time and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="epoch", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=269_501)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["epoch", "dropout", "members"])
    options = parser.parse_args(arguments)
    load_before_tensorflow()
    X, y = table(options.rows)
    holds = [part(X, y, options.repeats) for name, part in PARTS.items() if name in options.only]
    return 0 if all(holds) else 1


def against_others(X, y, repeats):
    """Ours, the libraries that are installed, and the products alone."""
    fits = {OURS: fit_ours(X, y), "MLPClassifier": fit_mlp(X, y)}
    for name, make in {
        "scikeras": fit_scikeras,
        "skorch": fit_skorch,
        "PyTorch loop, fused Adam": fit_torch,
    }.items():
        try:
            fits[name] = make(X, y)
        except ImportError as error:
            print(f"{name}: not installed ({error}); pip install '.[rivals]'")
    shortest = -(-2 * steps_from_which_compiling_pays() // (len(X) // BATCH))
    for n_epochs in (1, shortest):
        fits[OURS](n_epochs)  # the trace, and the compilation
    measures = {
        OURS: of_one_epoch(fits[OURS], COMPILED_EPOCHS, shortest),
        OURS_SHORT: of_one_epoch(fits[OURS], OUR_EPOCHS),
        **{name: of_one_epoch(fit, EPOCHS) for name, fit in fits.items() if name != OURS},
        "products": several(products(len(X), (X.shape[1], *HIDDEN, 5), BATCH), OUR_EPOCHS),
    }
    seconds = interleaved(measures, repeats)
    for name, value in seconds.items():
        print(f"{name:32}{value:8.3f} s an epoch{value / seconds[OURS]:8.2f} x ours", flush=True)
    holds = []
    for name, least in LEAST_SPEEDUP.items():
        if name in seconds:
            ratio = seconds[name] / seconds[OURS]
            holds.append(claim(ratio >= least, f"{ratio:.2f} times as fast as {name} (at least {least})"))
    ratio = seconds[OURS] / seconds["products"]
    holds.append(
        claim(ratio <= MOST_OVER_PRODUCTS, f"{ratio:.2f} of its products alone (at most {MOST_OVER_PRODUCTS})")
    )
    return all(holds)


def dropout(X, y, repeats):
    """With dropout against without."""
    fits = {"without": fit_ours(X, y), "with": fit_ours(X, y, dropout=0.1)}
    for fit in fits.values():
        fit(1)
    seconds = interleaved({name: of_one_epoch(fit, OUR_EPOCHS) for name, fit in fits.items()}, repeats)
    ratio = seconds["with"] / seconds["without"]
    return claim(
        ratio <= MOST_DROPOUT, f"an epoch with dropout .1 takes {ratio:.2f} of one without (at most {MOST_DROPOUT})"
    )


def members(X, y, repeats):
    """Eight members, each with its own batches, against one."""
    X, y, holds = X[: len(X) // 4], y[: len(y) // 4], []
    for hidden, most in MEMBERS.items():
        fits = {k: fit_ours(X, y, hidden, n_members=k) for k in (1, 8)}
        for fit in fits.values():
            fit(1)
        seconds = interleaved({k: of_one_epoch(fit, EPOCHS_OF_MEMBERS[k]) for k, fit in fits.items()}, repeats)
        ratio = seconds[8] / seconds[1]
        text = f"eight members take {ratio:.2f} of the time of one, hidden {hidden} (at most {most})"
        holds.append(claim(ratio <= most, text))
    return all(holds)


PARTS = {"epoch": against_others, "dropout": dropout, "members": members}

if __name__ == "__main__":
    sys.exit(main())
