"""The networks and their training: the only folder that imports Keras and TensorFlow.

Importing any of its modules brings both up first, quietly (see runtime.py)."""

from robust_mlp._network import runtime

runtime.load()
