"""A network file is read back as it was saved; anything else is refused in one line, and no code of it is run."""

import warnings

import keras
import numpy as np
import pytest

from robust_mlp.inspection._read.network_file import MOST_CHARACTERS, UnreadableNetworkError, load_network
from tests.inspection.examples import X4, plain_model


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_model_comes_back_compiled_and_answers_alike(name, tmp_path):
    model = plain_model()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras would rather have the other format
        model.save(tmp_path / name)
    loaded = load_network(str(tmp_path / name))
    np.testing.assert_array_equal(loaded(X4), model(X4))
    assert loaded.compiled and keras.losses.get(loaded.loss) is keras.losses.get(model.loss)


def test_what_keras_makes_of_an_optimizers_state_is_no_warning_here(tmp_path):
    model = plain_model()
    model.fit(X4, X4[:, 0] > 0, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "model.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_network(str(tmp_path / "model.h5"))


@pytest.mark.parametrize("name", ["broken.keras", "broken.h5"])
def test_a_file_of_another_kind_is_told_in_one_line(name, tmp_path):
    (tmp_path / name).write_bytes(b"no such format")
    with pytest.raises(UnreadableNetworkError) as caught:
        load_network(str(tmp_path / name))
    text = str(caught.value)
    assert text and "\n" not in text and len(text) <= MOST_CHARACTERS + 4
    assert caught.value.__cause__ is not None


def test_code_in_a_file_is_not_run_and_the_pages_of_keras_message_are_cut(tmp_path):
    model = keras.Sequential(
        [keras.Input((4,)), *(keras.layers.Dense(8) for _ in range(20)), keras.layers.Lambda(lambda x: x + 1)]
    )
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(UnreadableNetworkError) as caught:
        load_network(str(tmp_path / "lambda.keras"))
    assert len(str(caught.value.__cause__)) > MOST_CHARACTERS
    assert str(caught.value).endswith(" ...") and len(str(caught.value)) <= MOST_CHARACTERS + 4
