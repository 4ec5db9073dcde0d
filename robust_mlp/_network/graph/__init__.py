"""The TensorFlow graph of a whole epoch, and what makes it fast."""
