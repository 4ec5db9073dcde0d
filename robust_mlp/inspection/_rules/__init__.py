"""Findings about a Keras network and its data: from facts to what is wrong. Trains nothing, changes no model."""
