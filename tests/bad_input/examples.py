"""Rows and wordings that several tests of bad input share."""

import numpy as np
import pandas as pd

from tests.tiny_fits import clouds

X, Y = clouds()
FRAME = pd.DataFrame(X, columns=list("abcd"))
INFINITE = (
    "Infinite values cannot be scaled. Replace them first, for example with X = np.where(np.isinf(X), np.nan, X): NaN "
    "is accepted and read as missing."
)
TOO_LARGE = "contains infinity or a value too large for dtype('float64')."
TWO_CLASSES = "A classifier needs rows of at least 2 classes; check how y was made, or how the data was split."


def with_cell(array, where, value):
    """A copy as floats with one cell changed."""
    array = np.array(array, dtype=float)
    array[where] = value
    return array


def own(name, value, sentence):
    """Our wording of a refused parameter."""
    return f"{name}={value!r} of RobustMLPClassifier {sentence}"
