"""Ready searches: which parameters of `RobustMLPClassifier` are worth a search on a table, and a search within a time."""

from robust_mlp.search._space import search_space

__all__ = ["search_space"]
