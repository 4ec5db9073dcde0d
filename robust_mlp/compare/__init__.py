"""`compare_imbalance`: compares standard answers to class imbalance on the same folds, with advice for each goal."""

from robust_mlp.compare._compare import ImbalanceComparison, compare_imbalance

__all__ = ["compare_imbalance", "ImbalanceComparison"]
