"""explain: what it finds in tables whose truth is known, for classifiers of any kind, and what it refuses."""

import warnings

import numpy as np
import pandas as pd
import polars
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from robust_mlp import RobustMLPClassifier, contributions, explain
from robust_mlp.displays import ContributionDisplay, FeatureEffectDisplay, FeatureImportanceDisplay
from robust_mlp.explanation import _explain
from tests.explanation.effect_fits import classifier_with_effects, table_with_effects
from tests.explanation.known_answers import Formula, embedding_network, mixed_network, mixed_table, numbers_network


def planted(n_rows=1500, seed=0):
    """(X, labels, formula): x0, the equal x1 and x2, and x3 times x4 matter."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_rows, 7))
    X[:, 2] = X[:, 1]
    formula = Formula(lambda t: t[:, 0] + 0.6 * (t[:, 1] + t[:, 2]) + 1.5 * t[:, 3] * t[:, 4] + 0.01 * t[:, 5])
    y = rng.random(n_rows) < formula.predict_proba(X)[:, 1]
    return X, np.array(["no", "yes"])[y.astype(int)], formula


def test_what_was_planted_is_found():
    X, y, formula = planted()
    found = explain(formula, X, y, random_state=0)
    assert {one.name for one in found.importance[:5]} == {"x0", "x1", "x2", "x3", "x4"}
    assert all(one.is_above_noise for one in found.importance[:5])
    assert not any(one.is_above_noise for one in found.importance[5:])
    assert [group.columns for group in found.groups] == [("x1", "x2")]
    assert found.groups[0].importance > 1.5 * max(
        one.importance for one in found.importance if one.name in ("x1", "x2")
    )
    assert found.pairs[0].columns == ("x3", "x4")
    assert np.corrcoef(found.effect("x0").log_odds[:, 1], found.effect("x0").positions)[0, 1] > 0.999
    assert found.loss == pytest.approx(log_loss(y, formula.predict_proba(X)))
    assert (found.rows, found.n_rows, found.class_names) == ("rows as given", 1500, ("no", "yes"))


def test_a_network_is_explained_on_its_training_rows_by_members_that_did_not_see_them():
    clf, frame, y = mixed_network()
    found = explain(clf, frame, y, random_state=0)
    assert found.rows.startswith("training rows, each predicted by the member")
    assert found.loss == pytest.approx(log_loss(y, clf.oof_decision_function_), abs=0.02)  # at other temperatures
    assert {one.name for one in found.importance[:2]} == {"age", "city"}
    assert [effect.kind for effect in found.effects] == ["number", "levels", "date", "number"]
    assert set(found.effect("city").values) == {"Rome", "Oslo", "Lima"}


def test_values_are_those_of_scikit_learns_permutation_importance():
    clf = numbers_network()[0]
    new = np.random.default_rng(5).standard_normal((600, 4))
    labels = (new[:, 0] + new[:, 1] * new[:, 2] > 0).astype(int)
    scorer = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    theirs = permutation_importance(clf, new, labels, scoring=scorer, n_repeats=5, random_state=0)
    ours = {one.name: one for one in explain(clf, new, labels, random_state=0).importance}
    for j, value in enumerate(theirs.importances_mean):
        assert ours[f"x{j}"].low <= value <= ours[f"x{j}"].high


@pytest.mark.parametrize("kind", ["array", "pandas", "polars", "sparse", "list"])
def test_tables_of_any_kind_give_the_same_numbers(kind):
    X, y, _ = planted(300)
    clf = LogisticRegression().fit(X, y)
    names = [f"x{j}" for j in range(7)]
    tables = {
        "array": X,
        "pandas": pd.DataFrame(X, columns=names),
        "polars": polars.DataFrame(X, schema=names),
        "sparse": sparse.csr_array(X),
        "list": X.tolist(),
    }
    asked = clf if kind in ("array", "sparse", "list") else LogisticRegression().fit(tables[kind], y)
    found = explain(asked, tables[kind], y, random_state=0, n_repeats=1)
    expected = explain(clf, X, y, random_state=0, n_repeats=1)
    assert [one.name for one in found.importance] == [one.name for one in expected.importance]
    np.testing.assert_allclose(
        [one.importance for one in found.importance], [one.importance for one in expected.importance], atol=1e-12
    )


@pytest.mark.parametrize(
    "final", [LogisticRegression(max_iter=2000), RobustMLPClassifier(n_members=2, max_iter=5, random_state=0)]
)
def test_columns_of_a_pipelines_input_are_explained(final):
    frame, y = mixed_table()
    frame = frame[["age", "city"]]
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(sparse_output=False), ["city"]), remainder="passthrough"), final
    ).fit(frame, y)
    found = explain(pipeline, frame, y, random_state=0, n_repeats=2)
    assert found.columns == ("age", "city")
    assert found.effect("city").values in (("Lima", "Oslo", "Rome"), *[tuple(found.effect("city").values)])
    assert all(one.importance > 0 for one in found.importance)


def test_trees_are_explained_on_frames_with_missing_values_and_levels():
    frame, y = mixed_table(400)
    clf = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=20, random_state=0)
    frame = frame.drop(columns="day")
    found = explain(clf.fit(frame[:300], y[:300]), frame[300:], y[300:], random_state=0)
    assert {one.name for one in found.importance[:2]} == {"age", "city"}
    assert np.isfinite([one.missing for one in found.importance]).all()


def test_embedded_levels_are_explained():
    clf, frame, y = embedding_network()
    found = explain(clf, frame, y, random_state=0, n_repeats=2)
    assert found.columns == ("x", "shop")
    assert len(found.effect("shop").values) == 20


def test_some_columns_can_be_asked_for():
    X, y, formula = planted(200)
    found = explain(formula, X, y, columns=["x3", 0], random_state=0)
    assert found.columns == ("x0", "x3")
    assert {one.name for one in found.importance} == {"x0", "x3"}


def test_without_labels_effects_and_expected_importance_are_found():
    X, _, formula = planted(400)
    found = explain(formula, X, random_state=0)
    assert not found.has_labels
    assert {one.name for one in found.importance[:5]} == {"x0", "x1", "x2", "x3", "x4"}
    assert found.importance[-1].importance == 0.0
    assert "No measurable rise" not in str(found)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    clf, X, y = numbers_network()
    first, second, third = (explain(clf, X, y, random_state=seed).to_json() for seed in (0, 0, 1))
    assert first == second != third


def test_rows_of_weight_zero_do_not_count():
    X, y, formula = planted(300)
    weights = (np.arange(300) < 200).astype(float)
    found = explain(formula, X, y, sample_weight=weights, random_state=0)
    assert found.n_rows == 200
    assert found.loss == pytest.approx(log_loss(y[:200], formula.predict_proba(X[:200])))


def test_of_many_rows_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(_explain, "MOST_ROWS_OF_IMPORTANCE", 150)
    X, y, formula = planted(400)
    assert explain(formula, X, y, random_state=0).n_rows == 150


def test_constant_and_empty_columns_are_no_obstacle():
    X, y, _ = planted(300)
    X[:, 5], X[:, 6] = 1.0, np.nan
    formula = Formula(lambda t: t[:, 0])
    found = explain(formula, X, y, random_state=0)
    assert found.effect("x5").values == (1.0,)
    assert found.effect("x6").values == (None,)
    assert found.to_json()
    assert str(found)
    assert found._repr_html_()


@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"columns": "x9"}, ValueError, "There is no column 'x9'. There is: 'x0', 'x1', 'x2', 'x3', 'x4',"),
        (
            {"y": ["no"] * 60},
            ValueError,
            "y holds only one class, 'no', and importance is about telling classes apart.",
        ),
        (
            {"y": ["no"] * 59 + ["maybe"]},
            ValueError,
            "y of explain holds labels that are not among the classes: 'maybe'.",
        ),
        ({"y": ["no", "yes"]}, ValueError, "y has 2 labels, and X has 60 rows. Pass one label for each row."),
        ({"n_repeats": 0}, ValueError, "n_repeats=0 is no number of permutations. Pass a whole number >= 1."),
        ({"X": np.zeros((60, 3))}, ValueError, "X has 3 features, but LogisticRegression is expecting 7 features"),
        ({"sample_weight": np.ones(3)}, ValueError, "sample_weight holds 3 weights, but X has 60 rows."),
    ],
)
def test_bad_input_is_refused_in_words(changes, error, message):
    X, y, _ = planted(60)
    arguments = {"X": X, "y": y} | changes
    clf = LogisticRegression().fit(X, y)
    with pytest.raises(error) as raised:
        explain(clf, **arguments)
    assert message in str(raised.value)


@pytest.mark.parametrize("network", [numbers_network, mixed_network])
def test_contributions_of_rows_are_those_of_the_function(network):
    clf, table, y = network()
    found = explain(clf, table, y, contributions_of=table[:3], random_state=0).contributions
    assert len(found) == 3
    assert found.predicted == tuple(clf.predict(table[:3]).tolist())
    logs = clf.predict_log_proba(table[:3])
    for row, evidence in enumerate(found.evidence(i) for i in range(3)):
        codes = [clf.classes_.tolist().index(label) for label in (evidence.for_class, evidence.against)]
        assert evidence.log_odds == pytest.approx(logs[row, codes[0]] - logs[row, codes[1]], abs=1e-6)
    again = explain(clf, table, y, columns=0, contributions_of=table[:3], random_state=0).contributions
    np.testing.assert_array_equal(found.values, again.values)
    assert explain(clf, table, y, random_state=0).contributions is None


def test_contributions_of_any_classifier_are_known_where_its_formula_is_a_sum():
    X, y, _ = planted(300)
    clf = LogisticRegression().fit(X, y)
    found = explain(clf, X, y, contributions_of=X[:2].tolist(), random_state=0).contributions
    steps = (found.values[0] - found.values[1]) / (X[0] - X[1])
    np.testing.assert_allclose(steps, clf.coef_[0], atol=1e-6)


@pytest.mark.parametrize(
    "rows, message",
    [
        (np.zeros((2, 3)), "contributions_of is an array of shape (2, 3), and X an array of shape (60, 7)."),
        (np.zeros(7), "contributions_of is an array of shape (7,)"),
        (3, "contributions_of is an array of shape ()"),
        (
            pd.DataFrame(np.zeros((2, 7))),
            "contributions_of is a frame of pandas of shape (2, 7), and X an array of shape",
        ),
        (np.zeros((0, 7)), "contributions_of has no rows. Pass at least one, or None."),
    ],
)
def test_rows_of_another_table_have_no_contributions(rows, message):
    X, y, _ = planted(60)
    with pytest.raises(ValueError) as error:
        explain(LogisticRegression().fit(X, y), X, y, contributions_of=rows)
    assert str(error.value).startswith(message)


def test_few_rows_are_refused():
    X, _, formula = planted(9)
    with pytest.raises(ValueError) as error:
        explain(formula, X, random_state=0)
    assert str(error.value) == "X has 9 usable rows, and an explanation needs at least 10. Pass more rows."


def test_a_classifier_that_is_not_fitted_is_refused():
    X, y, _ = planted(60)
    with pytest.raises(NotFittedError):
        explain(RobustMLPClassifier(), X, y)


def test_columns_of_another_table_are_refused_by_a_network():
    clf, X, y = numbers_network()
    with pytest.raises(ValueError, match="features"):
        explain(clf, X[:, :3], y)


def test_scikit_learns_partial_dependence_display_works():
    import matplotlib.pyplot as plt
    from sklearn.inspection import PartialDependenceDisplay

    clf, X, _ = numbers_network()
    display = PartialDependenceDisplay.from_estimator(clf, X, [0, (1, 2)], grid_resolution=4)
    assert len(display.pd_results) == 2
    plt.close("all")


def named_network():
    """(classifier, frame, labels): a network that knows names of columns."""
    X, y, _ = planted(160)
    frame = pd.DataFrame(X[:, :4], columns=["age", "income", "rooms", "size"])
    clf = RobustMLPClassifier(n_members=1, max_iter=2, hidden_layer_sizes=(4,), random_state=0)
    return clf.fit(frame, y), frame, y


WAYS = {
    "explain": explain,
    "contributions": lambda clf, X, y: contributions(clf, X),
    "importance": FeatureImportanceDisplay.from_estimator,
    "effects": lambda clf, X, y: FeatureEffectDisplay.from_estimator(clf, X),
    "bars": lambda clf, X, y: ContributionDisplay.from_estimator(clf, X, row=0),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", ["network", "pipeline"])
def test_every_way_names_a_misspelt_column_with_the_likely_one(way, kind):
    clf, frame, y = named_network()
    if kind == "pipeline":
        clf = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, y)
    with pytest.raises(ValueError) as error:
        way(clf, frame.rename(columns={"income": "incom"}), y)
    assert str(error.value) == (
        "X lacks columns of the training table: 'income'. For 'income' did you mean 'incom'? It has 'age', 'incom', "
        "'rooms', 'size'."
    )
    with pytest.raises(ValueError, match="X lacks columns of the training table: 'rooms'"):
        way(clf, frame.drop(columns="rooms"), y)
    if kind == "network":
        with pytest.raises(ValueError, match="X has columns that the training table had not: 'more'"):
            way(clf, frame.assign(more=1), y)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_refuses_what_is_no_fitted_classifier_of_two_classes(way):
    X, y, _ = planted(60)
    with pytest.raises(NotFittedError):
        way(RobustMLPClassifier(), X, y)
    with pytest.raises(TypeError, match="classifier is the class RobustMLPClassifier, not an object"):
        way(RobustMLPClassifier, X, y)
    with pytest.raises(TypeError, match="LinearSVC has no predict_proba"):
        way(LinearSVC().fit(X, y), X, y)
    with pytest.raises(ValueError, match="DummyClassifier learned the single class 'no'"):
        way(DummyClassifier().fit(X, ["no"] * 60), X, y)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_refuses_too_few_rows(way):
    X, y, _ = planted(60)
    clf = LogisticRegression().fit(X, y)
    two = [int((y == "no").argmax()), int((y == "yes").argmax())]
    with pytest.raises(ValueError, match=r"at least (10|2)( are needed)?\."):
        way(clf, X[two[:1]], None)


def test_permutation_importance_partial_dependence_and_selection_work_on_frames_with_text_and_dates():
    import matplotlib.pyplot as plt
    from sklearn.feature_selection import SelectFromModel
    from sklearn.inspection import PartialDependenceDisplay

    clf, frame, y = mixed_network()
    theirs = permutation_importance(clf, frame, y, scoring="neg_log_loss", n_repeats=2, random_state=0)
    assert {frame.columns[j] for j in np.argsort(-theirs.importances_mean)[:2]} == {"age", "city"}
    display = PartialDependenceDisplay.from_estimator(
        clf, frame, ["age", "city"], categorical_features=["city"], target="high", grid_resolution=5
    )
    assert [len(part["average"][0]) for part in display.pd_results] == [5, 3]
    assert display.pd_results[0]["average"][0][-1] > display.pd_results[0]["average"][0][0]
    plt.close("all")
    selector = SelectFromModel(clf, prefit=True, max_features=2).fit(frame, y)
    assert set(frame.columns[selector.get_support()]) == {"age", "city"}


@pytest.mark.parametrize("name", ["beeswarm", "waterfall", "force"])
def test_shaps_figures_show_the_contributions_of_frames_with_text_and_dates(name, tmp_path):
    import matplotlib.pyplot as plt

    plots = pytest.importorskip("shap").plots
    clf, frame, _ = mixed_network()
    shown = contributions(clf, frame[:30], frame[100:150]).for_class("high").to_shap()
    if name == "beeswarm":
        plots.beeswarm(shown, show=False)
    else:
        getattr(plots, name)(shown[0], show=False, **({"matplotlib": True} if name == "force" else {}))
    texts = [text.get_text() for text in plt.gcf().findobj(plt.Text)]
    assert any("city" in text for text in texts)
    if name != "beeswarm":
        assert any(str(frame["city"].iloc[0]) in text for text in texts)
    plt.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000
    plt.close("all")


def test_columns_have_one_name_whatever_they_are_named_by():
    rows, y, _ = planted(300)
    for names in ([10, 11, 12, 13], pd.MultiIndex.from_product([("u", "v"), ("p", "q")])):
        frame = pd.DataFrame(rows[:, :4], columns=names)
        clf = RobustMLPClassifier(n_members=2, max_iter=3, random_state=0).fit(frame, y)
        found = explain(clf, frame, y, contributions_of=frame[:1], random_state=0)
        assert found.columns == found.contributions.feature_names == tuple(map(str, names))
        assert explain(clf, frame, y, columns=[names[1]], random_state=0).columns == (str(names[1]),)
    clf = make_pipeline(StandardScaler(), LogisticRegression()).fit(pd.DataFrame(rows[:, :2], columns=["a", "b"]), y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an array without names
        found = explain(clf, rows[:, :2], y, contributions_of=rows[:1, :2], random_state=0)
    assert found.columns == found.contributions.feature_names == ("a", "b")


def test_weights_decide_which_classes_there_are_and_may_be_huge():
    X, y, formula = planted(200)
    with pytest.raises(ValueError, match="only one class in the rows of positive weight, 'yes'"):
        explain(formula, X, y, sample_weight=(y == "yes").astype(float))
    usual = explain(formula, X, y, random_state=0)
    huge = explain(formula, X, y, sample_weight=np.full(200, 1e308), random_state=0)
    assert huge.loss == pytest.approx(usual.loss)
    assert [one.importance for one in huge.importance] == pytest.approx([one.importance for one in usual.importance])


@pytest.mark.parametrize("function", [lambda clf, X: explain(clf, X), lambda clf, X: contributions(clf, X[:2], X)])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda X: np.full((len(X), 2), np.nan), "gave NaN or infinity"),
        (lambda X: np.ones((len(X), 3)) / 3, r"gave an array of shape \(\d+, 3\) for \d+ rows and 2 classes"),
    ],
)
def test_answers_that_are_no_probabilities_are_told_of(function, answer, message):
    X, y, _ = planted(100)
    clf = LogisticRegression().fit(X, y)
    clf.predict_proba = answer
    with pytest.raises(ValueError, match=message):
        function(clf, X)


@pytest.mark.parametrize("nothing", [None, len, 3.0])
def test_what_is_no_classifier_is_told_so(nothing):
    with pytest.raises(TypeError, match="has no predict_proba, and an explanation is about probabilities"):
        explain(nothing, np.zeros((20, 2)))


def test_a_pipeline_of_texts_is_explained_by_its_last_step():
    texts = ["good news", "bad news", "fine day", "good day", "bad day"] * 6
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [0, 1, 0, 0, 1] * 6)
    with pytest.raises(ValueError, match=r"explain\(pipeline\[-1\], pipeline\[:-1\].transform\(X\), y\)"):
        explain(pipeline, texts)
    assert explain(pipeline[-1], pipeline[:-1].transform(texts), random_state=0).n_rows == 30


def test_members_that_read_effects_are_explained_as_their_predictions_are():
    clf, X = classifier_with_effects()
    few, y = X[:300], table_with_effects()[1][:300]  # not the training table, whose rows members held out
    own = explain(clf, few, y, random_state=0)
    plain = explain(Formula(clf.decision_function, classes=clf.classes_), few, y, random_state=0)
    importances = [{one.name: one.importance for one in found.importance} for found in (own, plain)]
    assert importances[0].keys() == importances[1].keys() == set(X.columns)
    assert importances[0] == pytest.approx(importances[1], abs=1e-4)
