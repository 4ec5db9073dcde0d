"""Fitted classifiers outside the process that trained them: model files, ONNX graphs and Keras models."""
