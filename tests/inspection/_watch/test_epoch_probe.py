"""What is measured of a user's own training each epoch is what Keras and NumPy find, and the model stays as it is."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.inspection._read.facts import ActivityFacts
from robust_mlp.inspection._watch import epoch_probe
from robust_mlp.inspection._watch.epoch_probe import CannotWatch, EpochProbe, layer_records
from robust_mlp.inspection._watch.fit_arguments import SampledRows
from tests.inspection.examples import ONE_HOT, SEVERAL, THREE, X4, Y4, L, model_of, plain_model

PLAN = TrainingPlan()


def rows_of(X=X4, y=Y4, **known):
    return SampledRows(X, np.asarray(y), **known)


def hidden_of(n_classes=3):
    return model_of(
        L.Dense(8, activation="relu", name="hidden"),
        L.Dense(n_classes, activation="softmax"),
        loss="sparse_categorical_crossentropy",
    )


def test_a_record_is_what_keras_and_numpy_find():
    model = hidden_of()
    training, held_out = rows_of(X4[:60], THREE[:60]), rows_of(X4[40:], THREE[:40])
    probe = EpochProbe(model, training, held_out)
    record = probe.measure(1, {"loss": 0.5}, seconds=2.0)
    P = model.predict(X4[40:], verbose=0)
    assert record.loss == pytest.approx(model.evaluate(X4[:60], THREE[:60], verbose=0), rel=1e-4)
    assert record.validation_loss == pytest.approx(model.evaluate(X4[40:], THREE[:40], verbose=0), rel=1e-4)
    assert_allclose(record.predicted_share, np.bincount(P.argmax(axis=1), minlength=3) / 40)
    assert record.spread == pytest.approx(P.std(axis=0).max(), rel=1e-4)
    assert record.learning_rate == pytest.approx(float(model.optimizer.learning_rate))
    assert (record.epoch, record.update_ratio, record.seconds) == (1, 0.0, 2.0)
    assert probe.records == [record]


def test_without_held_out_rows_the_training_rows_are_judged():
    probe = EpochProbe(plain_model(), rows_of())
    record = probe.measure(1)
    assert record.validation_loss is None and not probe.is_held_out
    attempt = probe.attempt(PLAN, stop_reason="max_iter")
    assert attempt.held_out.in_sample and len(attempt.held_out.codes) == len(Y4)


def test_rows_may_be_held_out_alone():
    probe = EpochProbe(plain_model(), None, rows_of())
    assert not probe.is_held_out and len(probe.sample()[1]) == len(Y4)


def test_the_prior_is_that_of_all_labels():
    labels = np.repeat([0, 1], [900, 100])
    some = np.r_[0:50, 900:930]
    probe = EpochProbe(plain_model(), rows_of(X4, labels[some], all_labels=labels))
    assert_allclose(probe.prior, [0.9, 0.1])
    expected = log_loss(labels[some], np.tile([0.9, 0.1], (80, 1)))
    assert probe.prior_loss == pytest.approx(expected)


def test_how_far_weights_moved_is_told_from_epoch_to_epoch():
    model = plain_model()
    probe = EpochProbe(model, rows_of())
    before = np.concatenate([w.ravel() for w in model.get_weights()])
    model.set_weights([1.1 * w for w in model.get_weights()])
    assert probe.measure(1).update_ratio == pytest.approx(0.1, rel=1e-4)
    assert probe.measure(2).update_ratio == 0
    assert np.linalg.norm(before) > 0


def test_a_loss_that_keras_could_not_tell_counts_and_so_do_answers_that_are_no_numbers():
    model = plain_model()
    probe = EpochProbe(model, rows_of())
    record = probe.measure(1, {"loss": float("nan")})
    assert np.isnan(record.loss) and not record.is_finite
    model.set_weights([w * np.nan for w in model.get_weights()])
    broken = probe.measure(2)
    assert (broken.predicted_share, broken.spread) == ((), None)


def test_the_best_epoch_has_the_smallest_loss_on_the_rows_that_are_judged():
    model = plain_model()
    probe = EpochProbe(model, rows_of(X4[:40], Y4[:40]), rows_of(X4[40:], Y4[40:]))
    assert probe.best_epoch == 0
    good = model.get_weights()
    for epoch, factor in enumerate((30, 1, -30, np.nan), start=1):
        model.set_weights([factor * w for w in good])
        probe.measure(epoch)
    losses = [record.validation_loss for record in probe.records]
    assert probe.best_epoch == int(np.nanargmin(losses)) + 1
    assert probe.attempt(PLAN, stop_reason="callback").best_epoch == probe.best_epoch
    assert probe.attempt(PLAN, stop_reason="callback", best_epoch=3).best_epoch == 3


def test_hidden_layers_and_their_gradients_are_in_the_attempt():
    model = hidden_of()
    probe = EpochProbe(model, rows_of(X4[:60], THREE))
    probe.measure(1, with_activity=True)
    (layer,) = probe.attempt(PLAN, stop_reason="max_iter", with_gradient=True, seconds=3.0).layers
    assert (layer.name, layer.n_units) == ("hidden", 8)
    assert layer.weight_norm == pytest.approx(np.linalg.norm(model.layers[0].get_weights()[0]), rel=1e-5)
    assert layer.gradient_norm > 0
    (plain,) = probe.attempt(PLAN, stop_reason="max_iter").layers
    assert plain.gradient_norm == 0


def test_layers_without_a_kernel_have_no_norms():
    facts = ActivityFacts(name="re_lu", activation="relu", n_units=3, dead_fraction=0.5, saturated_fraction=0, spread=1)
    (layer,) = layer_records(plain_model(), [facts], {})
    assert (layer.weight_norm, layer.gradient_norm, layer.dead_fraction) == (0.0, 0.0, 0.5)


def test_other_weights_can_be_judged_without_setting_them():
    model = plain_model()
    probe = EpochProbe(model, rows_of())
    before = [w.copy() for w in model.get_weights()]
    probe.measure(1)
    probe.look_again([np.zeros_like(w) for w in before])
    assert_allclose(probe.attempt(PLAN, stop_reason="callback").held_out.probabilities, 0.5)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert_array_equal(old, new)
    probe.look_again()
    P = model.predict(X4, verbose=0)
    assert_allclose(probe.attempt(PLAN, stop_reason="callback").held_out.probabilities[:, 1:], P, atol=1e-6)


def test_scalars_name_the_classes():
    model = hidden_of()
    probe = EpochProbe(model, rows_of(X4[:60], THREE))
    record = probe.measure(1, with_activity=True)
    figures = probe.scalars()
    assert [figures[f"predicted_share/{code}"] for code in (0, 1, 2)] == pytest.approx(record.predicted_share)
    assert figures["skill_over_prior"] == pytest.approx(1 - record.loss / np.log(3))
    assert 0 <= figures["dead_units/hidden"] <= 1
    model.set_weights([w * np.nan for w in model.get_weights()])
    probe.measure(2)
    assert all(np.isfinite(value) for value in probe.scalars().values())


@pytest.mark.parametrize(
    "units, loss, y, names",
    [
        (1, "binary_crossentropy", 2 * Y4[:60] - 1, ("-1", "1")),
        (3, "categorical_crossentropy", ONE_HOT, ("0", "1", "2")),
        (5, "sparse_categorical_crossentropy", THREE, ("0", "1", "2", "3", "4")),
    ],
)
def test_classes_are_called_as_the_user_calls_them(units, loss, y, names):
    activation = "sigmoid" if units == 1 else "softmax"
    probe = EpochProbe(model_of(L.Dense(units, activation=activation), loss=loss), rows_of(X4[:60], y))
    assert probe.class_names == names and probe.n_classes == len(names)


def test_facts_are_of_the_whole_table_where_it_is_known(monkeypatch):
    X, y = np.random.default_rng(1).normal(size=(800, 4)), np.tile(Y4, 10)
    probe = EpochProbe(plain_model(), rows_of(X4, Y4, all_labels=y, table=X), rows_of(X4[:20], Y4[:20]))
    facts = probe.facts()
    assert (facts.n_train, facts.n_held_out) == (800, 20)
    monkeypatch.setattr(epoch_probe, "MAX_FACT_ROWS", 200)
    assert probe.facts().n_train == 200
    assert EpochProbe(plain_model(), rows_of()).facts().n_train == len(Y4)


NOT_COMPILED = keras.Sequential([keras.Input((4,)), L.Dense(1)])
PER_STEP = keras.Sequential([keras.Input((5, 4)), L.Dense(1)])
PER_STEP.compile(loss="mse")


@pytest.mark.parametrize(
    "make, rows, start",
    [
        (
            plain_model,
            None,
            "Its rows cannot be read a second time. Pass CollapseGuard(validation_data=(X_val, y_val)).",
        ),
        (plain_model, rows_of(X4[:20], SEVERAL), "Its rows do not belong to exactly one class each."),
        (plain_model, rows_of(y=np.linspace(-3, 3, 80)), "Its rows do not belong to exactly one class each."),
        (lambda: NOT_COMPILED, rows_of(), "The model is not compiled with a loss. Pass loss=..., "),
        (lambda: PER_STEP, rows_of(np.zeros((80, 5, 4))), "The model answers with shape (80, 5, 1) to 80 rows; "),
    ],
)
def test_why_a_training_cannot_be_watched_is_told(make, rows, start):
    with pytest.raises(CannotWatch) as caught:
        EpochProbe(make(), rows)
    assert str(caught.value).startswith(start)
