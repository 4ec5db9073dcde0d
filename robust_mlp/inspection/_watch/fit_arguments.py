"""A sample of the rows that a running `model.fit` was given, for a callback.

Keras gives a callback no data, so the arguments are read from the stack frame of the running `fit`. Data are copied; no
iterator of the training is advanced."""

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from robust_mlp.inspection._read.arguments import row_codes
from robust_mlp.inspection._read.runner import choose_rows, take
from robust_mlp.inspection._rules.labels import describe_labels

# If there are more rows, this many are drawn first, because searching all rows for every class takes time.
MAX_CANDIDATES = 100_000
# Batches that are read from a data set without random access.
MAX_BATCHES = 64


@dataclass(frozen=True, eq=False)
class SampledRows:
    """Rows of a table: X (array, list or dict of arrays), y, and all labels if they are known."""

    X: Any
    y: np.ndarray
    all_labels: np.ndarray | None = None
    table: Any = None  # the whole X if it is one array


@dataclass(frozen=True, eq=False)
class FitArguments:
    """The arguments of a running `model.fit`."""

    training: SampledRows | None
    validation: SampledRows | None
    batch_size: int | None = None
    epochs: int = 1
    shuffle: bool = True
    has_class_weight: bool = False
    callbacks: tuple = ()


def running_fit(model, max_rows, generator):
    """Arguments of the `fit` of `model` that is running further up the stack.

    Parameters
    ----------
    model : keras.Model
    max_rows : int
        Number of rows to sample from each table.
    generator : numpy.random.Generator

    Returns
    -------
    arguments : FitArguments
        Without rows if no such `fit` is found or its data cannot be read again.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "fit" and frame.f_locals.get("self") is model and "epoch_iterator" in frame.f_locals:
            return _from_locals(frame.f_locals, max_rows, generator)
        frame = frame.f_back
    return FitArguments(None, None)


def _from_locals(given, max_rows, generator):
    """FitArguments from the local names of `fit`."""
    adapter = getattr(given["epoch_iterator"], "data_adapter", None)
    callbacks = getattr(given.get("callbacks"), "callbacks", None) or ()
    return FitArguments(
        training=sample_rows(given.get("x"), given.get("y"), max_rows, generator, adapter=adapter),
        validation=sample_rows(given.get("val_x"), given.get("val_y"), max_rows, generator),
        batch_size=getattr(adapter, "batch_size", None) or given.get("batch_size"),
        epochs=given.get("epochs", 1),
        shuffle=bool(given.get("shuffle", True)),
        has_class_weight=given.get("class_weight") is not None,
        callbacks=tuple(callbacks),
    )


def sample_rows(x, y, max_rows, generator, adapter=None):
    """At most `max_rows` rows of any data that `model.fit` takes; None if they cannot be read again."""
    if x is None:
        return None
    if y is not None:
        return _of_arrays(x, y, max_rows, generator)
    if hasattr(x, "take") and hasattr(x, "element_spec"):  # tf.data.Dataset
        return _of_batches(iter(x.take(MAX_BATCHES)), max_rows)
    if hasattr(x, "__getitem__") and hasattr(x, "num_batches"):  # keras.utils.PyDataset
        n_batches = x.num_batches or 1
        places = np.unique(np.linspace(0, n_batches - 1, min(n_batches, MAX_BATCHES)).astype(int))
        return _of_batches((x[int(place)] for place in places), max_rows)
    return _of_batches(iter(getattr(adapter, "_first_batches", ())), max_rows)  # a generator: what Keras has read


def _of_arrays(x, y, max_rows, generator):
    """Rows of arrays, with every class among them."""
    labels = np.asarray(y)
    if labels.ndim not in (1, 2):
        return None
    n_rows = len(labels)
    some = np.arange(n_rows) if n_rows <= MAX_CANDIDATES else np.sort(generator.choice(n_rows, MAX_CANDIDATES, False))
    codes = row_codes(labels[some], describe_labels(labels[some]).kind)
    rows = some[choose_rows(codes, max_rows, generator)]
    x = x.to_numpy() if hasattr(x, "to_numpy") else x
    table = x if isinstance(x, np.ndarray) and x.ndim == 2 else None
    return SampledRows(
        take(x, rows) if isinstance(x, (dict, list, tuple)) else _rows(x, rows), labels[rows], labels, table
    )


def _rows(x, rows):
    """Rows of an array or a tensor."""
    if hasattr(x, "toarray"):  # scipy.sparse
        return x[rows].toarray()
    return np.asarray(x)[rows] if not isinstance(x, np.ndarray) else x[rows]


def _of_batches(batches, max_rows):
    """Rows of the first batches, at most `max_rows`."""
    from keras import tree

    parts, n_rows = [], 0
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            return None
        parts.append(tree.map_structure(np.asarray, tuple(batch[:2])))
        n_rows += len(tree.flatten(parts[-1][1])[0])
        if n_rows >= max_rows:
            break
    if not parts:
        return None
    X, y = tree.map_structure(lambda *arrays: np.concatenate(arrays)[:max_rows], *parts)
    return None if isinstance(y, (tuple, list, dict)) or np.ndim(y) not in (1, 2) else SampledRows(X, y)
