"""compare_models: same folds, same columns and weights for all models, best log loss first, mistakes named."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from robust_mlp import compare_models
from tests.tiny_fits import tiny


def separable(n=90, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_classes
    return rng.normal(size=(n, 2)) + 2.5 * codes[:, None], np.array(["x", "y", "z", "w"])[codes]


class Noting(ClassifierMixin, BaseEstimator):
    """Answers with the training shares, and notes what it was given."""

    def fit(self, X, y, sample_weight=None):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        SEEN.append((X, y, sample_weight))
        return self

    def predict_proba(self, X):
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class OtherNoting(Noting):
    """A second one, under another name."""


SEEN = []


@pytest.fixture(autouse=True)
def nothing_seen():
    SEEN.clear()


def test_all_models_are_fitted_on_the_same_rows_with_the_same_weights():
    X, y = separable()
    weights = np.linspace(0.1, 1, len(y))
    compare_models(Noting(), X, y, models={"other": OtherNoting()}, cv=3, sample_weight=weights)
    assert len(SEEN) == 6
    for (X_a, y_a, w_a), (X_b, y_b, w_b) in zip(SEEN[:3], SEEN[3:], strict=True):
        np.testing.assert_array_equal(X_a, X_b)
        np.testing.assert_array_equal(y_a, y_b)
        np.testing.assert_array_equal(w_a, w_b)
        places = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in X_a]
        np.testing.assert_array_equal(w_a, weights[places])
        assert len(X_a) == 60


def test_scores_are_those_of_the_folds_and_the_best_comes_first():
    X, y = separable(n_classes=2)
    folds = list(KFold(2, shuffle=True, random_state=1).split(X))
    own = compare_models(LogisticRegression(), X, y, models={"bayes": GaussianNB(), "nothing": Noting()}, cv=folds)
    assert set(own.names) == {"LogisticRegression", "bayes", "nothing"}
    assert own.names[-1] == "nothing"
    assert list(own.mean("log_loss")) == sorted(own.mean("log_loss"))
    place = own.names.index("bayes")
    for k, (train, test) in enumerate(folds):
        P = GaussianNB().fit(X[train], y[train]).predict_proba(X[test])
        assert own.fold_scores["log_loss"][place, k] == pytest.approx(log_loss(y[test], P), abs=1e-6)
        assert own.fold_scores["roc_auc"][place, k] == pytest.approx(roc_auc_score(y[test], P[:, 1]))
        assert own.fold_scores["accuracy"][place, k] == np.mean(P.argmax(axis=1) == (y[test] == "y"))
    assert (own.fold_scores["seconds"] >= 0).all()


def test_the_four_other_models_stand_beside_the_classifier_on_a_table_of_all_kinds():
    rng = np.random.default_rng(0)
    n = 120
    X = pd.DataFrame({"x": rng.normal(size=n), "town": rng.choice(["Bern", "Genf", "Zug"], n)})
    X.loc[::7, "x"] = np.nan
    y = (X["town"] == "Zug").to_numpy()
    found = compare_models(tiny(max_iter=40), X, y, cv=2)
    models = {"RobustMLPClassifier", "boosted trees", "random forest", "logistic regression", "class prior"}
    assert set(found.names) == models
    assert found.names[-1] == "class prior"
    assert found.n_folds == 2 and found.n_rows == n
    assert set(found.verdicts) == {"RobustMLPClassifier"} and len(found.verdicts["RobustMLPClassifier"]) == 2
    assert found.mean("roc_auc")[found.names.index("boosted trees")] > 0.99


def test_a_pipeline_takes_weights_and_is_called_by_its_last_step():
    X, y = separable()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    found = compare_models(pipeline, X, y, models=["class prior"], cv=2, sample_weight=np.ones(len(y)))
    assert found.names == ("LogisticRegression", "class prior")
    assert not hasattr(pipeline[-1], "classes_")


def test_a_class_that_a_fold_does_not_train_on_gets_probability_0():
    X, y = separable(n=40, n_classes=2)
    y = y.astype(object)
    y[0] = "alone"
    found = compare_models(LogisticRegression(), X, y, models=["class prior"], cv=2)
    assert np.isfinite(found.fold_scores["log_loss"]).all()
    assert found.mean("log_loss")[1] > 1  # one row of 20 costs 16 nats where its class is not known


def test_verbose_prints_a_line_for_each_fit(capsys):
    X, y = separable()
    compare_models(LogisticRegression(), X, y, models=["class prior"], cv=2, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"{name}, fold {fold} of 2" for name in ("LogisticRegression", "class prior") for fold in (1, 2)
    ]
    compare_models(LogisticRegression(), X, y, models=["class prior"], cv=2)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "models, weights, kind, message",
    [
        (
            ["boosted tree"],
            None,
            ValueError,
            "models has no 'boosted tree'. Pass some of 'boosted trees', 'random forest', 'logistic regression', "
            "'class prior', or a dict of name to classifier.",
        ),
        (
            "boosted trees",
            None,
            TypeError,
            "models='boosted trees' is one name. Pass a list of names, or a dict of name to classifier.",
        ),
        (
            {"LogisticRegression": GaussianNB()},
            None,
            ValueError,
            "models has the name 'LogisticRegression', which is that of the estimator. Choose another name.",
        ),
        (
            {"near": KNeighborsClassifier()},
            [1.0] * 90,
            TypeError,
            "near takes no sample_weight. Leave it out of models, or pass no sample_weight.",
        ),
        (
            {"svm": LinearSVC()},
            None,
            TypeError,
            "svm has no predict_proba, and the log loss needs probabilities. Leave it out of models.",
        ),
    ],
)
def test_a_mistake_says_what_to_pass(models, weights, kind, message):
    X, y = separable()
    with pytest.raises(kind) as raised:
        compare_models(LogisticRegression(), X, y, models=models, sample_weight=weights)
    assert str(raised.value) == message


@pytest.mark.parametrize("y", [["a"] * 6, ["a"] * 5 + ["b"]])
def test_classes_that_cannot_be_trained_and_tested_on_are_refused(y):
    with pytest.raises(ValueError) as raised:
        compare_models(LogisticRegression(), np.arange(6.0)[:, None], y)
    assert str(raised.value) == (
        f"Fewer than two of the {len(set(y))} classes of y have two rows. Pass a y with at least two rows in each of "
        "two classes: one to train on and one to test."
    )


def test_a_search_is_compared_as_what_it_finds():
    X, y = separable()
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=2)
    assert compare_models(search, X, y, models=["class prior"], cv=2).names[0] == "GridSearchCV"


def test_ctrl_c_in_a_training_ends_the_comparison():
    import os
    import signal

    import keras

    class PressesCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    X, y = separable()
    with pytest.raises(KeyboardInterrupt):
        compare_models(tiny(callbacks=[PressesCtrlC()], max_iter=30), X, y, models=["class prior"], cv=2)
