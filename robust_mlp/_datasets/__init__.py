"""The generators behind `robust_mlp.datasets`. Draws numbers only: reads no file, trains nothing."""
