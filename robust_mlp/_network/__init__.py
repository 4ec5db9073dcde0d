"""The networks and their training: the only folder that imports Keras and TensorFlow.

Importing any of its modules brings both up first, quietly (see graph/tensorflow_startup.py)."""

from robust_mlp._network.graph import tensorflow_startup

tensorflow_startup.load()
