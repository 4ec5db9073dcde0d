"""The collapse guard: decisions on records. Nothing in this folder imports Keras or trains a network."""
