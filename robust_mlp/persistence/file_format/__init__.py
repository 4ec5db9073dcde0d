"""What a model file holds and how: bytes, values, and the parts of a classifier."""
