"""What a report says of the table, the settings and the version."""

import numpy as np
import pandas as pd

import robust_mlp
from robust_mlp import RobustMLPClassifier

N = 240
RNG = np.random.default_rng(0)
Y = np.arange(N) % 2
TABLE = pd.DataFrame(
    {
        "number": np.where(np.arange(N) == 3, np.nan, Y + RNG.normal(size=N)),
        "other": RNG.normal(size=N),
        "town": pd.Categorical(RNG.choice(["a", "b"], N)),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(N) * 10, "D"),
    }
)


def fitted(**parameters):
    cheap = {
        "hidden_layer_sizes": (4,),
        "n_members": 1,
        "max_iter": 2,
        "scale": "standard",
        "collapse_guard": "off",
        "random_state": 0,
    }
    weights = np.where(np.arange(N) < 4, 0.0, 1.0)
    return RobustMLPClassifier(**(cheap | parameters)).fit(TABLE, Y, weights).report_


def test_columns_are_counted_as_the_user_passed_them():
    t = fitted(collapse_guard="warn", max_iter=60).table
    assert (t.n_columns, t.n_numbers, t.n_categories, t.n_times) == (4, 2, 1, 1)
    assert t.n_rows == N - 4
    assert 0 < t.n_held_out < t.n_rows
    assert t.n_missing == 0  # the only gap is in a row of weight 0
    assert fitted().table.n_missing is None


def test_settings_are_those_typed_and_those_the_fit_chose():
    settings = fitted(learning_rate=0.01).settings
    assert settings["learning_rate"] == (0.01, 0.01)
    assert settings["hidden_layer_sizes"] == ((4,), (4,))
    typed, used = settings["batch_size"]
    assert typed == "auto" and isinstance(used, int)
    assert "dropout" not in settings  # left at its default and used as it is


def test_what_cannot_be_written_down_is_called_by_its_name():
    def halve(progress):
        return 1 - progress / 2

    settings = fitted(learning_rate_schedule=halve, class_weight={0: 1.0, 1: 2.0}).settings
    assert settings["learning_rate_schedule"] == ("halve", "halve")
    assert settings["class_weight"] == ("dict", "dict")


def test_the_version_is_that_of_the_package_and_the_date_has_an_offset():
    report = fitted()
    assert report.version == robust_mlp.__version__
    assert report.created[10] == "T" and report.created[-6] in "+-"
