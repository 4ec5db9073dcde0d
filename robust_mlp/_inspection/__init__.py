"""Checks of somebody's own Keras network: facts in, findings out. Nothing here trains for good or changes a model."""
