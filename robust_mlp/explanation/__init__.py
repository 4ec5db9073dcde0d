"""Which columns matter, and how: explanations of fitted classifiers."""
