"""A network that learned something and whose predictions are all of one class is not passed over in silence."""

import warnings

import numpy as np
import pytest

from robust_mlp import OneClassWarning, RobustMLPClassifier


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
