"""Networks with nothing wrong: the usual forms of the Keras documentation, its tutorials and textbooks.

`HEALTHY` maps a name to a function that returns (compiled model, X, y, class_weight); each module enters its own."""

from tests.cases.healthy import graphs, hidden_layers, inputs, many_classes, own_classes, training, two_classes
from tests.cases.healthy.parts import HEALTHY

__all__ = [
    "HEALTHY",
    "two_classes",
    "many_classes",
    "hidden_layers",
    "inputs",
    "graphs",
    "own_classes",
    "training",
]
