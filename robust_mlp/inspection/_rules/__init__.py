"""Rules that turn facts about a Keras network and its data into findings. Trains nothing, changes no model."""
