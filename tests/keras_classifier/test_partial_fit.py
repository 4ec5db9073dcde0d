"""partial_fit and warm_start go on from where the network stood."""

import numpy as np

from tests.keras_classifier.examples import X, Y, classifier


def test_partial_fit_goes_on_and_keeps_the_optimizer():
    clf = classifier()
    for _ in range(6):
        clf.partial_fit(X, Y)
    assert clf.score(X, Y) > 0.85 and len(clf.history_["loss"]) == 6
    late = classifier().partial_fit(X[Y == 0], Y[Y == 0], classes=[0, 1])
    np.testing.assert_array_equal(late.classes_, [0, 1])
    assert late.report_.verdict.value == "UNCHECKED"


def test_warm_start_goes_on_from_the_fit_before():
    clf = classifier(warm_start=True, epochs=3).fit(X, Y)
    first = clf.history_["loss"][0]
    assert clf.fit(X, Y).history_["loss"][0] < first
