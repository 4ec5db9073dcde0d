"""A trained network as NumPy arrays. A process that only predicts loads nothing else."""
