"""The networks and their training, with Keras and TensorFlow.

The import of any module in here first imports both libraries, without their messages. TensorFlow's runtime starts with
the first network (see graph/tensorflow_startup.py)."""

from robust_mlp._network.graph import tensorflow_startup

tensorflow_startup.load()
