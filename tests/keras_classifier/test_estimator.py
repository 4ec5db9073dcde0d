"""A healthy network stays as it is; which rows judge it, and where parameters and the loss come from."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from tests.keras_classifier.examples import IRIS, SPECIES, X, Y, classifier, uncompiled

RNG = np.random.default_rng(0)


def test_a_healthy_network_stays_as_it_is():
    clf = classifier().fit(X, Y)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.n_restarts_ == 0 and clf.report_.findings == ()
    assert clf.score(X, Y) > 0.85
    assert [type(layer).__name__ for layer in clf.model_.layers] == ["Dense", "Dense"]
    assert clf.model_.layers[0].units == 16
    np.testing.assert_array_equal(clf.classes_, [0, 1])


def test_the_guard_judges_held_out_rows_where_there_are_enough():
    assert classifier().fit(X, Y).report_.comparison.n_rows == 100
    many = classifier(epochs=1).fit(np.tile(X, (2, 1)) + RNG.normal(0, 0.1, (1600, 8)), np.tile(Y, 2)).report_
    assert many.comparison.n_rows == 160
    few = classifier().fit(X[:200], Y[:200]).report_
    assert few.comparison.in_sample and few.comparison.n_rows == 200
    own = classifier().fit(X[:600], Y[:600], X_val=X[600:], y_val=Y[600:]).report_
    assert own.comparison.n_rows == 200 and not own.comparison.in_sample


def test_the_history_has_keras_names():
    history = classifier(epochs=4, collapse_guard="off").fit(X, Y).history_
    assert sorted(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert all(len(curve) == 4 for curve in history.values())


def test_parameters_are_routed_as_scikeras_routes_them():
    clf = classifier(
        uncompiled, loss="sparse_categorical_crossentropy", optimizer="adam", optimizer__learning_rate=0.05
    )
    assert float(clf.fit(IRIS, SPECIES).model_.optimizer.learning_rate) == pytest.approx(0.05)
    wide = classifier(model__width=7, model__dropout=0.2, fit__epochs=2, collapse_guard="off").fit(X, Y)
    assert wide.model_.layers[0].units == 7 and len(wide.history_["loss"]) == 2
    assert clone(wide).get_params()["model__width"] == 7
    stopping = classifier(
        callbacks=keras.callbacks.EarlyStopping, callbacks__patience=2, callbacks__monitor="val_loss", epochs=60
    )
    assert len(stopping.fit(X, Y).history_["loss"]) < 60


def test_the_loss_is_chosen_where_none_was_given():
    clf = classifier(uncompiled, optimizer="adam").fit(IRIS, SPECIES)
    assert clf._trained.choice.loss == "sparse_categorical_crossentropy"


def test_initialize_makes_the_network_without_training():
    clf = classifier().initialize(X, Y)
    assert clf.predict_proba(X).shape == (800, 2) and clf.history_ == {}


def test_few_rows_are_answered_without_keras_predict(monkeypatch):
    clf = classifier(epochs=2).fit(X, Y)
    monkeypatch.setattr(keras.Model, "predict", None)
    monkeypatch.setattr(keras.Model, "predict_on_batch", None)
    assert clf.predict(X[:1]).shape == (1,)


class WatchesBatches(keras.callbacks.Callback):
    """Needs Keras' own loop, because it looks at batches."""

    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.filterwarnings("ignore::UserWarning")  # a slow machine has no time to learn anything
@pytest.mark.parametrize("callbacks", [None, [WatchesBatches()]], ids=["graph", "Keras' loop"])
def test_a_time_budget_ends_the_training_and_the_report_says_so(callbacks):
    clf = classifier(epochs=10**6, max_time=0.5, callbacks=callbacks).fit(X, Y)
    summary = clf.report_.attempts[0]
    assert summary.stop_reason == "max_time"
    assert 1 <= summary.n_epochs < 10**6
    line = clf.report_.advisories[0]
    assert (line.code, line.cause) == ("cut_short", "max_time ended the training.")
    assert f"after {summary.n_epochs} of at most 1000000 epochs" in str(clf.report_)
    assert clf.predict(X).shape == Y.shape
    assert classifier(epochs=2, max_time=600).fit(X, Y).report_.attempts[0].stop_reason == "max_iter"


def test_the_held_out_curve_the_history_and_the_report_agree(capsys):
    for callbacks in (None, [WatchesBatches()]):
        clf = classifier(verbose=1, callbacks=callbacks, class_weight={0: 1, 1: 5}, collapse_guard="warn").fit(X, Y)
        figure = clf.report_.comparison.loss
        assert clf.history_["val_loss"][-1] == pytest.approx(figure, rel=1e-5)
        assert clf.report_.attempts[0].validation_loss[-1] == pytest.approx(figure, rel=1e-5)
        assert f"val_loss: {figure:.4f}" in capsys.readouterr().out.splitlines()[-1]
