"""A trained network as NumPy arrays. All that a process which only predicts has to load."""
