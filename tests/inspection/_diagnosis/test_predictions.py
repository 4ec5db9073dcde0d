"""Answers of any classifier: probabilities, scores or labels, in whatever shape, with the classes they are of."""

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from robust_mlp.inspection._diagnosis.predictions import KERAS_BATCH, Answers, ask

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] + 0.3 * RNG.normal(size=60) > 0).astype(int)
THREE = np.arange(60) % 3
SHARES = RNG.dirichlet([1, 1, 1], 60)
P = RNG.uniform(0.05, 0.95, 60)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def answers_of(output, y=Y, classes=None):
    """What is made of a function's output."""
    return ask(lambda rows: output, X, y, classes)


# ---- which method


class Both:
    """Has every method; only the first is to be asked for numbers, and `predict` for labels."""

    classes_ = np.array([0, 1])

    def predict_proba(self, rows):
        return np.column_stack([1 - P, P])

    def decision_function(self, rows):
        raise AssertionError

    def predict(self, rows):
        return (P > 0.2).astype(int)


def test_probabilities_come_first_and_labels_from_predict():
    found = ask(Both(), X, Y)
    assert found.kind == "probabilities"
    assert_allclose(found.probabilities[:, 1], P)
    assert_array_equal(found.predicted, P > 0.2)  # not the most probable ones


def test_scores_rank_and_labels_come_from_predict():
    classifier = RidgeClassifier().fit(X, THREE)
    found = ask(classifier, X, THREE)
    assert found.kind == "scores"
    assert_array_equal(found.predicted, classifier.predict(X))
    scores = classifier.decision_function(X)
    assert_array_equal(np.argsort(found.probabilities, axis=1), np.argsort(scores, axis=1))
    assert_allclose(found.probabilities.sum(axis=1), 1)


def test_one_score_is_a_logit():
    scores = RNG.normal(size=60)

    class Scores:
        classes_ = np.array(["no", "yes"])

        def decision_function(self, rows):
            return scores

    found = ask(Scores(), X, np.array(["no", "yes"])[Y])
    assert_allclose(found.probabilities[:, 1], sigmoid(scores))
    assert (found.kind, found.is_one_column) == ("scores", False)
    assert_array_equal(found.predicted, scores > 0)


def test_a_keras_model_is_asked_in_large_batches(monkeypatch):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    sizes, predict = [], keras.Model.predict

    def noted(self, rows, batch_size=None, **settings):
        sizes.append(batch_size)
        return predict(self, rows, batch_size=batch_size, **settings)

    monkeypatch.setattr(keras.Sequential, "predict", noted)
    found = ask(model, X.astype("float32"), Y)
    assert sizes == [KERAS_BATCH]
    assert found.is_one_column and found.kind == "probabilities"
    assert_allclose(found.probabilities[:, 1:], np.asarray(model(X.astype("float32"))), rtol=1e-5)


def test_a_classifier_that_gives_labels_only():
    class Labels:
        def predict(self, rows):
            return np.array(["b", "a", "c"])[THREE]

    found = ask(Labels(), X, np.array(["a", "b", "c"])[THREE])
    assert found.kind == "labels"
    assert_array_equal(found.classes[found.predicted], np.array(["b", "a", "c"])[THREE])
    assert_array_equal(found.probabilities, np.eye(3)[found.predicted])


# ---- what an output means


@pytest.mark.parametrize(
    "output, second, kind, middle",
    [
        (P, P, "probabilities", 0.5),
        (P[:, None], P, "probabilities", 0.5),
        (pd.Series(P), P, "probabilities", 0.5),
        (4 * P - 2, sigmoid(4 * P - 2), "probabilities", 0.0),
        (np.column_stack([1 - P, P]), P, "probabilities", 0.5),
        (np.log(np.column_stack([1 - P, P])) + 3, P, "probabilities", 0.0),
        (np.column_stack([0.9 - 0.9 * P, P]), P / (0.9 + 0.1 * P), "scores", 0.5),  # each class for itself
    ],
    ids=["vector", "column", "series", "logit", "columns", "logits", "sigmoids"],
)
def test_numbers_of_two_classes(output, second, kind, middle):
    found = answers_of(output)
    assert_allclose(found.probabilities, np.column_stack([1 - second, second]), atol=1e-12)
    assert (found.kind, found.middle) == (kind, middle)
    assert found.is_one_column == (np.asarray(output).reshape(60, -1).shape[1] == 1)
    assert_array_equal(found.predicted, found.probabilities.argmax(axis=1))


def test_numbers_of_more_classes_are_shares_or_logits():
    assert_array_equal(answers_of(SHARES, THREE).probabilities, SHARES)
    assert_allclose(answers_of(np.log(SHARES) - 2, THREE).probabilities, SHARES, atol=1e-12)


@pytest.mark.parametrize(
    "output, y, predicted",
    [
        (Y, Y, Y),
        (Y.astype(float), Y, Y),
        (Y.astype(bool), Y, Y),
        (Y.tolist(), Y, Y),
        (np.array(["b", "a"])[Y], np.array(["a", "b"])[Y], 1 - Y),
        (THREE + 1, THREE + 1, THREE),
    ],
    ids=["codes", "floats", "bools", "list", "text", "from one"],
)
def test_labels_are_known_by_being_among_those_of_the_rows(output, y, predicted):
    found = answers_of(output, y)
    assert found.kind == "labels"
    assert_array_equal(found.predicted, predicted)


def test_a_label_that_no_row_has_is_a_class_of_its_own():
    found = answers_of(np.array(["a", "z"])[Y], np.array(["a", "b"])[Y])
    assert found.classes.tolist() == ["a", "b", "z"]
    assert_array_equal(found.predicted, 2 * Y)


def test_what_is_no_number_is_kept_to_be_told():
    output = SHARES.copy()
    output[3, 1] = np.nan
    found = answers_of(output, THREE)
    assert np.isnan(found.probabilities[3, 1])
    assert_array_equal(found.predicted, 0)


# ---- which classes


def test_the_classifiers_classes_count_unless_others_are_given():
    classifier = LogisticRegression().fit(X, np.array(["no", "yes"])[Y])
    assert ask(classifier, X, np.array(["no", "yes"])[Y]).classes.tolist() == ["no", "yes"]
    assert answers_of(SHARES, THREE, classes=["c", "a", "b"]).classes.tolist() == ["c", "a", "b"]


def test_columns_are_of_the_labels_of_the_rows_or_of_codes_from_zero():
    assert answers_of(SHARES, 10 * THREE).classes.tolist() == [0, 10, 20]
    assert answers_of(SHARES, np.where(THREE == 1, 2, 0)).classes.tolist() == [0, 1, 2]  # these rows lack class 1


@pytest.mark.parametrize(
    "classifier, y, classes, error, message",
    [
        (None, Y, None, TypeError, "classifier is None. Pass a fitted classifier, a keras.Model or a function of X."),
        (
            LogisticRegression,
            Y,
            None,
            TypeError,
            "classifier is the class LogisticRegression, not an object. Fit one: LogisticRegression().fit(X, y).",
        ),
        (
            3,
            Y,
            None,
            TypeError,
            "int has neither predict_proba, decision_function nor predict. "
            "Pass a fitted classifier, a keras.Model or a function of X.",
        ),
        (
            lambda rows: np.zeros((60, 3, 2)),
            Y,
            None,
            ValueError,
            "The classifier answered with shape (60, 3, 2) to 60 rows. One answer per row is needed.",
        ),
        (
            lambda rows: SHARES[:7],
            Y,
            None,
            ValueError,
            "The classifier answered with shape (7, 3) to 60 rows. One answer per row is needed.",
        ),
        (
            lambda rows: SHARES,
            Y + 5,
            None,
            ValueError,
            "The classifier has 3 columns and y has 2 different labels. "
            "Pass classes=[...] with the labels in the order of the columns.",
        ),
        (
            lambda rows: SHARES,
            THREE,
            [0, 1],
            ValueError,
            "The classifier has 3 columns for 2 classes. Pass classes=[...] with one label per column.",
        ),
        (
            lambda rows: np.array(["x", "y"] * 30),
            Y,
            None,
            ValueError,
            "The classifier answered 'x', which is neither a label in y nor a number. "
            "Pass classes=[...] with the labels in the order of its columns.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_pass(classifier, y, classes, error, message):
    with pytest.raises(error) as caught:
        ask(classifier, X, y, classes)
    assert str(caught.value) == message


def test_answers_are_made_of_what_was_given():
    found = Answers(np.array([0, 1]), np.array([1]), np.array([[0.2, 0.8]]), "probabilities")
    assert (found.is_one_column, found.middle) == (False, 0.5)


# ---- networks of Keras, read as their loss says


def network(head, loss, units=1):
    """A network whose outputs before the head are the first column of its rows."""
    kernel = np.zeros((3, units))
    kernel[0] = np.linspace(1, 2, units)
    layers = [keras.layers.Dense(units, head, kernel_initializer=keras.initializers.Constant(kernel))]
    model = keras.Sequential([keras.Input((3,)), *layers])
    if loss is not None:
        model.compile("adam", loss)
    return model


def own_logits(y, z):
    return keras.ops.mean(keras.ops.softplus(z) - y * z, axis=-1)


@pytest.mark.parametrize(
    "head, loss, share, middle",
    [
        (None, "mse", lambda z: np.clip(z, 0, 1), 0.5),
        ("softplus", "mse", lambda z: np.clip(np.log1p(np.exp(z)), 0, 1), 0.5),
        (None, keras.losses.BinaryCrossentropy(from_logits=True), sigmoid, 0.0),
        (None, own_logits, sigmoid, 0.0),
        ("sigmoid", "binary_crossentropy", sigmoid, 0.5),
        ("sigmoid", "mse", sigmoid, 0.5),
        ("tanh", "hinge", lambda z: (np.tanh(z) + 1) / 2, 0.0),
        (None, keras.losses.Huber(), lambda z: np.clip(z, 0, 1), 0.5),
    ],
    ids=["linear mse", "softplus mse", "logits", "own logits", "sigmoid", "sigmoid mse", "tanh hinge", "linear huber"],
)
def test_one_unit_is_read_as_its_loss_says(head, loss, share, middle):
    found = ask(network(head, loss), X.astype("float32"), Y)
    assert_allclose(found.probabilities[:, 1], share(X[:, 0]), atol=1e-5)
    assert_array_equal(found.predicted, share(X[:, 0]) > 0.5)
    assert found.middle == middle and found.reading == ""


@pytest.mark.parametrize("labels", [(-1, 1), (1, 2), (10, 20)])
@pytest.mark.parametrize("coded", [False, True], ids=["on the labels", "on codes"])
def test_estimates_of_other_labels_are_read_on_their_scale(labels, coded):
    low, high = (0, 1) if coded else labels
    rows = X.copy()
    rows[:, 0] = low + (high - low) * (0.5 + 0.1 * X[:, 0])
    found = ask(network(None, "mse"), rows.astype("float32"), np.array(labels)[Y])
    assert_array_equal(found.predicted, X[:, 0] > 0)
    assert_array_equal(found.classes, labels)


def test_an_estimate_of_one_of_three_labels_is_the_nearest():
    rows = np.c_[THREE + 0.3, np.zeros((60, 2))].astype("float32")
    found = ask(network(None, "mse"), rows, THREE)
    assert found.kind == "labels"
    assert_array_equal(found.predicted, THREE)


def test_several_linear_units_of_a_squared_error_are_shares():
    found = ask(network(None, "mse", units=3), X.astype("float32"), THREE)
    outputs = X[:, :1] * np.linspace(1, 2, 3)
    assert_array_equal(found.predicted[X[:, 0] > 0], outputs.argmax(axis=1)[X[:, 0] > 0])
    positive = np.clip(outputs, 0, None)[X[:, 0] > 0]
    assert_allclose(found.probabilities[X[:, 0] > 0], positive / positive.sum(axis=1, keepdims=True), atol=1e-5)


def test_a_guess_about_answers_is_told():
    found = ask(network(None, None), X.astype("float32"), Y)
    assert found.middle == 0
    assert found.reading.endswith("were read as log-odds: above 0 is the second class.")
    assert answers_of(X[:, 0]).reading == found.reading
    assert ask(network("sigmoid", None), X.astype("float32"), Y).reading == ""


def test_several_inputs_and_several_outputs():
    left, right = keras.Input((1,)), keras.Input((2,))
    joined = keras.layers.Concatenate()([left, right])
    head = keras.layers.Dense(1, "sigmoid")
    model = keras.Model([left, right], head(joined))
    found = ask(model, [X[:, :1], pd.DataFrame(X[:, 1:])], Y)
    assert_allclose(found.probabilities[:, 1], model.predict([X[:, :1], X[:, 1:]], verbose=0).ravel(), rtol=1e-5)
    two = keras.Model([left, right], [head(joined), head(joined)])
    with pytest.raises(ValueError, match=r"^The model has 2 outputs; diagnose looks at one\."):
        ask(two, [X[:, :1], X[:, 1:]], Y)


@pytest.mark.parametrize("answer", [None, 0.5, np.float32(1.0)])
def test_one_answer_for_all_rows_is_refused(answer):
    with pytest.raises(ValueError, match=r"^The classifier answered with .* to 4 rows\. One answer per row"):
        ask(lambda X: answer, np.zeros((4, 2)), np.array([0, 1, 0, 1]))


def test_labels_that_the_classifier_does_not_know_are_told():
    class Fitted:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    X, y = np.zeros((4, 2)), np.array(["no", "yes", "no", "yes"])
    with pytest.raises(ValueError, match=r"^y holds labels such as 'no', and the classifier knows classes such as 0:"):
        ask(Fitted(), X, y)
    assert ask(Fitted(), X, y, classes=["no", "yes"]).classes.tolist() == ["no", "yes"]
    assert ask(Fitted(), X, np.array([1, 2, 1, 2])).kind == "probabilities"
