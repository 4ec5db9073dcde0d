"""Ready searches: which parameters of `RobustMLPClassifier` to search on a table, and a search within a time."""

from robust_mlp.search._space import search_space

__all__ = ["search_space"]
