"""A network that learned something and whose predictions are all of one class is not passed over in silence."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_moons
from sklearn.model_selection import GridSearchCV

from robust_mlp import (
    CollapseError,
    DataQualityWarning,
    NoSignalWarning,
    OneClassWarning,
    RepairWarning,
    RobustMLPClassifier,
    UnderfitWarning,
)


def rare(seed=0, n_rows=1500):
    """One row in thirty is of class 'yes', and somewhat likelier where the first number is large."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, 3))
    is_yes = rng.random(n_rows) < 0.033 * np.exp(1.2 * rows[:, 0] - 0.72)
    return rows, np.where(is_yes, "yes", "no")


def small(**parameters):
    return RobustMLPClassifier((8,), n_members=2, max_iter=60, random_state=0, **parameters)


def test_it_is_said_with_the_class_and_its_share():
    rows, labels = rare()
    with pytest.warns(OneClassWarning) as caught:
        clf = small().fit(rows, labels)
    assert clf.report_.verdict.value == "HEALTHY"
    assert set(clf.predict(rows)) == {"no"}
    share = f"{np.mean(labels == 'no'):.2%}"
    assert str(caught[0].message).startswith(
        f"predict gives all 1,500 held-out rows to class 'no'; that class has {share} of them."
    )
    assert "decision='balanced'" in str(caught[0].message)


@pytest.mark.parametrize("settings", [{"decision": "balanced"}, {"collapse_guard": "off"}])
def test_nothing_is_said_of_a_decision_that_gives_others_a_chance_nor_with_the_guard_off(settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error", OneClassWarning)
        small(**settings).fit(*rare())


def test_a_doubtful_network_is_named_as_such():
    rng = np.random.default_rng(1)
    rows, labels = rng.normal(size=(400, 3)), np.arange(400) < 6
    rows[:, 0] += 0.8 * labels  # six rows are too few to tell
    with pytest.warns(
        OneClassWarning, match="held-out rows to class 'False'; that class has 98.50% of them. "
    ) as caught:
        clf = small().fit(rows, labels)
    assert clf.report_.verdict.value == "UNCHECKED"
    assert clf.report_.headline in str(caught[0].message)


def test_a_users_own_network_is_not_passed_over_either():
    import keras

    from robust_mlp import GuardedKerasClassifier

    def build(meta):
        layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1, "sigmoid")]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        return model

    rows, labels = rare(n_rows=3000)
    with pytest.warns(OneClassWarning, match="held-out rows to class 'no'"):
        GuardedKerasClassifier(build, epochs=30, random_state=0).fit(rows, labels)


def table_of_text(seed=0, n_rows=400):
    """Two numbers stored as text, one with a unit, the other with gaps; a row's class is told by both."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n_rows)).round(3)
    gaps = np.where(rng.random(n_rows) < 0.1, "?", b.astype(str))
    frame = pd.DataFrame({"a": [f"{value} kg" for value in a], "b": gaps})
    return frame, np.where(a + b > 0, "yes", "no")


def test_numbers_that_were_read_as_categories_are_warned_of_with_the_line_that_reads_them():
    frame, labels = table_of_text()
    frame["c"] = np.where(labels == "yes", 1.0, -1.0) + np.random.default_rng(1).normal(size=len(labels))
    with pytest.warns(DataQualityWarning) as caught:
        clf = small().fit(frame, labels)
    (message,) = [str(warning.message) for warning in caught if warning.category is DataQualityWarning]
    assert message.startswith("Columns of text hold numbers, and were read as categories without an order. ('a': ")
    assert "; 'b': " in message and "'?'" in message
    names = {"X": frame.copy(), "pandas": pd}
    exec(message.partition(") Type ")[2].partition(". Cells that")[0], names)
    assert names["X"].dtypes.astype(str).tolist() == ["float64"] * 3
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataQualityWarning)
        clf.fit(names["X"], labels)
    assert "numbers_in_text" not in {advisory.code for advisory in clf.report_.advisories}


def test_a_table_of_text_without_a_signal_is_told_to_be_read_first():
    numbers = np.random.default_rng(0).normal(size=(1500, 3))
    frame = pd.DataFrame([[f"{value:.9f} kg" for value in row] for row in numbers], columns=list("abc"))
    labels = np.where(numbers.sum(axis=1) > 0, "yes", "no")
    with pytest.warns(NoSignalWarning, match=r"Read them first: X\['a'\] = pandas.to_numeric") as caught:
        clf = small().fit(frame, labels)
    assert [warning.category for warning in caught].count(DataQualityWarning) == 0  # the one warning says it
    (finding,) = clf.report_.findings
    assert finding.code == "unread_columns" and "No setting" not in finding.fix


def separable(n_rows=300, seed=0):
    """Two clouds that hardly overlap."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_rows) % 2
    return rng.normal(size=(n_rows, 3)) + 3.0 * labels[:, None], labels


def test_settings_that_were_typed_and_overridden_are_told_of_once_with_what_keeps_them():
    with pytest.warns(RepairWarning) as caught:
        clf = small(learning_rate=1e-7).fit(*separable())
    assert clf.report_.verdict.value == "REPAIRED"
    (warning,) = [w for w in caught if w.category is RepairWarning]
    text = str(warning.message)
    assert "learning_rate=1e-07 (used: 0.002)" in text
    assert "The learning rate is too low." in text
    assert "collapse_guard='warn'" in text
    assert warning.filename == __file__
    assert clf.overridden_["learning_rate"] == (1e-7, 0.002)
    assert set(clf.overridden_) <= {"learning_rate", "max_iter", "hidden_layer_sizes"}  # what `small` types
    assert clf.get_params()["learning_rate"] == 1e-7


def test_nothing_is_overridden_where_the_network_is_trained_as_typed():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepairWarning)
        assert small().fit(*separable()).overridden_ == {}
    with pytest.warns(UnderfitWarning):
        assert small(learning_rate=1e-7, collapse_guard="warn").fit(*separable()).overridden_ == {}


def test_a_search_shows_which_candidates_were_repaired():
    def accuracy_as_typed(clf, X, y):
        return {"accuracy": clf.score(X, y), "n_overridden": len(clf.overridden_)}

    search = GridSearchCV(
        small(), {"learning_rate": [1e-7, 0.01]}, scoring=accuracy_as_typed, refit="accuracy", cv=2, error_score="raise"
    )
    with pytest.warns(RepairWarning):
        search.fit(*separable())
    assert search.cv_results_["mean_test_n_overridden"][0] > 0
    assert search.cv_results_["mean_test_n_overridden"][1] == 0


def test_a_network_that_its_settings_held_back_is_warned_of_or_raised_for():
    rows, labels = make_moons(400, noise=0.1, random_state=0)
    settings = {"weight_decay": 50.0, "linear_path": True}
    with pytest.warns(UnderfitWarning, match="clearly less than a simple model") as caught:
        clf = small(collapse_guard="warn", **settings).fit(rows, labels)
    assert clf.report_.verdict.value == "UNDERFIT"
    assert "Pass " in str(caught[0].message) and "weight_decay=0.01" in str(caught[0].message)
    with pytest.raises(CollapseError, match="clearly less than a simple model") as raised:
        small(collapse_guard="raise", **settings).fit(rows, labels)
    assert raised.value.report.verdict.value == "UNDERFIT"
    repaired = small(**settings).fit(rows, labels)
    assert repaired.report_.verdict.value == "REPAIRED"
    assert repaired.overridden_["weight_decay"] == (50.0, 0.01)
    assert repaired.report_.comparison.loss < clf.report_.comparison.loss - 0.02


def test_a_users_own_settings_and_loss_that_were_overridden_are_told_of():
    import keras

    from robust_mlp import GuardedKerasClassifier

    def build(meta):
        layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1, "sigmoid")]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(1e-7), "categorical_crossentropy")
        return model

    with pytest.warns(RepairWarning, match="repair_head=False and collapse_guard='warn'"):
        clf = GuardedKerasClassifier(build, epochs=5, random_state=0).fit(*separable())
    assert clf.overridden_["loss"] == ("categorical_crossentropy", "binary_crossentropy")
    assert clf.overridden_["learning_rate"] == (1e-7, 0.002)
    assert clf.overridden_["epochs"][0] == 5
    healthy = GuardedKerasClassifier(own_logistic, epochs=60, random_state=0).fit(*separable())
    assert healthy.overridden_ == {}


def own_logistic(meta):
    """A network with nothing wrong."""
    import keras

    layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    return model
