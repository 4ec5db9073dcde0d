"""Comparisons on the same folds: of answers to class imbalance, and of a classifier with models of other families."""

from robust_mlp.compare._compare import ImbalanceComparison, compare_imbalance
from robust_mlp.compare._model_comparison import ModelComparison
from robust_mlp.compare._models import compare_models

__all__ = ["compare_imbalance", "ImbalanceComparison", "compare_models", "ModelComparison"]
