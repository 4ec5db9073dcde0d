"""Tables, files and settings for the program, and what the line of a mistake must be."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd

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


def write_bad_inputs():
    """One file a mistake, in the working folder."""
    table = mixed_table(20)
    table.to_csv("data.csv", index=False)
    table[["x"]].to_csv("x.csv", index=False)
    table[["label"]].to_csv("only_label.csv", index=False)
    table.assign(label="yes").to_csv("one.csv", index=False)
    table.assign(label=table["x"]).round(3).to_csv("numbers.csv", index=False)
    table.assign(label=None).to_csv("no_label.csv", index=False)
    table.assign(x=np.inf).to_csv("infinite.csv", index=False)
    table.assign(when=pd.Timestamp("2020-01-01")).to_parquet("dates.parquet")
    table.assign(parts=[[1, 2]] * 20).to_parquet("lists.parquet")
    table.head(0).to_csv("header.csv", index=False)
    Path("empty.csv").touch()
    for name in ("broken.parquet", "broken.joblib", "data.txt"):
        Path(name).write_bytes(b"no such format")
    Path("ragged.csv").write_text("x,label\n1,a\n1,2,3,4\n")
    Path("latin.csv").write_bytes("x,label\n1,b\xe4r\n2,a\n".encode("latin-1"))
    joblib.dump({"weights": [1, 2]}, "foreign.joblib")


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
