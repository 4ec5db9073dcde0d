"""The classifier inside scikit-learn's own machinery: each cell of the matrix is one test."""

import copy
import inspect
import io
import os
import pickle
import tempfile

import cloudpickle
import joblib
import keras
import numpy as np
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    check_cv,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import RobustMLPClassifier
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds()
X2, Y2 = clouds(n_classes=2)
PARAMETERS = list(inspect.signature(RobustMLPClassifier).parameters)
OTHER_VALUES = {  # for each parameter a valid value that is not its default
    "hidden_layer_sizes": (5, 3),
    "activation": "tanh",
    "n_members": 2,
    "dropout": 0.2,
    "input_dropout": 0.1,
    "batch_norm": True,
    "max_norm": 3.0,
    "linear_path": False,
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "learning_rate_schedule": "linear",
    "weight_decay": 0.1,
    "label_smoothing": 0.05,
    "batch_size": 16,
    "max_iter": 3,
    "shuffle": False,
    "early_stopping": True,
    "scoring": "accuracy",
    "validation_fraction": 0.3,
    "validation": "last",
    "n_iter_no_change": 2,
    "tol": 0.01,
    "max_time": 60.0,
    "callbacks": [keras.callbacks.EarlyStopping(monitor="loss")],
    "checkpoint": os.path.join(tempfile.gettempdir(), f"robust_mlp-test-{os.getpid()}.fit"),
    "warm_start": True,
    "scale": None,
    "numerical_embedding": None,
    "categorical_features": None,
    "class_weight": "balanced",
    "sampler": "over",
    "prior_correction": True,
    "decision": "balanced",
    "collapse_guard": "warn",
    "max_restarts": 1,
    "random_state": 7,
    "verbose": 1,
}


def probabilities_are_sound(fitted, X, n_classes):
    """Rows of shape (n_classes,) that sum to 1, and predictions that are their largest."""
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), n_classes)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.array_equal(fitted.predict(X), fitted.classes_[probabilities.argmax(axis=1)])


class Counting(keras.callbacks.Callback):
    """A user's own callback, with a state of its own."""

    def __init__(self):
        super().__init__()
        self.n_epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.n_epochs += 1


# Parameters and clones


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_clone_keeps_the_parameter(name):
    value = OTHER_VALUES[name]
    copied = clone(RobustMLPClassifier(**{name: value})).get_params()[name]
    assert copied == value or type(copied[0]) is type(value[0])


def test_every_parameter_is_in_the_table_of_other_values():
    assert set(PARAMETERS) == set(OTHER_VALUES)


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_set_params_sets_what_get_params_returns(name):
    estimator = RobustMLPClassifier().set_params(**{name: OTHER_VALUES[name]})
    assert estimator.get_params()[name] is OTHER_VALUES[name]


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_the_parameter_is_fitted_with_and_left_as_it_was_given(name, capsys):
    estimator = able(**{name: OTHER_VALUES[name]})
    estimator.fit(X, Y)
    assert getattr(estimator, name) is OTHER_VALUES[name]
    probabilities_are_sound(estimator, X, 3)


def test_clone_is_scikit_learns_own():
    assert not any("__sklearn_clone__" in vars(c) for c in RobustMLPClassifier.__mro__ if c.__module__[:6] == "robust")


def test_a_clone_of_a_fitted_classifier_is_not_fitted():
    with pytest.raises(NotFittedError):
        clone(tiny().fit(X, Y)).predict(X)


def test_the_short_repr_names_only_what_was_changed():
    assert repr(RobustMLPClassifier(dropout=0.3)) == "RobustMLPClassifier(dropout=0.3)"


def test_it_is_a_classifier_for_every_splitter():
    assert is_classifier(RobustMLPClassifier())
    assert isinstance(check_cv(3, Y, classifier=is_classifier(tiny())), StratifiedKFold)


def test_fit_returns_the_estimator_itself():
    estimator = tiny()
    assert estimator.fit(X, Y) is estimator


def test_the_html_repr_shows_the_parameters():
    assert "hidden_layer_sizes" in tiny().fit(X, Y)._repr_html_()


# Pipelines and searches


def test_pipeline():
    fitted = make_pipeline(StandardScaler(), SelectKBest(k=3), able()).fit(X, Y)
    probabilities_are_sound(fitted, X, 3)
    assert fitted.score(X, Y) > 0.9


def test_pipeline_hands_on_the_names_of_the_columns():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), tiny()).fit(frame, Y)
    assert pipeline[-1].feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_grid_search():
    grid = {"network__learning_rate": [1e-6, 0.03], "network__dropout": [0.0, 0.2]}
    pipeline = Pipeline([("scale", StandardScaler()), ("network", able())])
    search = GridSearchCV(pipeline, grid, cv=3, scoring="neg_log_loss", error_score="raise").fit(X, Y)
    assert search.best_params_["network__learning_rate"] == 0.03


def test_grid_search_in_two_processes_chooses_the_same():
    grid = {"learning_rate": [1e-6, 0.03]}
    alone, together = (
        GridSearchCV(able(), grid, cv=2, scoring="neg_log_loss", n_jobs=n_jobs, error_score="raise").fit(X, Y)
        for n_jobs in (None, 2)
    )
    assert np.array_equal(alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"])


def test_randomized_search():
    search = RandomizedSearchCV(tiny(), {"dropout": [0.0, 0.1, 0.2]}, n_iter=2, cv=2, random_state=0)
    probabilities_are_sound(search.set_params(error_score="raise").fit(X, Y), X, 3)


def test_halving_search_with_epochs_as_the_resource():
    search = HalvingGridSearchCV(
        able(),
        {"learning_rate": [1e-6, 1e-5, 0.03]},
        resource="max_iter",
        min_resources=4,
        max_resources=12,
        factor=3,
        cv=2,
        scoring="neg_log_loss",
        random_state=0,
        error_score="raise",
    ).fit(X, Y)
    assert search.n_resources_ == [4, 12]
    assert search.best_params_["learning_rate"] == 0.03
    assert search.best_estimator_.n_iter_ == 12


# Cross-validation and scores


@pytest.mark.parametrize(
    "method, shape", [("predict_proba", (90, 3)), ("predict", (90,)), ("decision_function", (90, 3))]
)
def test_cross_val_predict(method, shape):
    assert cross_val_predict(tiny(), X, Y, cv=3, method=method).shape == shape


@pytest.mark.parametrize("scoring", ["neg_log_loss", "balanced_accuracy", "roc_auc_ovr", "roc_auc_ovo", "f1_macro"])
def test_multiclass_scorer(scoring):
    assert np.isfinite(cross_val_score(able(), X, Y, cv=2, scoring=scoring, error_score="raise")).all()


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "neg_log_loss", "neg_brier_score", "f1"])
def test_binary_scorer(scoring):
    assert np.isfinite(cross_val_score(able(), X2, Y2, cv=2, scoring=scoring, error_score="raise")).all()


def test_several_scorers_at_once():
    scores = cross_validate(able(), X2, Y2, cv=2, scoring=["roc_auc", "accuracy"], error_score="raise")
    assert scores["test_roc_auc"].min() > 0.9


def test_learning_curve():
    _, _, scores = learning_curve(able(), X, Y, train_sizes=[30, 60], cv=3, error_score="raise")
    assert scores.shape == (2, 3)


def test_validation_curve():
    rates = [1e-7, 0.03]
    _, scores = validation_curve(able(), X, Y, param_name="learning_rate", param_range=rates, cv=2, error_score="raise")
    assert scores[1].mean() > scores[0].mean()


def test_permutation_importance_finds_the_column_that_informs():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((120, 3))
    labels = (table[:, 1] > 0).astype(int)
    fitted = able().fit(table, labels)
    importance = permutation_importance(fitted, table, labels, n_repeats=3, random_state=0)
    assert importance.importances_mean.argmax() == 1


def test_partial_dependence():
    found = partial_dependence(able().fit(X2, Y2), X2, [0], grid_resolution=5)
    assert found["average"].shape == (1, 5)


# Meta-estimators


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_voting(voting):
    votes = VotingClassifier([("net", able()), ("line", LogisticRegression())], voting=voting).fit(X, Y)
    assert votes.score(X, Y) > 0.9


def test_stacking():
    stack = StackingClassifier([("net", able()), ("line", LogisticRegression())], cv=2).fit(X, Y)
    assert stack.score(X, Y) > 0.9


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_calibration(method):
    probabilities_are_sound(CalibratedClassifierCV(able(), method=method, cv=2).fit(X, Y), X, 3)


@pytest.mark.parametrize("response_method", ["predict_proba", "decision_function"])
def test_tuned_threshold(response_method):
    tuned = TunedThresholdClassifierCV(able(), cv=2, response_method=response_method, scoring="balanced_accuracy")
    assert tuned.fit(X2, Y2).score(X2, Y2) > 0.9


def test_bagging():
    bag = BaggingClassifier(able(), n_estimators=2, random_state=0).fit(X, Y)
    assert bag.score(X, Y) > 0.9
    assert not np.array_equal(bag.estimators_[0].predict_proba(X), bag.estimators_[1].predict_proba(X))


def test_boosting_hands_over_sample_weights():
    boosted = AdaBoostClassifier(able(), n_estimators=2, random_state=0).fit(X, Y)
    assert boosted.score(X, Y) > 0.9


@pytest.mark.parametrize("strategy", [OneVsRestClassifier, OneVsOneClassifier])
def test_binary_networks_for_several_classes(strategy):
    assert strategy(able()).fit(X, Y).score(X, Y) > 0.9


def test_frozen_estimator_is_not_fitted_again():
    fitted = able().fit(X, Y)
    frozen = FrozenEstimator(fitted)
    assert np.array_equal(frozen.fit(X, 2 - Y).predict_proba(X), fitted.predict_proba(X))


def test_calibration_of_a_frozen_estimator():
    calibrated = CalibratedClassifierCV(FrozenEstimator(able().fit(X, Y)), method="temperature").fit(X, Y)
    probabilities_are_sound(calibrated, X, 3)


# Metadata routing


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def heavy_first_class(y):
    """Weights that all but remove the classes after the first."""
    return np.where(y == 0, 1.0, 1e-6)


def test_sample_weight_is_routed_through_a_pipeline(routing):
    network = able().set_fit_request(sample_weight=True)
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), network)
    pipeline.fit(X, Y, sample_weight=heavy_first_class(Y))
    assert pipeline[-1].class_prior_[0] > 0.99


def test_sample_weight_is_routed_through_a_search(routing):
    network = able().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    search = GridSearchCV(network, {"dropout": [0.0]}, cv=2, error_score="raise")
    search.fit(X, Y, sample_weight=heavy_first_class(Y))
    assert search.best_estimator_.class_prior_[0] > 0.99


def test_sample_weight_that_was_not_asked_for_is_refused(routing):
    pipeline = make_pipeline(StandardScaler(), able())
    with pytest.raises(Exception, match="sample_weight"):
        pipeline.fit(X, Y, sample_weight=heavy_first_class(Y))


def test_validation_rows_go_through_the_pipeline(routing):
    network = able(early_stopping=True).set_fit_request(X_val=True, y_val=True)
    scaler = StandardScaler()
    pipeline = Pipeline([("scale", scaler), ("network", network)], transform_input=["X_val"])
    shifted, straight = 1000 * X + 5000, X
    others = shifted[::2] + 1.0  # rows that the network is not trained on
    pipeline.fit(shifted, Y, X_val=others, y_val=Y[::2])
    alone = clone(network).fit(StandardScaler().fit_transform(shifted), Y, X_val=scaler.transform(others), y_val=Y[::2])
    assert pipeline[-1].validation_scores_ == alone.validation_scores_
    assert not np.array_equal(shifted, straight)


# Copies


def by_pickle(estimator):
    return pickle.loads(pickle.dumps(estimator))


def by_cloudpickle(estimator):
    return pickle.loads(cloudpickle.dumps(estimator))


def by_joblib(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


COPIERS = [by_pickle, by_cloudpickle, by_joblib, copy.deepcopy]


@pytest.mark.parametrize("copier", COPIERS)
def test_a_copy_of_a_fitted_classifier_predicts_the_same_bits(copier):
    fitted = tiny().fit(X, Y)
    assert np.array_equal(copier(fitted).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("copier", COPIERS)
def test_a_copy_of_an_unfitted_classifier_fits_to_the_same_bits(copier):
    estimator = tiny()
    assert np.array_equal(copier(estimator).fit(X, Y).predict_proba(X), estimator.fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize(
    "callback",
    [keras.callbacks.EarlyStopping(monitor="loss"), keras.callbacks.LambdaCallback(), Counting()],
    ids=lambda c: type(c).__name__,
)
def test_a_classifier_that_was_fitted_with_a_callback_can_be_copied(copier, callback):
    fitted = tiny(callbacks=[callback]).fit(X, Y)
    assert np.array_equal(copier(fitted).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("copier", COPIERS)
def test_a_copy_after_the_keras_model_was_looked_at_predicts_the_same_bits(copier):
    fitted = tiny().fit(X, Y)
    assert fitted.model_.count_params() > 0
    assert np.array_equal(copier(fitted).predict_proba(X), fitted.predict_proba(X))


def test_a_copy_keeps_the_report():
    fitted = tiny(collapse_guard="warn", max_iter=30, learning_rate=0.03).fit(X, Y)
    assert str(by_pickle(fitted).report_) == str(fitted.report_)


def test_a_fitted_pickle_holds_neither_the_table_nor_tensorflow():
    wide = np.random.default_rng(0).standard_normal((2000, 20))
    fitted = tiny(hidden_layer_sizes=(64, 64), numerical_embedding=None).fit(wide, np.arange(2000) % 2)
    dumped = pickle.dumps(fitted)
    assert len(dumped) < 80_000 < wide.nbytes
    assert b"tensorflow" not in dumped


# Fitted attributes


def test_fitted_attributes_carry_the_names_of_mlp_classifier():
    fitted = able(early_stopping=True).fit(X, Y)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.n_features_in_ == 4
    assert 1 <= fitted.n_iter_ <= 30
    assert len(fitted.loss_curve_) == len(fitted.validation_scores_) == fitted.n_iter_
    assert fitted.best_loss_ == min(fitted.loss_curve_)
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert fitted.out_activation_ == "softmax"
    assert np.allclose(fitted.class_prior_, 1 / 3)
    assert fitted.n_restarts_ == 0
    assert set(fitted.history_) >= {"loss", "val_loss"}


def test_the_keras_model_gives_the_same_probabilities():
    fitted = tiny(scale=None).fit(X, Y)
    assert isinstance(fitted.model_, keras.Model)
    assert np.allclose(fitted.model_(X.astype("float32")), fitted.predict_proba(X), atol=1e-5)


def test_predict_log_proba_and_decision_function_agree_with_predict_proba():
    fitted = tiny().fit(X, Y)
    assert np.allclose(np.exp(fitted.predict_log_proba(X)), fitted.predict_proba(X))
    assert np.array_equal(fitted.decision_function(X).argmax(axis=1), fitted.predict_proba(X).argmax(axis=1))


def test_the_binary_decision_function_is_one_column_and_positive_for_the_second_class():
    fitted = able().fit(X2, Y2)
    decision = fitted.decision_function(X2)
    assert decision.shape == (90,)
    assert np.array_equal(decision > 0, fitted.predict(X2) == fitted.classes_[1])


def test_fitting_again_forgets_the_first_table():
    estimator = tiny().fit(X, Y)
    probabilities_are_sound(estimator.fit(X2[:, :2], Y2), X2[:, :2], 2)
    assert estimator.n_features_in_ == 2


def test_warm_start_goes_on_where_the_fit_before_ended():
    estimator = able(warm_start=True, max_iter=5).fit(X, Y)
    first = estimator.loss_curve_[0]
    assert estimator.fit(X, Y).loss_curve_[0] < first


def test_partial_fit_learns_in_parts():
    estimator = able()
    for _ in range(40):
        for rows in (slice(0, 45), slice(45, 90)):
            estimator.partial_fit(X[rows], Y[rows], classes=[0, 1, 2])
    assert estimator.score(X, Y) > 0.9


def test_partial_fit_knows_classes_that_the_first_part_has_not():
    estimator = tiny().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1, 2])
    assert estimator.predict_proba(X).shape == (90, 3)


def test_verbose_zero_is_silent(capfd):
    tiny(verbose=0, early_stopping=True, collapse_guard="warn", max_iter=30, learning_rate=0.03).fit(X, Y).predict(X)
    assert capfd.readouterr() == ("", "")
