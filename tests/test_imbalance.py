"""Class weights, samplers, prior correction and decisions inside the estimator: each alone and together."""

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import balanced_accuracy_score, log_loss

from robust_mlp._network.batch_order import RowStream
from tests.tiny_fits import clouds, tiny

WAYS = [
    {"class_weight": "balanced"},
    {"class_weight": {"rare": 6.0}},
    {"sampler": "over"},
    {"sampler": "under"},
    {"sampler": "balanced_batches"},
    {"sampler": "over", "class_weight": {"rare": 2.0}},
]


def overlapping(n_rows=2000, share=0.1, seed=0):
    """Two Gaussian classes that overlap; labels "often" and "rare"."""
    rng = np.random.default_rng(seed)
    is_rare = rng.random(n_rows) < share
    X = rng.normal(size=(n_rows, 3)) + 1.2 * is_rare[:, None]
    return X, np.where(is_rare, "rare", "often")


X, Y = overlapping()
X_TEST, Y_TEST = overlapping(seed=1)


def trained(**parameters):
    """Enough epochs for honest probabilities on the overlapping classes."""
    settings = {"max_iter": 25, "learning_rate": 0.01, "batch_size": 100, "dropout": 0.0, "numerical_embedding": None}
    return tiny(**(settings | parameters)).fit(X, Y)


PLAIN = trained().predict_proba(X_TEST)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_prior_correction_gives_back_honest_probabilities(way):
    distorted = log_loss(Y_TEST, trained(**way).predict_proba(X_TEST))
    corrected = log_loss(Y_TEST, trained(**way, prior_correction=True).predict_proba(X_TEST))
    plain = log_loss(Y_TEST, PLAIN)
    assert distorted > 1.2 * plain
    assert corrected < 1.05 * plain


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_weights_and_samplers_help_the_rare_class(way):
    plain = balanced_accuracy_score(Y_TEST, trained().predict(X_TEST))
    assert balanced_accuracy_score(Y_TEST, trained(**way).predict(X_TEST)) > plain + 0.1


def test_prior_correction_is_the_exact_offset():
    a = trained(class_weight={"rare": 5.0}).predict_proba(X_TEST)
    b = trained(class_weight={"rare": 5.0}, prior_correction=True).predict_proba(X_TEST)
    odds = (a[:, 1] / a[:, 0]) / (b[:, 1] / b[:, 0])
    assert_allclose(odds, 5.0, rtol=1e-4)


def test_prior_correction_without_weights_changes_nothing():
    assert_array_equal(trained(prior_correction=True).predict_proba(X_TEST), PLAIN)


def test_prior_correction_cannot_undo_a_weight_of_zero():
    with pytest.raises(
        ValueError, match=r"^prior_correction=True cannot undo a class_weight of 0, which class 'rare' has"
    ):
        trained(class_weight={"rare": 0.0}, prior_correction=True)


def test_the_keras_model_is_corrected_too():
    clf = trained(class_weight="balanced", prior_correction=True)
    assert_allclose(clf.model_(clf._fitted.encoding.transform(X_TEST)), clf.predict_proba(X_TEST), atol=1e-6)


@pytest.mark.parametrize("decision", ["balanced", "balanced_accuracy", "geometric_mean"])
def test_a_tuned_decision_helps_the_rare_class_and_leaves_probabilities_alone(decision):
    clf = trained(decision=decision, early_stopping=True, validation_fraction=0.3)
    argmax = trained(early_stopping=True, validation_fraction=0.3)
    assert_array_equal(clf.predict_proba(X_TEST), argmax.predict_proba(X_TEST))
    gain = balanced_accuracy_score(Y_TEST, clf.predict(X_TEST)) - balanced_accuracy_score(
        Y_TEST, argmax.predict(X_TEST)
    )
    assert gain > 0.1
    assert clf.decision_offsets_[1] > clf.decision_offsets_[0]


def test_argmax_has_no_offsets():
    assert_array_equal(trained().decision_offsets_, [0, 0])


def test_costs_decide_by_expected_cost():
    costs = np.array([[0.0, 1.0], [9.0, 0.0]])
    clf = trained(decision=costs)
    expected = clf.classes_[(clf.predict_proba(X_TEST) @ costs).argmin(axis=1)]
    assert_array_equal(clf.predict(X_TEST), expected)


def test_honest_probabilities_and_a_balanced_decision_go_together():
    both = trained(class_weight="balanced", prior_correction=True, decision="balanced")
    assert log_loss(Y_TEST, both.predict_proba(X_TEST)) < 1.05 * log_loss(Y_TEST, PLAIN)
    weighted = trained(class_weight="balanced")
    assert np.mean(both.predict(X_TEST) == weighted.predict(X_TEST)) > 0.999


@pytest.mark.parametrize("decision", ["balenced", [[0, 1]], "roc_auc"])
def test_a_decision_that_cannot_be_is_refused_before_training(decision, monkeypatch):
    monkeypatch.setattr("robust_mlp._fit.fit.guard", lambda *args, **kwargs: pytest.fail("training began"))
    with pytest.raises(ValueError, match="decision"):
        trained(decision=decision)


# Samplers


@pytest.mark.parametrize("sampler", ["over", RandomOverSampler(), RandomUnderSampler(), "smote"])
def test_sample_indices_trace_every_training_row_to_the_users(sampler):
    clf = trained(sampler=sampler, max_iter=1)
    counts = np.unique(Y[clf.sample_indices_], return_counts=True)[1]
    assert counts[0] == counts[1]


def test_undersampling_draws_other_rows_for_each_epoch_and_loses_none(monkeypatch):
    orders = []
    drawn = RowStream.next_epochs
    monkeypatch.setattr(RowStream, "next_epochs", lambda *args: orders.append(drawn(*args)) or orders[-1])
    clf = trained(sampler="under")
    orders = np.concatenate(orders)
    n_rare = np.unique(Y, return_counts=True)[1].min()
    for epoch in orders:
        counts = np.unique(Y[epoch.ravel()], return_counts=True)[1]
        assert counts[0] == counts[1]
        assert n_rare <= counts[0] < n_rare + clf.batch_size
    seen = [set(epoch.ravel()) for epoch in orders]
    assert len(seen[0] | seen[1]) > 1.3 * len(seen[0])
    assert len(clf.sample_indices_) == len(Y)


def test_only_training_rows_are_resampled():
    clf = trained(sampler="over", max_iter=1, early_stopping=True, validation_fraction=0.5)
    assert len(np.unique(clf.sample_indices_)) == 1000
    assert sum(clf.report_.comparison.support) == 1000 if clf.report_.comparison else True


def test_members_resample_their_own_rows():
    clf = trained(sampler="over", max_iter=1, n_members=3, early_stopping="auto")
    assert len(clf.sample_indices_) == 3
    assert not np.array_equal(clf.sample_indices_[0], clf.sample_indices_[1])


def test_rows_of_weight_zero_are_no_source():
    weights = np.ones(len(Y))
    weights[:500] = 0
    clf = tiny(sampler="over", max_iter=1).fit(X, Y, sample_weight=weights)
    assert clf.sample_indices_.min() >= 500


def test_a_users_sampler_is_cloned_and_seeded():
    sampler = RandomUnderSampler()
    a, b = (trained(sampler=sampler, max_iter=2).predict_proba(X_TEST) for _ in range(2))
    assert_array_equal(a, b)
    assert sampler.random_state is None
    assert not hasattr(sampler, "sample_indices_")


def test_a_cleaning_sampler_drops_rows():
    clf = trained(sampler=TomekLinks(), max_iter=1)
    assert 1800 < len(clf.sample_indices_) < 2000


def test_samplers_work_with_categories_and_missing_values():
    rows, labels = clouds(120)
    rows[::7, 0] = np.nan
    rows[:, 3] = np.round(rows[:, 3]) % 3
    unbalanced = np.concatenate([np.flatnonzero(labels > 0), np.flatnonzero(labels == 0)[:10]])
    for sampler in ("over", "under", "smote", "balanced_batches"):
        clf = tiny(sampler=sampler, categorical_features=[3]).fit(rows[unbalanced], labels[unbalanced])
        assert np.isfinite(clf.predict_proba(rows)).all()


def test_a_sampler_works_inside_a_pipeline_of_imbalanced_learn():
    from imblearn.pipeline import make_pipeline

    outside = make_pipeline(RandomOverSampler(random_state=0), tiny(max_iter=3)).fit(X, Y)
    assert outside.predict_proba(X_TEST).shape == (2000, 2)


@pytest.mark.parametrize("n_members", [1, 3])
def test_the_guard_judges_in_the_datas_own_shares(n_members):
    clf = trained(sampler="over", n_members=n_members, early_stopping="auto", collapse_guard="repair")
    assert clf.report_.verdict.value == "HEALTHY"
    assert_allclose(clf.class_prior_, [np.mean(Y == "often"), np.mean(Y == "rare")])


# Piece by piece


def test_partial_fit_refuses_what_needs_the_whole_table():
    with pytest.raises(ValueError, match=r"^sampler='over' needs the whole table, and partial_fit sees a part of it"):
        tiny(sampler="over").partial_fit(X, Y, classes=["often", "rare"])
    with pytest.raises(ValueError, match=r"^decision='balanced' is learnt from held-out rows"):
        tiny(decision="balanced").partial_fit(X, Y, classes=["often", "rare"])


def test_partial_fit_weighs_classes_by_all_rows_so_far():
    clf = tiny(class_weight="balanced", learning_rate=0.01, dropout=0.0)
    for _ in range(20):
        for part in np.array_split(np.arange(len(Y)), 4):
            clf.partial_fit(X[part], Y[part], classes=["often", "rare"])
    assert balanced_accuracy_score(Y_TEST, clf.predict(X_TEST)) > 0.8
