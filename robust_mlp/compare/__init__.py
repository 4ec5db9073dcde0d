"""`compare_imbalance`: the standard answers to class imbalance on the same folds, and which serves which goal."""

from robust_mlp.compare._compare import ImbalanceComparison, compare_imbalance

__all__ = ["compare_imbalance", "ImbalanceComparison"]
