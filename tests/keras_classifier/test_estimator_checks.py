"""scikit-learn's own checks of an estimator, but for two that no subclass of scikeras' class can meet."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import create_mlp

# Neither can be met by a subclass of scikeras' class: it inherits BaseEstimator before ClassifierMixin, and it defines
# `_more_tags` without `__sklearn_tags__`; changing that class itself would change it for everybody.
IMPOSSIBLE = {
    "check_mixin_order": AssertionError,
    "check_estimator_tags_renamed": TypeError,
}

CHECKS = list(estimator_checks_generator(GuardedKerasClassifier(create_mlp, epochs=40, random_state=0)))
# Names of our own: scikit-learn's hold the estimator's repr, and with it create_mlp's address, which differs from
# process to process.
CHECK_NAMES = [f"{i}-{check.func.__name__}" for i, (_, check) in enumerate(CHECKS)]


@pytest.mark.filterwarnings(
    "ignore::robust_mlp.CollapseWarning", "ignore::robust_mlp.NoSignalWarning", "ignore::robust_mlp.OneClassWarning"
)
@pytest.mark.parametrize("estimator, check", CHECKS, ids=CHECK_NAMES)
def test_scikit_learn_check(estimator, check):
    name = check.func.__name__
    if name not in IMPOSSIBLE:
        check(estimator)
        return
    with pytest.raises(IMPOSSIBLE[name]):
        check(estimator)
