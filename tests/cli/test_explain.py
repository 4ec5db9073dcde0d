"""explain: what it prints and writes, with labels and without, and the whole line of every mistake."""

from pathlib import Path

import pandas as pd

from tests.cli.examples import assert_mistake, mixed_table


def test_explain_prints_the_columns_and_writes_a_page(trained, run):
    folder, _ = trained
    code, output, error = run(
        "explain", folder / "m.rmlp", folder / "data.csv", "--out", "page.html", "--random-state", 0
    )
    assert (code, error) == (0, "")
    lines = output.splitlines()
    assert lines[0].startswith("Log loss 0.")
    assert {line.split()[0] for line in lines[2:6]} == set(mixed_table().columns) - {"label"}
    assert lines[-1] == "Everything, with figures, is in page.html."
    assert "<h1>Which columns matter</h1>" in Path("page.html").read_text(encoding="utf-8")


def test_the_column_with_the_labels_can_have_another_name(trained, run):
    folder, _ = trained
    mixed_table().rename(columns={"label": "truth"}).to_csv("new.csv", index=False)
    same = run("explain", folder / "m.rmlp", folder / "data.csv", "--random-state", 0)
    assert run("explain", folder / "m.rmlp", "new.csv", "--target", "truth", "--random-state", 0) == same


def test_rows_are_told_for_their_predicted_class_and_drawn(trained, run):
    folder, _ = trained
    table = mixed_table()
    table["label"] = table["label"].astype(object)
    table.loc[1, "label"] = None  # a row that is to be predicted has no label
    table.to_csv("new.csv", index=False)
    code, output, _ = run(
        "explain", folder / "m.rmlp", "new.csv", "--rows", 3, "--out", "page.html", "--random-state", 0
    )
    assert code == 0
    told = [line for line in output.splitlines() if line.startswith("  Row ")]
    run("predict", folder / "m.rmlp", "new.csv", "--out", "predicted.csv")
    predicted = pd.read_csv("predicted.csv").iloc[:3, 0].tolist()
    for row, label in enumerate(predicted):
        other = "no" if label == "yes" else "yes"
        assert told[row].startswith(f"  Row {row + 1}: {label!r} against {other!r}: log-odds ")
    assert len(told) == 3 and f"x = {table['x'][1]:.4g} (" in output
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count('aria-label="Row ') == 3


def test_more_rows_than_there_are_are_noted(trained, run):
    folder, _ = trained
    mixed_table().head(12).to_csv("new.csv", index=False)
    code, output, error = run("explain", folder / "m.rmlp", "new.csv", "--rows", 99)
    assert code == 0 and "  ... and 2 more rows." in output
    assert error == "robust-mlp: note: --rows: 'new.csv' has only 12 rows.\n"


def test_without_labels_importance_is_measured_against_the_predictions(trained, run):
    folder, _ = trained
    mixed_table().drop(columns="label").to_csv("new.csv", index=False)
    code, output, error = run("explain", folder / "m.rmlp", "new.csv")
    assert code == 0
    assert output.startswith("Mean entropy of the predictions 0.")
    assert error == (
        "robust-mlp: note: 'new.csv' has no column 'label' with labels: importance is measured against the "
        "predictions.\n"
    )


def test_rows_without_a_known_label_are_left_out_and_counted(trained, run):
    folder, _ = trained
    table = mixed_table()
    table["label"] = table["label"].astype(object)
    table.loc[[0, 3], "label"] = ["maybe", None]
    table.to_csv("new.csv", index=False)
    code, output, error = run("explain", folder / "m.rmlp", "new.csv")
    assert code == 0 and f"on {len(table) - 2} rows" in output
    assert error == "robust-mlp: note: 2 rows of 'new.csv' without a label that the model knows left out.\n"


def test_mistakes_are_told_in_one_line(trained, run):
    folder, _ = trained
    model, data = folder / "m.rmlp", folder / "data.csv"
    mixed_table().head(5).to_csv("few.csv", index=False)
    mixed_table().assign(label="maybe").to_csv("foreign.csv", index=False)
    mixed_table().drop(columns="x").to_csv("lacking.csv", index=False)
    pd.DataFrame(mixed_table()).assign(label="yes").to_csv("one.csv", index=False)
    assert_mistake(
        run("explain", model, data, "--out", "page.txt"), "--out 'page.txt': the name of a page ends in .html."
    )
    assert_mistake(
        run("explain", model, data, "--target", "labell"),
        f"--target: {str(data)!r} has no column 'labell'. Did you mean 'label'?",
    )
    assert_mistake(
        run("explain", model, data, "--target", "x"),
        "--target: 'x' is a column that the model predicts from. Name the one with the labels.",
    )
    assert_mistake(
        run("explain", model, "foreign.csv"), "column 'label' of 'foreign.csv' holds no label that the model knows."
    )
    assert_mistake(
        run("explain", model, data, "--rows", 0), "--rows: 0 is no number of rows. Pass a whole number above 0."
    )
    for name, text in (
        ("few.csv", "needs at least 10"),
        ("one.csv", "only one class, 'yes'"),
        ("lacking.csv", "lacks 1"),
    ):
        code, _, error = run("explain", model, name)
        assert code == 2 and text in error and error.count("\n") == 1


def test_two_runs_say_the_same_and_a_seed_is_checked(trained, run):
    folder, _ = trained
    first = run("explain", folder / "m.rmlp", folder / "data.csv")
    assert first[0] == 0 and run("explain", folder / "m.rmlp", folder / "data.csv") == first
    code, output, error = run("explain", folder / "m.rmlp", folder / "data.csv", "--random-state", -1)
    assert (code, output) == (2, "") and "--random-state: -1 is no seed. Pass a number from 0 to 4294967295." in error
