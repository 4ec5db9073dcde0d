"""inspect: what it finds in a network's file, its exit codes, and the whole line of every mistake."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.examples import assert_mistake


def network_of(units=1, activation="sigmoid", loss="binary_crossentropy", shape=(2,)):
    """A compiled network."""
    import keras

    keras.utils.set_random_seed(0)
    flat = [keras.layers.Flatten()] if len(shape) > 1 else []
    layers = [*flat, keras.layers.Dense(8, activation="relu"), keras.layers.Dense(units, activation=activation)]
    model = keras.Sequential([keras.Input(shape), *layers])
    if loss is not None:
        model.compile(optimizer="adam", loss=loss)
    return model


def numbers_table(n=60):
    """Two columns of numbers, and labels as words, as codes, divided by 255, and as truth values."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n)})
    code = (table["x"] > 0).astype(int)
    return table.assign(word=np.where(code, "yes", "no"), code=code, scaled=code / 255, truth=code == 1)


def written(table, *columns, target="code", name="data.csv"):
    """Write some columns and the target; the file's name."""
    table[["x", "z", *columns, target]].to_csv(name, index=False)
    return name


def test_inspect_finds_nothing_wrong_with_a_network_that_fits(run):
    network_of().save("fits.keras")
    code, output, error = run("inspect", "fits.keras", written(numbers_table()), "--target", "code")
    assert (code, error) == (0, "")
    assert output == ("fits.keras beside 60 rows of 2 columns, labels in 'code'.\n\nNothing found.\n")


def test_inspect_tells_what_contradicts_the_labels_and_exits_with_3(run):
    network_of(activation="softmax").save("softmax.keras")
    code, output, error = run("inspect", "softmax.keras", written(numbers_table()), "--target", "code")
    assert (code, error) == (3, "")
    assert output.splitlines()[2].startswith("1 error")
    assert 'keras.layers.Dense(1, activation="sigmoid") with loss="binary_crossentropy"' in " ".join(output.split())


@pytest.mark.parametrize(
    "target, exit_code, said",
    [("word", 3, "The labels are strings."), ("scaled", 3, "255"), ("truth", 0, "Nothing found.")],
)
def test_inspect_takes_the_labels_as_they_stand_in_the_file(target, exit_code, said, run):
    network_of().save("n.keras")
    code, output, _ = run("inspect", "n.keras", written(numbers_table(), target=target), "--target", target)
    assert code == exit_code
    assert said in output


@pytest.mark.parametrize("options, exit_code", [([], 3), (["--one-hot"], 0)])
def test_inspect_can_turn_labels_into_columns(options, exit_code, run):
    network_of(2, "softmax", "categorical_crossentropy").save("n.keras")
    written(numbers_table(), target="word")
    assert run("inspect", "n.keras", "data.csv", "--target", "word", *options)[0] == exit_code


def test_inspect_checks_another_loss_and_needs_one(run):
    network_of(loss=None).save("n.keras")
    written(numbers_table())
    assert_mistake(run("inspect", "n.keras", "data.csv", "--target", "code"), "*not compiled*")
    assert run("inspect", "n.keras", "data.csv", "--target", "code", "--loss", "binary_crossentropy")[0] == 0
    code, output, _ = run("inspect", "n.keras", "data.csv", "--target", "code", "--loss", "categorical_crossentropy")
    assert code == 3
    assert "categorical" in output


def test_inspect_folds_the_columns_of_an_image_up_again(run):
    network_of(shape=(1, 2)).save("image.keras")
    assert run("inspect", "image.keras", written(numbers_table()), "--target", "code")[0] == 0


@pytest.mark.parametrize("name", ["lambda.h5", "lambda.HDF5"])
def test_inspect_runs_no_code_of_a_file_in_the_old_format(name, run):
    import keras

    source = "lambda x: __import__('pathlib').Path('was_run').touch() or x"
    layers = [keras.Input((2,)), keras.layers.Lambda(eval(source)), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile(loss="binary_crossentropy")
    model.save("lambda.h5")
    Path("lambda.h5").rename(name)
    Path("was_run").unlink(missing_ok=True)  # to build a network runs it, too
    expected = (
        f"{name!r} is in Keras' old format, which may hold code that runs when the file is read. If you trust the "
        f"file, convert it in Python: keras.saving.load_model({name!r}).save('lambda.keras')."
    )
    assert_mistake(run("inspect", name, written(numbers_table()), "--target", "code"), expected)
    assert not Path("was_run").exists()


def test_inspect_says_which_column_holds_a_gap(run):
    table = numbers_table()
    table.loc[3, "z"] = np.nan
    network_of().save("n.keras")
    code, output, _ = run("inspect", "n.keras", written(table), "--target", "code")
    assert code == 3
    assert "X holds NaN" in output and "column 'z'" in output


INSPECT_MISTAKES = [
    (["nothing.keras", "data.csv", "code"], "there is no file 'nothing.keras'."),
    (["nn.keras", "data.csv", "code"], "there is no file 'nn.keras'. Did you mean 'n.keras'?"),
    (
        ["data.csv", "data.csv", "code"],
        "cannot tell the format of 'data.csv': a network's name must end in .keras.",
    ),
    (["broken.keras", "data.csv", "code"], "cannot read 'broken.keras' as a Keras model: *"),
    (["n.keras", "nothing.csv", "code"], "there is no file 'nothing.csv'."),
    (["n.keras", "data.csv", "cod"], "--target: 'data.csv' has no column 'cod'. Did you mean 'code'?"),
    (["n.keras", "only.csv", "code"], "'only.csv' has no column beside 'code' to learn from."),
    (
        ["n.keras", "words.csv", "code"],
        "column 'word' of 'words.csv' holds text such as 'yes', and a network takes numbers. Hand in the table as it "
        "goes into model.fit, or leave the column out: --drop 'word'.",
    ),
    (
        ["n.keras", "wide.csv", "code"],
        "X has shape (60, 3), but the model takes (n_rows, 2). Pass such an X, or build the model with "
        "keras.Input((3,)).",
    ),
    (["n.keras", "data.csv", "code", "--loss", "mean_square"], "*mean_square*"),
    (
        ["n.keras", "gaps.csv", "word", "--one-hot"],
        "--one-hot: column 'word' has rows without a label. Leave these rows out.",
    ),
]


@pytest.mark.parametrize("arguments, message", INSPECT_MISTAKES)
def test_a_mistake_to_inspect_is_told_in_one_line(arguments, message, run):
    table = numbers_table()
    network_of().save("n.keras")
    Path("broken.keras").write_bytes(b"no such format")
    written(table)
    written(table, "word", name="words.csv")
    written(table, "scaled", name="wide.csv")
    table[["code"]].to_csv("only.csv", index=False)
    table.loc[0, "word"] = None
    written(table, target="word", name="gaps.csv")
    model, data, target, *options = arguments
    assert_mistake(run("inspect", model, data, "--target", target, *options), message)


def test_inspect_leaves_columns_out_and_reads_numbers_as_they_are_written(run):
    network_of().save("n.keras")
    numbers_table().assign(key="k").to_csv("data.csv", index=False, sep=";", decimal=",")
    left_out = ["--drop", "key", "word", "scaled", "truth"]
    code, output, error = run("inspect", "n.keras", "data.csv", "--target", "code", "--decimal", ",", *left_out)
    assert (code, error) == (0, "")
    assert output == "n.keras beside 60 rows of 2 columns, labels in 'code'.\n\nNothing found.\n"


def test_inspect_prints_no_line_of_tensorflow(tmp_path):
    network_of().save(tmp_path / "n.keras")
    numbers_table()[["x", "z", "code"]].to_csv(tmp_path / "data.csv", index=False)
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = [sys.executable, "-m", "robust_mlp", "inspect", "n.keras", "data.csv", "--target", "code"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=quiet)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("\n\nNothing found.\n")
