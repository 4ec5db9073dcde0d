"""Benchmarks of `robust_mlp.dask`."""
