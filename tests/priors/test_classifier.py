"""PriorShiftClassifier: shares are found, unshifted samples are left alone, and any classifier can be wrapped."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from robust_mlp import GuardedKerasClassifier, PriorShiftClassifier, RobustMLPClassifier, diagnose
from robust_mlp._core.calibration import fit_calibration
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.prior_of_classifier import told_prior
from tests.priors.samples import SOURCE, TARGET, posterior, sample


@pytest.fixture(scope="module")
def fitted():
    return GaussianNB().fit(*sample(8000, SOURCE, 0))


@pytest.fixture(scope="module")
def labelled():
    return sample(3000, SOURCE, 1)


@pytest.mark.parametrize("method", ["em", "bbse"])
@pytest.mark.parametrize("make", [LogisticRegression, GaussianNB, lambda: RandomForestClassifier(50, random_state=0)])
def test_after_a_shift_log_loss_and_accuracy_are_as_good_as_with_the_true_shares(method, make, labelled):
    X_new, y_new = sample(15_000, TARGET, 2)
    wrapped = PriorShiftClassifier(make().fit(*sample(6000, SOURCE, 0)), method=method).fit(*labelled)
    before, accuracy_before = wrapped.predict_proba(X_new), wrapped.score(X_new, y_new)
    wrapped.adapt(X_new)
    true_shares = np.bincount(y_new) / len(y_new)
    told = shift_log_odds(before, np.log(true_shares / wrapped.source_prior_))
    assert wrapped.shift_test_.is_shifted
    assert log_loss(y_new, wrapped.predict_proba(X_new)) < log_loss(y_new, before) - 0.01
    assert log_loss(y_new, wrapped.predict_proba(X_new)) < 1.01 * log_loss(y_new, told)
    assert wrapped.score(X_new, y_new) > accuracy_before
    assert wrapped.score(X_new, y_new) > 0.99 * (told.argmax(axis=1) == y_new).mean()


@pytest.mark.parametrize("method", ["em", "bbse"])
@pytest.mark.parametrize("n_rows", [150, 2000])
def test_on_unshifted_samples_adapting_changes_log_loss_by_at_most_2_permille_in_95_of_100(method, n_rows, labelled):
    classifier = GaussianNB().fit(*sample(400, SOURCE, 0))
    wrapped = PriorShiftClassifier(classifier, method=method).fit(*labelled)
    changes = []
    for seed in range(200):
        X_new, y_new = sample(n_rows, SOURCE, 1000 + seed)
        probabilities = wrapped.adapt(X_new)._unadapted(X_new)
        loss = log_loss(y_new, probabilities, labels=range(5))
        changes.append(abs(log_loss(y_new, wrapped.predict_proba(X_new), labels=range(5)) / loss - 1))
    assert np.quantile(changes, 0.95) <= 0.002


def test_where_no_shift_is_found_probabilities_stay_bit_for_bit(fitted):
    X_new, _ = sample(500, SOURCE, 5)
    wrapped = PriorShiftClassifier(fitted).adapt(X_new)
    assert not wrapped.shift_test_.is_shifted
    assert_array_equal(wrapped.predict_proba(X_new), fitted.predict_proba(X_new))
    assert_array_equal(wrapped.offsets_, 0.0)


def test_the_test_rejects_about_as_often_as_its_level_says(labelled):
    wrapped = PriorShiftClassifier(GaussianNB().fit(*sample(8000, SOURCE, 0)), alpha=0.2, calibrate=False)
    found = [wrapped.adapt(sample(300, SOURCE, 100 + seed)[0]).shift_test_.p_value <= 0.2 for seed in range(200)]
    assert 0.1 < np.mean(found) < 0.3


@pytest.mark.parametrize("method", ["em", "bbse"])
@pytest.mark.parametrize("prior", [SOURCE, TARGET])
def test_intervals_cover_the_true_shares(method, prior, fitted, labelled):
    wrapped = PriorShiftClassifier(fitted, method=method).fit(*labelled)
    covered, widths = [], []
    for seed in range(60):
        ends = wrapped.adapt(sample(800, prior, 300 + seed)[0]).target_prior_interval_
        covered.append((ends[:, 0] <= prior) & (prior <= ends[:, 1]))
        widths.append(ends[:, 1] - ends[:, 0])
    assert np.mean(covered) > 0.9
    assert np.max(widths) < 0.2


def test_more_rows_narrow_the_interval(fitted):
    few, many = (
        np.diff(PriorShiftClassifier(fitted).adapt(sample(n, TARGET, 3)[0]).target_prior_interval_) for n in (200, 8000)
    )
    assert_allclose(few / many, np.sqrt(40), rtol=0.3)


def test_the_reason_is_told_in_a_sentence(fitted):
    shifted = PriorShiftClassifier(fitted).adapt(sample(20_000, TARGET, 3)[0]).shift_test_
    assert shifted.reason.startswith("A change of the class shares by 1")
    assert shifted.reason.endswith("% is significant in 20000 rows (p = 0).")
    same = PriorShiftClassifier(fitted).adapt(sample(20_000, SOURCE, 3)[0]).shift_test_
    assert same.reason.endswith("% may also come from slightly wrong probabilities.")
    few = PriorShiftClassifier(fitted).adapt(sample(40, SOURCE, 3)[0]).shift_test_
    assert "% is not significant in 40 rows (p = 0." in few.reason


def test_calibration_finds_temperature_and_offsets():
    X, codes = sample(20_000, SOURCE, 0)
    truth = posterior(X, SOURCE)
    distorted = shift_log_odds(truth**2.5 / (truth**2.5).sum(axis=1, keepdims=True), np.array([1.0, -1.0, 0, 2.0, 0.0]))
    calibration = fit_calibration(distorted, codes, np.ones(len(codes)))
    assert_allclose(calibration.slope, 0.4, rtol=0.05)
    assert np.abs(calibration(distorted) - truth).mean() < 0.01


def test_calibration_of_few_rows_changes_little_and_zeros_do_no_harm():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]])
    calibration = fit_calibration(probabilities, np.array([0, 1, 1]), np.ones(3))
    assert np.abs(calibration(probabilities[:2]) - probabilities[:2]).max() < 0.12
    assert np.isfinite(np.log(calibration(probabilities))).all()


def test_calibration_by_gradient_is_a_minimum():
    X, codes = sample(300, SOURCE, 0)
    probabilities = posterior(X, TARGET) ** 0.5
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weights = np.random.default_rng(0).uniform(0.5, 2, 300)
    calibration = fit_calibration(probabilities, codes, weights)
    after = calibration(probabilities)
    loss = -weights @ np.log(after[np.arange(300), codes])
    assert loss < -weights @ np.log(probabilities[np.arange(300), codes])
    # at the optimum each class's mean probability is its share, but for the penalty's five rows
    assert (
        np.abs(weights @ after - np.bincount(codes, weights=weights)).max()
        < 5 * np.abs(calibration.offsets).max() + 0.1
    )


@parametrize_with_checks([PriorShiftClassifier(LogisticRegression())])
@pytest.mark.filterwarnings("ignore:Can't check dok sparse matrix:UserWarning")
def test_it_passes_scikit_learns_checks(estimator, check):
    check(estimator)


def test_a_fitted_classifier_is_used_as_it_is_and_never_changed(fitted, labelled):
    state = pickle.dumps(fitted)
    wrapped = PriorShiftClassifier(fitted).fit(*labelled).adapt(sample(2000, TARGET, 3)[0])
    assert wrapped.estimator_ is fitted
    assert pickle.dumps(fitted) == state
    assert wrapped.n_features_in_ == 6


def test_a_fitted_classifier_predicts_before_anything_is_called(fitted):
    X_new, y_new = sample(100, SOURCE, 3)
    wrapped = PriorShiftClassifier(fitted)
    assert_array_equal(wrapped.predict_proba(X_new), fitted.predict_proba(X_new))
    assert_array_equal(wrapped.predict(X_new), fitted.predict(X_new))
    assert_allclose(wrapped.predict_log_proba(X_new), np.log(wrapped.predict_proba(X_new)))
    assert wrapped.score(X_new, y_new) == fitted.score(X_new, y_new)


def test_a_clone_of_a_fitted_one_trains_anew_and_a_frozen_one_stays(fitted):
    with pytest.raises(NotFittedError):
        clone(PriorShiftClassifier(fitted)).predict(np.zeros((1, 6)))
    frozen = clone(PriorShiftClassifier(FrozenEstimator(fitted)))
    X_new, _ = sample(3000, TARGET, 3)
    assert frozen.adapt(X_new).shift_test_.is_shifted


def test_an_unfitted_classifier_is_trained_and_its_out_of_fold_predictions_are_the_source():
    X, y = sample(2000, SOURCE, 0)
    wrapped = PriorShiftClassifier(LogisticRegression(), calibrate=False).fit(X, y)
    assert_allclose(wrapped.source_prior_, np.bincount(y) / 2000, atol=0.005)
    assert_array_equal(wrapped.estimator_.coef_, LogisticRegression().fit(X, y).coef_)
    assert not hasattr(wrapped, "offsets_")


def test_sample_weights_reach_the_classifier_and_the_source():
    X, y = sample(1000, SOURCE, 0)
    weights = np.where(y == 0, 3.0, 1.0)
    wrapped = PriorShiftClassifier(LogisticRegression()).fit(X, y, sample_weight=weights)
    assert_array_equal(wrapped.estimator_.coef_, LogisticRegression().fit(X, y, sample_weight=weights).coef_)
    assert_allclose(wrapped.source_prior_, np.bincount(y, weights=weights) / weights.sum(), atol=0.01)


def test_refitting_forgets_the_sample(fitted, labelled):
    wrapped = PriorShiftClassifier(fitted).fit(*labelled).adapt(sample(2000, TARGET, 3)[0])
    wrapped.fit(*labelled)
    assert not hasattr(wrapped, "target_prior_") and not hasattr(wrapped, "offsets_")


def test_it_works_in_a_search_and_around_pipelines_and_votes():
    X, y = sample(600, SOURCE, 0)
    X_new, _ = sample(3000, TARGET, 1)
    search = GridSearchCV(PriorShiftClassifier(LogisticRegression()), {"estimator__C": [0.1, 1.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.5
    pipeline = make_pipeline(StandardScaler(), GaussianNB()).fit(X, y)
    for inner in (pipeline, GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=2).fit(X, y)):
        assert PriorShiftClassifier(inner).adapt(X_new).shift_test_.is_shifted
    vote = VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], voting="soft")
    assert cross_val_score(PriorShiftClassifier(vote), X, y, cv=2).mean() > 0.5


def test_labels_may_be_text():
    X, codes = sample(800, SOURCE, 0)
    labels = np.array(["ant", "bee", "cat", "dog", "eel"])
    wrapped = PriorShiftClassifier(GaussianNB()).fit(X, labels[codes]).adapt(sample(4000, TARGET, 1)[0])
    assert set(wrapped.predict(X)) <= set(labels)
    assert_array_equal(wrapped.classes_, labels)


def test_a_pickled_one_predicts_the_same(fitted, labelled):
    X_new, _ = sample(500, TARGET, 3)
    wrapped = PriorShiftClassifier(fitted).fit(*labelled).adapt(X_new)
    assert_array_equal(pickle.loads(pickle.dumps(wrapped)).predict_proba(X_new), wrapped.predict_proba(X_new))


def test_what_a_classifier_tells_of_its_probabilities_takes_the_place_of_labelled_rows():
    telling = LogisticRegression().fit(*sample(8000, TARGET, 0))
    telling.probability_prior_, telling.class_prior_ = TARGET, SOURCE
    X_new, _ = sample(5000, SOURCE, 2)
    told = PriorShiftClassifier(telling).adapt(X_new)
    assert_allclose(told.source_prior_, TARGET / TARGET.sum())
    assert np.abs(told.target_prior_ - SOURCE).max() < 0.03


def imbalanced(n_rows, seed):
    """Two overlapping classes, 90 to 10."""
    rng = np.random.default_rng(seed)
    codes = (rng.random(n_rows) < 0.1).astype(int)
    return rng.normal(size=(n_rows, 3)) + 1.2 * codes[:, None], codes


def a_linear_network(meta):
    import keras

    return keras.Sequential(
        [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(meta["n_classes_"], activation="softmax")]
    )


@pytest.mark.parametrize("kind", ["ours", "sampled", "corrected", "pieces", "keras", "keras pieces"])
def test_no_shift_is_found_behind_class_weights_where_there_is_none(kind):
    X, y = imbalanced(6000, 0)
    X_new, y_new = imbalanced(6000, 1)
    quick = {"n_members": 1, "max_iter": 15, "learning_rate": 0.02, "random_state": 0}
    own = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "optimizer__learning_rate": 0.02}
    own |= {"epochs": 8, "batch_size": 64, "random_state": 0, "class_weight": "balanced"}
    clf = {
        "ours": RobustMLPClassifier((), class_weight="balanced", **quick),
        "sampled": RobustMLPClassifier((), sampler="over", **quick),
        "corrected": RobustMLPClassifier((), class_weight="balanced", prior_correction=True, **quick),
        "pieces": RobustMLPClassifier((), class_weight="balanced", **quick),
        "keras": GuardedKerasClassifier(a_linear_network, **own),
        "keras pieces": GuardedKerasClassifier(a_linear_network, **own),
    }[kind]
    if kind.endswith("pieces"):
        for _ in range(8):
            clf.partial_fit(X, y, classes=[0, 1])
    else:
        clf.fit(X, y)
    carried = [0.9, 0.1] if kind == "corrected" else [0.5, 0.5]
    assert_allclose(clf.probability_prior_, carried, atol=0.02)
    assert abs(clf.predict_proba(X_new)[:, 1].mean() - y_new.mean()) > 0.1 or kind == "corrected"
    adapted = PriorShiftClassifier(clf).adapt(X_new)
    assert abs(adapted.target_prior_[1] - 0.1) < 0.03
    honest = PriorShiftClassifier(clf).fit(X_new, y_new)
    assert log_loss(y_new, adapted.predict_proba(X_new)) < log_loss(y_new, honest.predict_proba(X_new)) + 0.02


def test_it_tells_which_shares_its_own_probabilities_carry(fitted):
    unshifted = PriorShiftClassifier(fitted).adapt(sample(4000, SOURCE, 3)[0])
    assert_allclose(unshifted.probability_prior_, unshifted.source_prior_)
    X_new, y_new = sample(4000, TARGET, 4)
    shifted = PriorShiftClassifier(fitted).adapt(X_new)
    assert_allclose(shifted.probability_prior_, shifted.target_prior_)
    assert_allclose(told_prior(shifted, 5)[0], shifted.target_prior_)
    assert "prior_shift" in diagnose(fitted, X_new, y_new).findings.codes
    assert "prior_shift" not in diagnose(shifted, X_new, y_new).findings.codes


def test_few_rows_of_an_unfitted_classifier_with_weights_are_not_taken_for_its_shares():
    class Telling(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            super().fit(X, y, sample_weight)
            self.probability_prior_ = np.array([0.5, 0.5])
            return self

    X = np.array([[0.0], [0.1], [0.3], [5.0]])
    few = PriorShiftClassifier(Telling()).fit(X, [0, 0, 0, 1])
    assert_allclose(few.source_prior_, [0.5, 0.5])


def test_a_known_prior_is_taken():
    X, y = sample(3000, SOURCE, 0)
    forest = LogisticRegression().fit(X, y)
    wrapped = PriorShiftClassifier(forest, prior=100 * SOURCE).adapt(sample(5000, TARGET, 1)[0])
    assert_allclose(wrapped.source_prior_, SOURCE)
    assert np.abs(wrapped.target_prior_ - TARGET).max() < 0.03


def test_a_class_that_the_sample_lacks_keeps_a_share_that_so_many_rows_could_miss(fitted):
    without = np.array([0.0, 0.5, 0.0, 0.3, 0.2])
    X_new, _ = sample(400, without, 1)
    wrapped = PriorShiftClassifier(fitted).adapt(X_new)
    assert np.isfinite(wrapped.offsets_).all()
    assert wrapped.predict_proba(X_new).min() > 0


@pytest.mark.parametrize(
    "parameters, kind, message",
    [
        ({"method": "mle"}, ValueError, "method='mle' is not known. Pass one of 'em', 'bbse'."),
        ({"calibrate": "yes"}, ValueError, "calibrate='yes' is not known. Pass 'auto', True or False."),
        ({"alpha": 0}, ValueError, "alpha=0 is out of range. Pass a number in (0, 1]."),
        ({"confidence": 1}, ValueError, "confidence=1 is out of range. Pass a number in (0, 1)."),
        (
            {"prior": [0.5, 0.5]},
            ValueError,
            "prior=[0.5, 0.5] is not one share, >= 0, for each of the 5 classes. Pass for example "
            "prior=[0.2, 0.2, 0.2, 0.2, 0.2].",
        ),
    ],
)
def test_a_wrong_parameter_is_told(parameters, kind, message, fitted):
    with pytest.raises(kind) as caught:
        PriorShiftClassifier(fitted, **parameters).adapt(sample(50, SOURCE, 0)[0])
    assert str(caught.value) == message


def test_what_cannot_be_known_is_said_with_the_way_out(fitted):
    X, y = sample(500, SOURCE, 0)
    with pytest.raises(ValueError) as caught:
        PriorShiftClassifier(LogisticRegression().fit(X, y)).adapt(X)
    assert str(caught.value) == (
        "LogisticRegression has no attribute with the class shares of its training rows. Call fit(X, y) with labelled "
        "rows that it was not trained on, or pass prior=."
    )
    with pytest.raises(ValueError) as caught:
        PriorShiftClassifier(fitted, method="bbse").adapt(X)
    assert str(caught.value) == (
        "method='bbse' needs labelled rows, to learn which classes are confused. Call fit(X, y) with rows that "
        "the classifier was not trained on, or pass method='em'."
    )
    with pytest.raises(NotFittedError) as caught:
        PriorShiftClassifier(LogisticRegression()).adapt(X)
    assert str(caught.value) == (
        "This PriorShiftClassifier instance is not fitted yet, nor is its classifier. Call fit(X, y) first, or pass a "
        "classifier that is fitted."
    )
    with pytest.raises(ValueError) as caught:
        PriorShiftClassifier(fitted).fit(X[:3], np.array([0, 1, 9]))
    assert str(caught.value) == "y holds 9, which the classifier was not trained on. Its classes are 0, 1, 2, 3, 4."
    with pytest.raises(TypeError) as caught:
        PriorShiftClassifier(LinearSVC()).fit(X, y)
    assert str(caught.value) == (
        "LinearSVC has no predict_proba, but class shares are estimated from probabilities. Wrap it first: "
        "CalibratedClassifierCV(LinearSVC())."
    )
    PriorShiftClassifier(CalibratedClassifierCV(LinearSVC(), cv=2)).fit(X, y)  # the way out works
