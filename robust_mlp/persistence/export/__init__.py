"""A fitted classifier in the languages of others: ONNX graphs and Keras models that take the user's raw columns."""
