"""A network that learned something and whose predictions are all of one class is not passed over in silence."""

import warnings

import numpy as np
import pandas as pd
import pytest

from robust_mlp import DataQualityWarning, NoSignalWarning, OneClassWarning, RobustMLPClassifier


def rare(seed=0, n_rows=1500):
    """One row in thirty is of class 'yes', and somewhat likelier where the first number is large."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, 3))
    is_yes = rng.random(n_rows) < 0.033 * np.exp(1.2 * rows[:, 0] - 0.72)
    return rows, np.where(is_yes, "yes", "no")


def small(**parameters):
    return RobustMLPClassifier((8,), n_members=2, max_iter=20, random_state=0, **parameters)


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
