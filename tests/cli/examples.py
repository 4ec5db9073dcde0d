"""Tables and settings for the program, and what the line of a mistake must be."""

import numpy as np
import pandas as pd

from robust_mlp.cli._model_files import FORMAT, FORMAT_VERSION, load_model

N_ROWS = 240
FAST = ["--set", "max_iter=30", "hidden_layer_sizes=(16,)", "--random-state", "0"]


def mixed_table(n=N_ROWS):
    """A table of two numbers, one of them with gaps, a category, a truth value, and a label that they decide."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=n), rng.normal(size=n)
    town = rng.choice(["Bern", "Genf", "Zug"], size=n)
    table = pd.DataFrame(
        {"x": x, "z": np.where(rng.random(n) < 0.1, np.nan, z), "town": town, "is_new": rng.random(n) < 0.5}
    )
    table["label"] = np.where(x + (town == "Zug") > 0.3, "yes", "no")
    return table


def assert_mistake(result, message):
    """Exit code 2, nothing that looks like a result, and one line; `*` in `message` stands for any text."""
    code, output, error = result
    assert code == 2
    assert "Traceback" not in output + error
    assert error.endswith("\n") and error.count("\n") == 1
    text = error.removesuffix("\n").removeprefix("robust-mlp: error: ")
    assert text != error.removesuffix("\n")
    pieces = message.split("*")
    assert text.startswith(pieces[0]) and text.endswith(pieces[-1])
    for piece in pieces:
        assert piece in text
        text = text[text.index(piece) + len(piece) :]
    assert len(pieces) > 1 or text == ""


def write_old_pickle(model, path, *, compress=0, **changes):
    """Write a model file of `fit` as the pickle that earlier versions wrote, with other values in it."""
    import joblib

    saved = load_model(str(model))
    content = {name: getattr(saved, name) for name in ("classifier", "target", "kinds", "robust_mlp_version")}
    joblib.dump({"format": FORMAT, "format_version": FORMAT_VERSION, **content, **changes}, path, compress=compress)
