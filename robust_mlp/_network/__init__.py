"""The networks and their training, with Keras and TensorFlow.

The import of any module in here first starts both libraries, without their start-up messages
(see graph/tensorflow_startup.py)."""

from robust_mlp._network.graph import tensorflow_startup

tensorflow_startup.load()
