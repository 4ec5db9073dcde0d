"""The command line: what each command prints and writes, its exit codes, and the whole line of every mistake."""

import pickle
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from robust_mlp import CollapseError, RobustMLPClassifier, __version__, cli
from robust_mlp._cli import figures, fit
from robust_mlp._cli.errors import did_you_mean
from robust_mlp._cli.tables import column_kinds, features, read_table
from robust_mlp._records import Verdict

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


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the program in an empty folder; gives (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def run_program(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_program


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folder with data.csv, data.parquet, and m.joblib fitted on the CSV through the program; the fit's output."""
    folder = tmp_path_factory.mktemp("trained")
    table = mixed_table()
    table.to_csv(folder / "data.csv", index=False)
    table.to_parquet(folder / "data.parquet", index=False)
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda *args, **kwargs: lines.append(" ".join(map(str, args))))
        model = str(folder / "m.joblib")
        code = cli.main(["fit", str(folder / "data.csv"), "--target", "label", "--model-out", model, *FAST])
    assert code == 0
    return folder, "\n".join(lines)


# What fit shows


def test_fit_shows_the_prior_beside_the_classifier_then_the_classes_then_the_report(trained):
    _, output = trained
    lines = output.splitlines()
    assert lines[0] == "Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside."
    assert lines[2].split() == ["accuracy", "balanced", "accuracy", "log", "loss"]
    assert lines[3].startswith("class prior ")
    assert lines[4].startswith("RobustMLPClassifier ")
    prior, ours = ([float(cell) for cell in line.split()[-3:]] for line in lines[3:5])
    assert prior[1] == 0.5
    assert ours[0] > prior[0] and ours[1] > prior[1] and ours[2] < prior[2]
    assert lines[6].split() == ["class", "rows", "precision", "recall", "true", "share", "predicted", "share"]
    assert [line.split()[0] for line in lines[7:9]] == ["no", "yes"]
    assert sum(int(line.split()[1]) for line in lines[7:9]) == 48
    assert "HEALTHY" in output
    assert lines[-1].startswith("Model written to ") and lines[-1].endswith("m.joblib.")


def test_fit_reads_parquet_like_csv_and_the_seed_repeats_the_figures(trained, run):
    folder, output = trained
    figures_of_the_csv = output.split("\n\n")[:3]
    code, output, _ = run("fit", folder / "data.parquet", "--target", "label", *FAST)
    assert code == 0
    assert output.split("\n\n")[:3] == figures_of_the_csv


def test_rows_without_a_label_are_dropped_with_a_word(run):
    table = mixed_table()
    table.loc[:2, "label"] = None
    table.to_csv("gaps.csv", index=False)
    code, output, error = run("fit", "gaps.csv", "--target", "label", *FAST)
    assert (code, error) == (0, "")
    assert output.splitlines()[:2] == [
        "3 rows without a value of 'label' dropped.",
        "Training on 189 rows of 2 number and 2 category columns; 48 rows kept aside.",
    ]


def test_test_size_0_trains_on_every_row_and_shows_the_report_only(run):
    mixed_table().to_csv("data.csv", index=False)
    code, output, error = run("fit", "data.csv", "--target", "label", "--test-size", "0", *FAST)
    assert (code, error) == (0, "")
    assert output.startswith("Training on 240 rows of 2 number and 2 category columns; 0 rows kept aside.\n\n")
    assert "class prior  " not in output


def test_whole_number_labels_stay_whole_numbers_where_some_are_missing(run):
    table = mixed_table().assign(label=lambda t: (t["label"] == "yes").astype(float))
    table.loc[0, "label"] = np.nan
    table.to_csv("data.csv", index=False)
    assert run("fit", "data.csv", "--target", "label", "--model-out", "m.joblib", *FAST)[0] == 0
    classes = joblib.load("m.joblib")["classifier"].classes_
    assert classes.tolist() == [0, 1] and classes.dtype == np.int64


class _Report:
    """A report of a verdict that no quick fit ends in for certain."""

    def __init__(self, verdict):
        self.verdict = verdict

    def __str__(self):
        return f"Verdict: {self.verdict.value}"


@pytest.mark.parametrize(
    "verdict, exit_code",
    [(Verdict.COLLAPSED, 3), (Verdict.NO_SIGNAL, 0), (Verdict.REPAIRED, 0), (Verdict.UNCHECKED, 0)],
)
def test_only_a_collapse_that_stayed_exits_with_3(verdict, exit_code, run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fit_without_training(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.prior_, self.report_ = counts / counts.sum(), _Report(verdict)
        return self

    monkeypatch.setattr(RobustMLPClassifier, "fit", fit_without_training)
    monkeypatch.setattr(RobustMLPClassifier, "predict", lambda self, X: np.full(len(X), self.classes_[0]))
    monkeypatch.setattr(RobustMLPClassifier, "predict_proba", lambda self, X: np.tile(self.prior_, (len(X), 1)))
    code, output, error = run("fit", "data.csv", "--target", "label", "--random-state", "0")
    assert (code, error) == (exit_code, "")
    assert output.endswith(f"\nVerdict: {verdict.value}\n")
    assert output.split("\n\n")[2].splitlines()[2].split()[:4] == ["yes", "23", "-", "0.000"]


def test_a_collapse_that_raises_exits_with_3_and_writes_no_model(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fit_that_raises(self, X, y):
        raise CollapseError("collapsed", _Report(Verdict.COLLAPSED))

    monkeypatch.setattr(RobustMLPClassifier, "fit", fit_that_raises)
    guard = ["--set", "collapse_guard=raise"]
    code, output, error = run("fit", "data.csv", "--target", "label", "--model-out", "m.joblib", *guard)
    assert (code, error) == (3, "")
    assert output.endswith("\n\nVerdict: COLLAPSED\n")
    assert not Path("m.joblib").exists()


# What inspect finds


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
    network_of(shape=(1, 2)).save("image.h5")
    assert run("inspect", "image.h5", written(numbers_table()), "--target", "code")[0] == 0


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
        "cannot tell the format of 'data.csv': a network's name must end in .keras or .h5.",
    ),
    (["broken.keras", "data.csv", "code"], "cannot read 'broken.keras' as a Keras model: *"),
    (["n.keras", "nothing.csv", "code"], "there is no file 'nothing.csv'."),
    (["n.keras", "data.csv", "cod"], "'data.csv' has no column 'cod'. Did you mean 'code'?"),
    (["n.keras", "only.csv", "code"], "'only.csv' has no column beside 'code' to learn from."),
    (
        ["n.keras", "words.csv", "code"],
        "column 'word' holds text such as 'yes', and a network takes numbers. Hand in the table as it goes into "
        "model.fit, or drop the column.",
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


# What predict writes


def test_predict_writes_the_class_and_a_probability_for_every_class(trained, run):
    folder, _ = trained
    code, output, error = run("predict", folder / "m.joblib", folder / "data.csv", "--out", "p.csv")
    assert (code, output, error) == (0, "240 predictions written to p.csv.\n", "")
    predictions = pd.read_csv("p.csv")
    assert list(predictions.columns) == ["predicted_class", "probability_no", "probability_yes"]
    probabilities = predictions[["probability_no", "probability_yes"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    expected = np.where(probabilities[:, 1] > probabilities[:, 0], "yes", "no")
    assert predictions["predicted_class"].tolist() == expected.tolist()
    assert np.mean(predictions["predicted_class"] == mixed_table()["label"]) > 0.8


def test_predict_without_out_writes_the_same_to_standard_output(trained, run):
    folder, _ = trained
    run("predict", folder / "m.joblib", folder / "data.csv", "--out", "p.csv")
    code, output, error = run("predict", folder / "m.joblib", folder / "data.csv")
    assert (code, error) == (0, "")
    assert output == Path("p.csv").read_text()


def test_predict_gives_a_row_the_same_probabilities_in_any_file_that_holds_it(trained, run):
    folder, _ = trained
    table = mixed_table().drop(columns="label")
    expected = pd.read_csv(_predicted(run, folder / "m.joblib", folder / "data.csv"))
    variants = {
        "reordered.csv": table[["is_new", "town", "z", "x"]],
        "more.csv": table.assign(extra="text", another=1),
        "three.csv": table.head(3),  # where z may hold no gap
        "one.parquet": table.head(1),
    }
    for name, variant in variants.items():
        variant.to_parquet(name) if name.endswith("parquet") else variant.to_csv(name, index=False)
        got = pd.read_csv(_predicted(run, folder / "m.joblib", name))
        np.testing.assert_allclose(got["probability_yes"], expected["probability_yes"][: len(variant)], atol=1e-6)


def test_predict_takes_a_level_that_it_never_saw_and_a_column_with_no_value(trained, run):
    folder, _ = trained
    new = mixed_table(4).drop(columns="label").assign(town="Chur", z=np.nan)
    new.to_csv("new.csv", index=False)
    predictions = pd.read_csv(_predicted(run, folder / "m.joblib", "new.csv"))
    assert np.isfinite(predictions["probability_yes"]).all()


def _predicted(run, model, data):
    """Name of the file with the predictions."""
    code, _, error = run("predict", model, data, "--out", "predicted.csv")
    assert (code, error) == (0, "")
    return "predicted.csv"


# Mistakes: the whole line, and exit code 2


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


FIT_MISTAKES = [
    (["nothing.csv"], "there is no file 'nothing.csv'."),
    (["dta.csv"], "there is no file 'dta.csv'. Did you mean 'data.csv'?"),
    (
        ["data.txt"],
        "cannot tell the format of 'data.txt': its name must end in .csv, .csv.gz, .parquet or .pq.",
    ),
    (["empty.csv"], "cannot read 'empty.csv': No columns to parse from file."),
    (["header.csv"], "'header.csv' holds no rows."),
    (["ragged.csv"], "cannot read 'ragged.csv': *"),
    (["latin.csv"], "cannot read 'latin.csv': *"),
    (["broken.parquet"], "cannot read 'broken.parquet': *"),
    (["dates.parquet"], "column 'when' holds datetime64 values, which are neither numbers nor categories. *"),
    (["lists.parquet"], "column 'parts' holds list values, which are neither numbers nor categories. *"),
    (["infinite.csv"], "*infinity*"),
    (["x.csv"], "'x.csv' has no column 'label'. There is: x."),
    (["only_label.csv"], "'only_label.csv' has no column beside 'label' to learn from."),
    (["one.csv"], "column 'label' holds one class only, 'yes': there is nothing to tell apart."),
    (["numbers.csv"], "column 'label' holds numbers such as 0.126, and a classifier predicts classes. *"),
    (["no_label.csv"], "column 'label' is empty in every row of 'no_label.csv'."),
    (["data.csv", "--test-size", "1.5"], "--test-size must be at least 0 and below 1; got 1.5."),
    (
        ["data.csv", "--test-size", "0.01"],
        "--test-size 0.01 of 20 rows puts 1 aside, and the 2 classes need a row each there and a row each to train on. "
        "Use more rows, another share, or --test-size 0.",
    ),
    (["data.csv", "--model-out", "no/m.joblib"], "cannot write 'no/m.joblib': there is no folder 'no'."),
    (["data.csv", "--model-out", "."], "cannot write '.': it is a folder."),
    (
        ["data.csv", "--set", "max_itr=3"],
        "--set: the classifier has no parameter 'max_itr'. Did you mean 'max_iter'?",
    ),
    (["data.csv", "--set", "max_iter"], "--set takes NAME=VALUE, and got 'max_iter'. *"),
    (["data.csv", "--set", "tol=1", "--set", "tol=2"], "--set gives tol twice."),
    (["data.csv", "--set", "random_state=3"], "give random_state by its own option: --random-state 3."),
    (["data.csv", "--set", "max_iter=many"], "--set: *max_iter*'many'*"),
    (["data.csv", "--set", "activation=rleu"], "--set: *activation*'rleu'*Did you mean 'relu'?"),
    (["data.csv", "--set", "dropout=2"], "--set: *dropout*2*"),
]


@pytest.mark.parametrize("arguments, message", FIT_MISTAKES)
def test_a_mistake_to_fit_is_told_in_one_line(arguments, message, run):
    write_bad_inputs()
    assert_mistake(run("fit", *arguments, "--target", "label"), message)


@pytest.mark.parametrize(
    "target, suggestion",
    [
        ("lable", "Did you mean 'label'?"),
        ("quantity", "There is: x, z, town, is_new, label."),
    ],
)
def test_a_target_that_is_no_column_gets_a_suggestion(target, suggestion, run):
    write_bad_inputs()
    assert_mistake(run("fit", "data.csv", "--target", target), f"'data.csv' has no column '{target}'. {suggestion}")


@pytest.mark.parametrize(
    "model, data, message",
    [
        ("no.joblib", "data.csv", "there is no file 'no.joblib'."),
        ("broken.joblib", "data.csv", "'broken.joblib' is no model that `robust-mlp fit --model-out` wrote. (*"),
        ("foreign.joblib", "data.csv", "'foreign.joblib' is no model that `robust-mlp fit --model-out` wrote."),
        ("m.joblib", "nothing.csv", "there is no file 'nothing.csv'."),
        ("m.joblib", "x.csv", "'x.csv' lacks 3 of the model's 4 columns: 'z', 'town', 'is_new'. There is: x."),
        ("m.joblib", "towns.csv", "'towns.csv' lacks 1 of the model's 4 columns: 'town'. Did you mean 'towns'?"),
        (
            "m.joblib",
            "words.csv",
            "column 'x' held numbers when the model was fitted, and holds 'much' in data row 2. "
            "Leave the cell empty if its value is unknown.",
        ),
        ("m.joblib", "infinite.csv", "*infinity*"),
    ],
)
def test_a_mistake_to_predict_is_told_in_one_line(model, data, message, run, trained):
    write_bad_inputs()
    table = mixed_table(3)
    table.rename(columns={"town": "towns"}).to_csv("towns.csv", index=False)
    table.assign(x=["1", "much", "2"]).to_csv("words.csv", index=False)
    path = trained[0] / model if model == "m.joblib" else model
    assert_mistake(run("predict", path, data, "--out", "p.csv"), message)


def test_predict_says_where_it_cannot_write(run, trained):
    folder, _ = trained
    result = run("predict", folder / "m.joblib", folder / "data.csv", "--out", "no/p.csv")
    assert_mistake(result, "cannot write 'no/p.csv': there is no folder 'no'.")


def test_a_model_of_another_format_is_refused_with_both_versions(run, trained):
    folder, _ = trained
    content = joblib.load(folder / "m.joblib")
    joblib.dump({**content, "format_version": 99, "robust_mlp_version": "9.9"}, "later.joblib")
    message = f"'later.joblib' was written by robust_mlp 9.9 in format 99; this is {__version__}, which reads format 1."
    assert_mistake(run("predict", "later.joblib", folder / "data.csv"), message)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "the following arguments are required: COMMAND. Try: robust-mlp --help"),
        (["fit"], "the following arguments are required: data, --target. Try: robust-mlp fit --help"),
        (
            ["fit", "a.csv", "--target", "y", "--test-size", "few"],
            "argument --test-size: invalid float value: 'few'. *",
        ),
        (["fit", "a.csv", "--target", "y", "--sett", "a=1"], "unrecognized arguments: --sett a=1. *"),
        (["ft"], "*invalid choice: 'ft'*"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments, message, run):
    assert_mistake(run(*arguments), message)


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


# The rest of the program


def test_an_interrupt_ends_with_130_and_one_line(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "read_table", interrupt)
    assert run("fit", "data.csv", "--target", "label") == (130, "", "robust-mlp: error: interrupted.\n")


def test_a_fault_of_the_program_itself_is_not_hidden(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(fit, "column_kinds", fail)
    with pytest.raises(ZeroDivisionError):
        run("fit", "data.csv", "--target", "label")


@pytest.mark.parametrize("arguments, is_full", [([], False), (["--full"], True)])
def test_demo_hands_over_and_returns_its_exit_code(arguments, is_full, run, monkeypatch):
    import robust_mlp.demo

    asked = []
    monkeypatch.setattr(robust_mlp.demo, "main", lambda full: asked.append(full) or 0)
    assert run("demo", *arguments) == (0, "", "")
    assert asked == [is_full]


def test_version_and_help(run):
    assert run("--version") == (0, f"robust-mlp {__version__}\n", "")
    code, output, _ = run("--help")
    assert code == 0
    for command in cli.COMMANDS:
        assert f"    {command.__name__.rsplit('.', 1)[-1]} " in output


# Pieces


@pytest.mark.parametrize(
    "text, kind, levels",
    [
        ("1,2,3", "number", None),
        ("1.5,,3", "number", None),
        ("a,b,", "category", ["a", "b"]),
        ("1,b,2", "category", ["1", "2", "b"]),
        ("True,False,True", "category", ["False", "True"]),
        ("TRUE,false,", "category", ["TRUE", "false"]),  # as written, whatever pandas makes of them
    ],
)
def test_a_csv_column_is_a_number_or_a_category_of_the_texts_in_the_file(text, kind, levels, tmp_path):
    path = tmp_path / "column.csv"
    path.write_text("c,d\n" + "".join(f"{cell},0\n" for cell in text.split(",")))
    table = read_table(path)
    kinds = column_kinds(table)
    assert kinds == {"c": kind, "d": "number"}
    column = features(table, kinds)["c"]
    assert (column.cat.categories.tolist() if kind == "category" else None) == levels


@pytest.mark.parametrize(
    "values, kind",
    [
        (pd.Series([1, 2], dtype="Int64"), "number"),
        (pd.Series([1, None], dtype="float32"), "number"),
        (pd.Series(["a", None], dtype="string"), "category"),
        (pd.Series(["a", None]).astype("category"), "category"),
        (pd.Series([True, None], dtype="boolean"), "category"),
        (pd.Series([True, False]), "category"),
    ],
)
def test_a_parquet_column_keeps_its_kind(values, kind, tmp_path):
    path = tmp_path / "column.parquet"
    pd.DataFrame({"c": values}).to_parquet(path)
    table = read_table(path)
    kinds = column_kinds(table)
    assert kinds == {"c": kind}
    assert features(table, kinds)["c"].isna().tolist() == values.isna().tolist()


def test_a_category_column_of_digits_is_read_as_text_where_the_model_expects_it(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_text("code\n007\n12\n")
    kinds = {"code": "category"}
    assert features(read_table(path, kinds), kinds)["code"].tolist() == ["007", "12"]


def test_numbers_of_a_csv_are_read_exactly(tmp_path):
    numbers = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(-10, 10).repeat(100)
    path = tmp_path / "numbers.csv"
    path.write_text("x\n" + "\n".join(map(repr, numbers.tolist())))
    np.testing.assert_array_equal(read_table(path)["x"], numbers)


def test_a_class_of_one_row_is_trained_on():
    y = np.array(["a"] * 10 + ["b"] * 10 + ["c"])
    train, test = fit._split(y, 0.2, 0)
    assert sorted([*train, *test]) == list(range(21))
    assert (sorted(y[test]), 20 in train) == (["a", "a", "b", "b"], True)


def test_the_comparison_counts_as_scikit_learn_does():
    y_train, y_test = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 0])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    rows = {"ours": (probabilities.argmax(axis=1), probabilities, np.array([0, 1]))}
    prior_loss = -(2 * np.log(0.75) + 2 * np.log(0.25)) / 4
    our_loss = -np.mean(np.log([0.9, 0.8, 0.4, 0.7]))
    assert figures.comparison(y_train, y_test, rows).splitlines() == [
        "             accuracy  balanced accuracy  log loss",
        f"class prior    0.5000             0.5000    {prior_loss:.4f}",
        f"ours           0.7500             0.7500    {our_loss:.4f}",
    ]


def test_the_table_of_classes_shows_a_dash_where_there_is_nothing_to_divide_by():
    y_test, predicted = np.array(["a", "a", "b", "b"]), np.array(["a", "a", "a", "b"])
    assert figures.per_class(y_test, predicted, ["a", "b", "c"]).splitlines() == [
        "class  rows  precision  recall  true share  predicted share",
        "a         2      0.667   1.000       0.500            0.750",
        "b         2      1.000   0.500       0.500            0.250",
        "c         0          -       -       0.000            0.000",
    ]


def test_a_suggestion_is_close_or_else_lists_what_there_is():
    assert did_you_mean("ag", ["age", "town"]) == "Did you mean 'age'?"
    assert did_you_mean("q", ["age", "town"]) == "There is: age, town."
    assert did_you_mean("q", list("abcdefghijklm")) == "There is: a, b, c, d, e, f, g, h, i, j, ..."


def test_a_saved_model_predicts_after_pickling_as_before(trained):
    folder, _ = trained
    model = joblib.load(folder / "m.joblib")
    assert model["kinds"] == {"x": "number", "z": "number", "town": "category", "is_new": "category"}
    X = features(read_table(folder / "data.csv", model["kinds"]), model["kinds"])
    again = pickle.loads(pickle.dumps(model["classifier"]))
    np.testing.assert_array_equal(again.predict_proba(X), model["classifier"].predict_proba(X))
