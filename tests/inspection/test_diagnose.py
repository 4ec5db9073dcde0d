"""diagnose: what any fitted classifier does with labelled rows."""

import json
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from robust_mlp import RobustMLPClassifier
from robust_mlp.inspection import diagnose
from tests.cases import networks


def table(n_classes=2, n_rows=1600, seed=0, **settings):
    """Training and new rows of one table: X, y, X_new, y_new."""
    settings = {"n_informative": 8, "class_sep": 1.5, **settings}
    X, y = make_classification(n_rows, 10, n_classes=n_classes, random_state=seed, **settings)
    half = n_rows // 2
    return X[:half], y[:half], X[half:], y[half:]


X, Y, X_NEW, Y_NEW = table()


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(),
        RandomForestClassifier(30, random_state=0),
        HistGradientBoostingClassifier(max_iter=8),
        GaussianNB(),
        LinearSVC(),
        RidgeClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
        CalibratedClassifierCV(LinearSVC(), cv=2),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_a_working_classifier_of_any_kind_is_healthy(classifier):
    diagnosis = diagnose(classifier.fit(X, Y), X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "HEALTHY"
    assert not diagnosis.is_collapsed
    assert diagnosis.findings.errors == ()
    assert diagnosis.signal.found


@pytest.mark.parametrize("n_classes", [3, 5])
def test_more_classes_than_two(n_classes):
    X, y, X_new, y_new = table(n_classes, 3000)
    diagnosis = diagnose(HistGradientBoostingClassifier(max_iter=8).fit(X, y), X_new, y_new)
    assert diagnosis.verdict.value == "HEALTHY"
    assert len(diagnosis.classes) == n_classes


def test_a_constant_classifier_is_collapsed_where_there_is_something_to_learn():
    diagnosis = diagnose(DummyClassifier(strategy="prior").fit(X, Y), X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "COLLAPSED" and diagnosis.is_collapsed
    assert diagnosis.findings.codes == ("constant_output",)
    assert diagnosis.findings[0].evidence.startswith("100.0% of the rows get ")
    assert "area under the ROC curve" in diagnosis.findings[0].evidence


def test_random_answers_are_no_skill():
    rng = np.random.default_rng(0)
    diagnosis = diagnose(lambda rows: rng.uniform(size=len(rows)), X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "COLLAPSED"
    assert diagnosis.findings[0].code == "no_skill"


def test_nothing_to_learn_is_told_as_such():
    verdicts = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(800, 6)), rng.integers(0, 3, 800)
        diagnosis = diagnose(LogisticRegression().fit(X[:400], y[:400]), X[400:], y[400:])
        verdicts.append(diagnosis.verdict.value)
        assert not diagnosis.is_collapsed
    assert verdicts.count("NO_SIGNAL") >= 10  # chance alone finds a signal in one of fifty such tables
    assert diagnosis.findings.codes == ("no_signal",)


def test_a_good_ranking_with_a_constant_decision_is_not_a_collapsed_network():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=8000) < 0.1).astype(int)
    X = rng.normal(size=(8000, 4)) + 0.4 * y[:, None] * np.array([1, 0, 0, 0])
    classifier = LogisticRegression().fit(X[:4000], y[:4000])
    assert np.unique(classifier.predict(X[4000:])).tolist() == [0]
    diagnosis = diagnose(classifier, X[4000:], y[4000:])
    assert diagnosis.verdict.value == "DECISION_COLLAPSED"
    assert diagnosis.findings[0].code == "decision_collapsed"
    assert diagnosis.findings.errors == ()


def test_a_rare_class_that_is_never_predicted_is_told():
    rng = np.random.default_rng(1)
    y = rng.choice(3, size=6000, p=[0.49, 0.49, 0.02])
    X = rng.normal(size=(6000, 3))
    X[:, 0] += 3 * (y == 1)
    X[:, 1] += 0.7 * (y == 2)
    diagnosis = diagnose(LogisticRegression().fit(X[:3000], y[:3000]), X[3000:], y[3000:])
    assert diagnosis.verdict.value == "HEALTHY"
    assert "never_predicted" in diagnosis.findings.codes
    assert diagnosis.classes[2].n_predicted == 0 and np.isnan(diagnosis.classes[2].precision)


def test_a_classifier_that_misses_most_of_the_signal_is_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 4))
    y = ((X[:, 0] > 0) ^ (X[:, 1] > 0) ^ (X[:, 2] + 0.6 * rng.normal(size=3000) > 2.2)).astype(int)
    X[:, 3] += 0.3 * y
    diagnosis = diagnose(LogisticRegression().fit(X[:1500], y[:1500]), X[1500:], y[1500:])
    assert diagnosis.verdict.value == "HEALTHY"
    assert "misses_signal" in diagnosis.findings.codes


# ---- probabilities


def shifted_rows(share=0.1):
    """New rows in which class 1 is rarer than in training."""
    rng = np.random.default_rng(0)
    keep = (Y_NEW == 0) | (rng.uniform(size=len(Y_NEW)) < share)
    return X_NEW[keep], Y_NEW[keep]


def test_a_shift_of_class_shares_is_measured_against_what_the_classifier_was_trained_on():
    diagnosis = diagnose(GaussianNB().fit(X, Y), *shifted_rows())
    assert "prior_shift" in diagnosis.findings.codes
    assert diagnosis.prior.source == "class_prior_"
    np.testing.assert_allclose(diagnosis.prior.trained, np.bincount(Y) / len(Y))


def test_a_shift_is_implied_where_the_classifier_does_not_tell_its_shares():
    diagnosis = diagnose(LogisticRegression().fit(X, Y), *shifted_rows())
    assert "prior_shift" in diagnosis.findings.codes
    assert diagnosis.prior.source == "implied by the probabilities"
    np.testing.assert_allclose(diagnosis.prior.trained, np.bincount(Y) / len(Y), atol=0.12)


@pytest.mark.parametrize("seed", range(8))
def test_no_shift_is_found_where_there_is_none(seed):
    X, y, X_new, y_new = table(seed=seed)
    assert "prior_shift" not in diagnose(LogisticRegression().fit(X, y), X_new, y_new).findings.codes


def test_the_training_shares_can_be_given():
    diagnosis = diagnose(LogisticRegression().fit(X, Y), X_NEW, Y_NEW, class_prior=[0.9, 0.1])
    assert diagnosis.prior.source == "given" and "prior_shift" in diagnosis.findings.codes


def test_class_shares_are_found_inside_a_pipeline():
    diagnosis = diagnose(make_pipeline(StandardScaler(), GaussianNB()).fit(X, Y), X_NEW, Y_NEW)
    assert diagnosis.prior.source == "class_prior_"


def test_shares_that_class_weights_made_are_told_as_such():
    rng = np.random.default_rng(0)
    codes = (rng.random(4000) < 0.1).astype(int)
    table = rng.normal(size=(4000, 3)) + 1.2 * codes[:, None]
    quick = {"n_members": 1, "max_iter": 10, "learning_rate": 0.02, "random_state": 0}
    clf = RobustMLPClassifier((), class_weight="balanced", **quick).fit(table[:2000], codes[:2000])
    diagnosis = diagnose(clf, table[2000:], codes[2000:])
    assert diagnosis.prior.source == "probability_prior_"
    np.testing.assert_allclose(diagnosis.prior.trained, [0.5, 0.5])
    (found,) = (finding for finding in diagnosis.findings if finding.code == "prior_shift")
    assert found.cause == "Trained on other class shares, or with class weights or resampling."


def test_overconfident_and_underconfident_probabilities_are_told():
    logits = LogisticRegression().fit(X, Y).decision_function(X_NEW)

    def answer(slope):
        return diagnose(lambda rows: 1 / (1 + np.exp(-slope * logits)), X_NEW, Y_NEW)

    assert "overconfident" in answer(6.0).findings.codes
    assert "underconfident" in answer(0.15).findings.codes
    honest = answer(1.0)
    assert not {"overconfident", "underconfident"} & set(honest.findings.codes)
    assert honest.calibration.expected_error < 0.08
    assert answer(6.0).calibration.slope < 0.5 < 2 < answer(0.15).calibration.slope


# ---- answers of every kind


@pytest.mark.parametrize(
    "answer",
    [
        lambda p, y: (p > 0.5).astype(int),  # labels
        lambda p, y: p,  # one probability
        lambda p, y: p[:, None],  # one column
        lambda p, y: np.column_stack([1 - p, p]),
        lambda p, y: np.log(p / (1 - p)),  # logits
        lambda p, y: np.log(np.column_stack([1 - p, p])) + 3.0,
        lambda p, y: pd.Series(p),
        lambda p, y: (p > 0.5).tolist(),
    ],
    ids=["labels", "probability", "column", "two columns", "logit", "logits", "series", "list of bools"],
)
def test_a_function_may_answer_in_any_usual_way(answer):
    p = LogisticRegression().fit(X, Y).predict_proba(X_NEW)[:, 1]
    diagnosis = diagnose(lambda rows: answer(p, Y_NEW), X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "HEALTHY"
    assert diagnosis.comparison.accuracy == np.mean((p > 0.5) == Y_NEW)


def test_labels_may_be_strings():
    names = np.array(["no", "yes"])
    diagnosis = diagnose(LogisticRegression().fit(X, names[Y]), X_NEW, names[Y_NEW])
    assert diagnosis.verdict.value == "HEALTHY"
    assert [row.label for row in diagnosis.classes] == ["no", "yes"]
    one_column = diagnose(LogisticRegression().fit(X, Y).decision_function, X_NEW, names[Y_NEW].astype(object))
    assert one_column.findings.codes[-1] == "one_column_output"
    assert one_column.findings[-1].evidence == "Shape (800, 1); 'yes' where it is above 0."


def test_labels_may_be_one_hot():
    by_code = diagnose(LogisticRegression().fit(X, Y), X_NEW, Y_NEW)
    assert diagnose(LogisticRegression().fit(X, Y), X_NEW, np.eye(2)[Y_NEW]).comparison == by_code.comparison


def test_labels_that_the_classifier_does_not_know_are_told():
    y_new = np.where(np.arange(len(Y_NEW)) % 10 == 0, 7, Y_NEW)
    diagnosis = diagnose(LogisticRegression().fit(X, Y), X_NEW, y_new)
    assert "unknown_labels" in diagnosis.findings.codes
    assert diagnosis.classes[2].recall == 0.0


def test_the_order_of_columns_can_be_given():
    p = LogisticRegression().fit(X, Y).predict_proba(X_NEW)
    diagnosis = diagnose(lambda rows: p[:, ::-1], X_NEW, Y_NEW, classes=[1, 0])
    assert diagnosis.comparison.accuracy == np.mean(p.argmax(axis=1) == Y_NEW)


def test_answers_that_are_no_numbers_are_told():
    diagnosis = diagnose(lambda rows: np.full((len(rows), 2), np.nan), X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "COLLAPSED"
    assert diagnosis.findings.codes == ("not_a_number",)
    assert diagnosis.findings[0].evidence == "1600 of 1600 values."


def test_tables_with_text_and_gaps_are_probed_too():
    frame = pd.DataFrame(X_NEW[:, :3], columns=list("abc")).assign(kind=np.where(Y_NEW == 1, "x", "y"))
    frame.loc[::7, "a"] = np.nan
    diagnosis = diagnose(lambda rows: np.zeros(len(rows), dtype=int), frame, Y_NEW)
    assert diagnosis.verdict.value == "COLLAPSED" and diagnosis.signal.found


def test_images_are_probed_as_rows_of_numbers():
    images = X_NEW[:, :8].reshape(-1, 2, 4)
    assert diagnose(lambda rows: np.zeros(len(rows), dtype=int), images, Y_NEW).signal.found


def test_few_rows_and_one_class_are_not_judged():
    classifier = DummyClassifier().fit(X, Y)
    few = diagnose(classifier, X_NEW[:10], Y_NEW[:10])
    assert few.verdict.value == "UNCHECKED"
    assert few.headline == "10 rows are too few to tell whether the classifier is better than the class shares."
    one = diagnose(classifier, X_NEW, np.zeros(len(X_NEW), dtype=int))
    assert one.verdict.value == "UNCHECKED"
    assert one.headline == "all 800 rows have the same label, so nothing can be told. Pass rows of every class."


def test_a_row_order_and_a_repetition_change_nothing():
    classifier = LogisticRegression().fit(X, Y)
    order = np.random.default_rng(0).permutation(len(X_NEW))
    one, other = diagnose(classifier, X_NEW, Y_NEW), diagnose(classifier, X_NEW[order], Y_NEW[order])
    assert one.verdict == other.verdict
    np.testing.assert_allclose(one.comparison.loss, other.comparison.loss)
    assert one.to_dict() == diagnose(classifier, X_NEW, Y_NEW).to_dict()


# ---- Keras


def test_a_keras_network_asked_in_another_scale_than_it_was_trained_in():
    case = networks.i1_raw_rows_at_prediction(seed=3)
    model = case.build()
    diagnosis = diagnose(model, case.X, case.y)
    assert diagnosis.verdict.value == "COLLAPSED"
    assert diagnosis.findings[0].code == "scale_differs_from_training"
    assert diagnosis.headline.startswith("the rows have another scale than those of the training")
    assert diagnose(model, case.X / 100, case.y).verdict.value == "HEALTHY"


def test_a_keras_network_with_one_unit():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(X, Y, epochs=15, verbose=0)
    diagnosis = diagnose(model, X_NEW, Y_NEW)
    assert diagnosis.verdict.value == "HEALTHY"
    (remark,) = [finding for finding in diagnosis.findings if finding.code == "one_column_output"]
    assert remark.fix == "classes[(model.predict(X).ravel() > 0.5).astype(int)]"


# ---- how it shows itself


def test_it_prints_itself():
    text = str(diagnose(LogisticRegression().fit(X, Y), X_NEW, Y_NEW))
    lines = text.splitlines()
    assert lines[0].startswith("HEALTHY: the classifier is better than the class shares (accuracy 0.")
    assert lines[1] == "class    rows  predicted  precision  recall    AUC"
    assert any(line.startswith("simple models find a signal") for line in lines)


def test_it_becomes_json_and_html():
    diagnosis = diagnose(DummyClassifier().fit(X, Y), X_NEW, Y_NEW)
    content = json.loads(json.dumps(diagnosis.to_dict(), allow_nan=False))
    assert content["verdict"] == "COLLAPSED" and content["classes"][0]["precision"] is None
    assert "<table>" in diagnosis._repr_html_() and repr(diagnosis).startswith("<Diagnosis: COLLAPSED: ")


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnose(DummyClassifier().fit(X, Y), X_NEW, Y_NEW)


# ---- bad input


@pytest.mark.parametrize(
    "classifier, X, y, options, error, message",
    [
        (None, X, Y, {}, TypeError, "classifier is None. Pass a fitted classifier, a keras.Model or a function of X."),
        (
            GaussianNB,
            X,
            Y,
            {},
            TypeError,
            "classifier is the class GaussianNB, not an object. Fit one: GaussianNB().fit(X, y).",
        ),
        (
            object(),
            X,
            Y,
            {},
            TypeError,
            "object has neither predict_proba, decision_function nor predict. "
            "Pass a fitted classifier, a keras.Model or a function of X.",
        ),
        (
            GaussianNB().fit(X, Y),
            X[:9],
            Y[:8],
            {},
            ValueError,
            "X has 9 rows and y has 8. Pass one label for each row.",
        ),
        (
            GaussianNB().fit(X, Y),
            X[:3],
            [0.0, 1.0, np.nan],
            {},
            ValueError,
            "1 of 3 labels are NaN or None. Pass rows whose label is known.",
        ),
        (
            GaussianNB().fit(X, Y),
            X[:2],
            [[1, 1], [0, 0]],
            {},
            ValueError,
            "y has shape (2, 2) and is not one-hot; diagnose looks at one label per row. Pass y of shape (n_rows,).",
        ),
        (
            lambda rows: np.zeros((len(rows), 4)),
            X,
            np.where(Y, "a", "b"),
            {},
            ValueError,
            "The classifier has 4 columns and y has 2 different labels. "
            "Pass classes=[...] with the labels in the order of the columns.",
        ),
        (
            lambda rows: np.zeros((len(rows), 4)),
            X,
            Y,
            {"classes": [0, 1]},
            ValueError,
            "The classifier has 4 columns for 2 classes. Pass classes=[...] with one label per column.",
        ),
        (
            lambda rows: np.zeros(3),
            X,
            Y,
            {},
            ValueError,
            "The classifier answered with shape (3,) to 800 rows. One answer per row is needed.",
        ),
        (
            GaussianNB().fit(X, Y),
            X,
            Y,
            {"class_prior": [1.0]},
            ValueError,
            "class_prior=[1.0] does not fit. Pass 2 shares, one for each of [0, 1].",
        ),
    ],
)
def test_bad_input_is_told_clearly(classifier, X, y, options, error, message):
    with pytest.raises(error) as raised:
        diagnose(classifier, X, y, **options)
    assert str(raised.value) == message


def test_a_network_with_several_inputs_in_any_form():
    rows = np.random.default_rng(0).normal(size=(400, 4)).astype("float32")
    labels = (rows[:, 0] + rows[:, 2] > 0).astype(int)
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    model = keras.Model([left, right], keras.layers.Dense(1, "sigmoid")(keras.layers.Concatenate()([left, right])))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    parts = [rows[:, :2], rows[:, 2:]]
    untrained = diagnose(model, parts, 1 - labels)
    model.fit(parts, labels, epochs=10, verbose=0)
    found = diagnose(model, parts, labels)
    assert found.verdict.value == "HEALTHY" and found.signal is not None
    by_name = diagnose(model, {"left": rows[:, :2], "right": rows[:, 2:]}, labels)
    assert by_name.comparison == found.comparison
    data = tf.data.Dataset.from_tensor_slices((tuple(parts), labels)).batch(64)
    assert diagnose(model, data).comparison.accuracy == found.comparison.accuracy
    assert untrained.comparison.accuracy < found.comparison.accuracy
    with pytest.raises(ValueError, match=r"^The inputs in X have 5, 400 rows and y has 400\."):
        diagnose(model, [rows[:, :2], rows[:5, 2:]], labels)


def test_how_answers_were_read_is_told_where_nothing_says_it():
    rows = np.random.default_rng(0).normal(size=(400, 2))
    found = diagnose(lambda X: 3 * X[:, 0], rows, (rows[:, 0] > 0).astype(int))
    (told,) = [finding for finding in found.findings if finding.code == "answers_read_as"]
    assert told.severity == "info" and "were read as log-odds" in told.symptom
