"""What reports advise: one cause, and nothing that contradicts it."""

import numpy as np

from benchmarks.reports_further.cases import case, caught, clouds, quick
from robust_mlp import diagnose


def told(X, y, **parameters):
    clf, said, _ = caught(lambda: quick(**parameters).fit(X, y))
    return clf, f"{said}\n{clf.report_}"


@case
def steps_that_are_far_too_small():
    X, y = clouds(300, spread=3.0)
    _clf, text = told(X, y, learning_rate=1e-9, max_iter=5, collapse_guard="warn", linear_path=False)
    assert "learning_rate" in text and not ("would not help" in text and "raise max_iter" in text.lower()), text
    assert "no setting can change" not in text, text


@case
def rare_positives_that_are_ranked_well():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 3))
    y = (X[:, 0] + 0.7 * rng.normal(size=4000) > 3.0).astype(int)
    clf, text = told(X, y)
    assert clf.report_.verdict in ("HEALTHY", "REPAIRED"), text
    found = str(diagnose(clf, X, y))
    assert "RobustMLPClassifier()" not in found, found
    assert "failed to learn" not in found and "learned nothing" not in found, found


@case
def dropout_of_nearly_everything():
    X, y = clouds(300, spread=3.0)
    clf, text = told(X, y, dropout=0.999, hidden_layer_sizes=(8, 8), linear_path=False, collapse_guard="warn")
    assert "dropout" in text or clf.score(X, y) > 0.9, text


@case
def decay_of_nearly_everything():
    X, y = clouds(300, spread=3.0)
    clf, text = told(X, y, weight_decay=1e4, collapse_guard="warn")
    assert "weight_decay" in text or clf.score(X, y) > 0.9, text


@case
def steps_that_are_far_too_large():
    X, y = clouds(300, spread=3.0)
    for rate in (1e3, 1e30):
        clf, text = told(X, y, learning_rate=rate, collapse_guard="warn")
        assert "learning_rate" in text or clf.score(X, y) > 0.9, text
        assert np.isfinite(clf.predict_proba(X)).all()


@case
def the_guard_off_on_a_network_of_nan():
    X, y = clouds(300)
    clf, said, _ = caught(
        lambda: quick(learning_rate=1e38, collapse_guard="off", optimizer="sgd", linear_path=False).fit(X, y)
    )
    assert isinstance(clf, Exception) or said or np.isfinite(clf.predict_proba(X)).all(), clf.predict_proba(X)[:3]
    if not isinstance(clf, Exception):
        assert np.isfinite(clf.predict_proba(X)).all() or "NaN" in said, said


@case
def no_signal_at_all():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(300, 5)), rng.integers(0, 2, 300)
    clf, text = told(X, y)
    assert clf.report_.verdict in ("NO_SIGNAL", "UNCHECKED"), text
    assert "raise max_iter" not in text.lower(), text
