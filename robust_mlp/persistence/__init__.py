"""Fitted classifiers in files that run no code when they are read."""
