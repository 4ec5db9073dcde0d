"""Whole fits on rows that are not independent: groups of near-identical rows, and rows in the order of time."""

import keras
import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import GuardedKerasClassifier, RobustMLPClassifier
from tests.tiny_fits import able

N_GROUPS, SIZE = 200, 20
UNSURE = ("NO_SIGNAL", "UNCHECKED", "COLLAPSED")


def flocks(labels="noise", n_groups=N_GROUPS, size=SIZE, seed=0):
    """Near-identical rows with one label per group, in random order: (X, y, groups)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_groups, 4))
    label = rng.integers(0, 2, n_groups) if labels == "noise" else (centres[:, 0] > 0).astype(int)
    groups = rng.permutation(np.repeat(np.arange(n_groups), size))
    return centres[groups] + 0.02 * rng.normal(size=(len(groups), 4)), label[groups], groups


def fast(**settings):
    """A classifier with two members that can learn two hundred flocks by heart."""
    return RobustMLPClassifier((64,), n_members=2, max_iter=40, learning_rate=0.01, random_state=0, **settings)


@pytest.mark.filterwarnings("ignore::robust_mlp.NoSignalWarning", "ignore::robust_mlp.CollapseWarning")
def test_a_random_split_of_flocks_believes_what_was_learnt_by_heart_and_a_split_by_groups_does_not():
    X, y, groups = flocks()
    misled, told = fast(max_restarts=0).fit(X, y), fast(max_restarts=0).fit(X, y, groups=groups)
    assert misled.report_.comparison.accuracy > 0.75
    assert misled.report_.verdict.value == "HEALTHY"
    assert abs(told.report_.comparison.accuracy - 0.5) < 0.12  # four standard errors of 200 coin flips are .14
    assert told.report_.verdict.value in UNSURE
    X_new, y_new, _ = flocks(seed=1)
    assert abs(told.report_.comparison.accuracy - told.score(X_new, y_new)) < 0.15


def test_groups_that_can_be_told_apart_from_others_are_found():
    X, y, groups = flocks("first column")
    clf = fast().fit(X, y, groups=groups)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.report_.comparison.accuracy > 0.9
    alike = fast().fit(X, y, groups=[f"patient {g:03d}" for g in groups])
    np.testing.assert_array_equal(alike.oof_decision_function_, clf.oof_decision_function_)


def test_the_order_of_the_rows_changes_nothing_with_groups_either():
    X, y, groups = flocks("first column", n_groups=40, size=5)
    order = np.random.default_rng(1).permutation(len(y))
    one = able(n_members=3, early_stopping="auto").fit(X, y, groups=groups)
    other = able(n_members=3, early_stopping="auto").fit(X[order], y[order], groups=groups[order])
    np.testing.assert_array_equal(one.oof_decision_function_[order], other.oof_decision_function_)


def test_a_tuned_decision_and_a_single_network_take_groups_too():
    X, y, groups = flocks("first column", n_groups=80, size=6)
    clf = able(n_members=1, early_stopping=True, decision="balanced_accuracy").fit(X, y, groups=groups)
    assert clf.report_.comparison.n_rows == 8 * 6  # a tenth of the groups
    assert clf._decision.note.startswith(("Probabilities", "No offsets"))


def test_searches_and_pipelines_hand_groups_on():
    X, y, groups = flocks("first column", n_groups=40, size=5)
    with sklearn.config_context(enable_metadata_routing=True):
        network = able(n_members=2, early_stopping="auto").set_fit_request(groups=True)
        scaled = make_pipeline(StandardScaler(), network)
        search = GridSearchCV(scaled, {"robustmlpclassifier__learning_rate": [0.01, 0.03]}, cv=GroupKFold(3))
        search.fit(X, y, groups=groups)
        assert search.best_score_ > 0.8
        pipeline = make_pipeline(StandardScaler(), network).fit(X, y, groups=groups)
    direct = able(n_members=2, early_stopping="auto").fit(StandardScaler().fit_transform(X), y, groups=groups)
    np.testing.assert_array_equal(pipeline[-1].oof_decision_function_, direct.oof_decision_function_)
    best = search.best_estimator_[-1]
    again = able(n_members=2, early_stopping="auto", learning_rate=best.learning_rate)
    again.fit(StandardScaler().fit_transform(X), y, groups=groups)
    np.testing.assert_array_equal(best.oof_decision_function_, again.oof_decision_function_)


def network_of(meta):
    layers = [keras.Input((4,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@pytest.mark.filterwarnings("ignore::robust_mlp.NoSignalWarning", "ignore::robust_mlp.CollapseWarning")
def test_a_users_own_network_is_judged_by_groups_of_its_own():
    X, y, groups = flocks()
    settings = {"epochs": 30, "random_state": 0, "max_restarts": 0}
    misled = GuardedKerasClassifier(network_of, **settings).fit(X, y)
    told = GuardedKerasClassifier(network_of, **settings).fit(X, y, groups=groups)
    assert misled.report_.comparison.accuracy > 0.75
    assert told.report_.comparison.accuracy < 0.75
    assert told.report_.verdict.value != "HEALTHY"
    with pytest.raises(ValueError, match="groups holds one group for all rows"):
        GuardedKerasClassifier(network_of, **settings).fit(X, y, groups=np.zeros(len(y)))


def drifting(n_rows=600, seed=0):
    """Rows in the order of time: what the columns mean turns slowly, so that the last rows are the hardest."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 0.8 * np.pi, n_rows)
    X = rng.normal(size=(n_rows, 2))
    return X, (np.cos(angle) * X[:, 0] + np.sin(angle) * X[:, 1] > 0).astype(int)


def test_the_last_rows_judge_what_is_to_come():
    X, y = drifting()
    at_random = able(n_members=4, early_stopping="auto").fit(X[:480], y[:480])
    last = able(n_members=4, early_stopping="auto", validation="last", validation_fraction=0.2).fit(X[:480], y[:480])
    future = last.score(X[480:], y[480:])
    assert at_random.report_.comparison.accuracy - at_random.score(X[480:], y[480:]) > 0.15
    assert abs(last.report_.comparison.accuracy - future) < abs(at_random.report_.comparison.accuracy - future)
    assert last.report_.comparison.n_rows == 96


def test_the_last_rows_are_what_x_val_would_be():
    X, y = drifting(200)
    last = able(n_members=2, early_stopping="auto", validation="last", validation_fraction=40).fit(X, y)
    given = able(n_members=2, early_stopping="auto").fit(X[:160], y[:160], X_val=X[160:], y_val=y[160:])
    np.testing.assert_array_equal(last.predict_proba(X), given.predict_proba(X))
    assert last.report_.comparison == given.report_.comparison
    weights = np.r_[np.ones(200), np.zeros(50)]  # rows without weight do not exist
    longer = np.r_[X, X[:50]], np.r_[y, 1 - y[:50]]
    padded = able(n_members=2, early_stopping="auto", validation="last", validation_fraction=40)
    padded.fit(*longer, sample_weight=weights)
    np.testing.assert_array_equal(padded.predict_proba(X), last.predict_proba(X))


@pytest.mark.parametrize(
    "more, message",
    [
        ({"groups": np.arange(90) % 9}, "validation='last' holds out the last rows, whatever their groups"),
        ({"X_val": np.ones((5, 2)), "y_val": np.ones(5)}, "X_val holds the rows to hold out, and validation='last'"),
    ],
)
def test_two_ways_to_hold_out_are_refused(more, message):
    X, y = drifting(90)
    with pytest.raises(ValueError, match=message):
        able(validation="last").fit(X, y, **more)


def test_rows_sorted_by_class_have_no_order_in_time():
    X, y = drifting(90)
    order = np.argsort(y, kind="stable")
    with pytest.raises(ValueError, match=r"validation='last' holds out every row of these classes: \[1\]"):
        able(validation="last", validation_fraction=0.7).fit(X[order], y[order])
