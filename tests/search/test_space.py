"""search_space: names and values that the classifier takes, around the default of the table, and mistakes named."""

import numpy as np
import pandas as pd
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, ParameterSampler, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import RobustMLPClassifier, search_space
from robust_mlp._core.parameters import check_parameters
from tests.tiny_fits import tiny


def table(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), np.arange(n) % 2


@pytest.mark.parametrize("size", ["small", "full"])
def test_every_draw_is_a_setting_that_the_classifier_takes(size):
    X, y = table()
    for parameters in ParameterSampler(search_space(X, y, size=size), 200, random_state=0):
        check_parameters(RobustMLPClassifier(**parameters))


@pytest.mark.parametrize("size", ["small", "full"])
def test_the_defaults_lie_within(size):
    X, y = table()
    space = search_space(X, y, size=size)
    defaults = RobustMLPClassifier().get_params() | {
        "batch_size": 32, "hidden_layer_sizes": (64, 64), "numerical_embedding": "mixed",
    }  # fmt: skip
    for name, values in space.items():
        if isinstance(values, list):
            assert defaults[name] in values
        elif name != "label_smoothing":  # whose default is 0, which none of the values may be
            low, high = values.support()
            assert low < defaults[name] < high


def test_the_small_space_is_part_of_the_full_one():
    X, y = table()
    assert set(search_space(X, y)) < set(search_space(X, y, size="full"))


def test_batches_and_layers_follow_the_size_of_the_table():
    few, many = (search_space(table(n)[0], size="full") for n in (60, 6000))
    assert few["batch_size"] == [16, 32, 64]
    assert many["batch_size"] == [128, 256, 512]
    assert few["hidden_layer_sizes"] == [(32, 32), (64, 64), (128, 128), (64,), (64, 64, 64)]
    assert many["hidden_layer_sizes"] == [(64, 64), (128, 128), (256, 256), (128,), (128, 128, 128)]


def test_embeddings_are_tried_only_where_there_are_numbers_and_few_enough():
    categories = pd.DataFrame({"town": ["Bern", "Genf", "Zug"] * 20})
    assert "numerical_embedding" not in search_space(categories)
    assert "numerical_embedding" in search_space(categories.assign(x=np.arange(60.0)))
    wide = np.random.default_rng(0).normal(size=(60, 300))
    assert "numerical_embedding" not in search_space(wide)


@pytest.mark.parametrize("search", [RandomizedSearchCV, HalvingRandomSearchCV])
def test_both_random_searches_of_scikit_learn_take_it(search):
    X, y = table()
    X[:, 0] += 2 * y
    options = {"n_iter": 2} if search is RandomizedSearchCV else {"n_candidates": 2, "min_resources": 40}
    found = search(
        tiny(), search_space(X, y), cv=2, scoring="neg_log_loss", random_state=0, error_score="raise", **options
    )
    assert set(found.fit(X, y).best_params_) == set(search_space(X, y))


def test_a_prefix_names_the_step_of_a_pipeline():
    X, y = table()
    pipeline = make_pipeline(StandardScaler(), tiny())
    space = search_space(X, y, prefix="robustmlpclassifier__")
    drawn = next(iter(ParameterSampler(space, 1, random_state=0)))
    assert pipeline.set_params(**drawn)[-1].dropout == drawn["robustmlpclassifier__dropout"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"size": "large"}, "size='large' is not known. Pass one of 'small', 'full'."),
        ({"y": [0, 1]}, "Found input variables with inconsistent numbers of samples: [60, 2]"),
    ],
)
def test_a_mistake_says_what_to_pass(arguments, message):
    with pytest.raises(ValueError) as raised:
        search_space(table()[0], **arguments)
    assert str(raised.value) == message
