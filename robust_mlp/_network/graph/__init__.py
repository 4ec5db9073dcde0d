"""The TensorFlow graph of a whole epoch, and its optimizations."""
