"""Reads a user's Keras network and data into facts."""
