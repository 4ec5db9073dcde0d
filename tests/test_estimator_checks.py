"""scikit-learn's own checks of an estimator: all of them, with no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from robust_mlp import RobustMLPClassifier


@pytest.mark.filterwarnings(
    "ignore::robust_mlp.CollapseWarning", "ignore::robust_mlp.NoSignalWarning", "ignore::robust_mlp.OneClassWarning"
)
@parametrize_with_checks([RobustMLPClassifier()])
def test_scikit_learn_check(estimator, check):
    check(estimator)
