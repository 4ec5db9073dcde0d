"""The figures that fit prints: counted as scikit-learn does, and a dash where nothing can be divided."""

import numpy as np

from robust_mlp._report import score_tables


def test_the_comparison_counts_as_scikit_learn_does():
    prior, y_test = (np.array([0, 1]), np.array([0.75, 0.25])), np.array([0, 1, 1, 0])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    rows = {"ours": (probabilities.argmax(axis=1), probabilities, np.array([0, 1]))}
    prior_loss = -(2 * np.log(0.75) + 2 * np.log(0.25)) / 4
    our_loss = -np.mean(np.log([0.9, 0.8, 0.4, 0.7]))
    assert score_tables.comparison(prior, y_test, rows).splitlines() == [
        "             accuracy  balanced accuracy  log loss",
        f"class prior    0.5000             0.5000    {prior_loss:.4f}",
        f"ours           0.7500             0.7500    {our_loss:.4f}",
    ]


def test_the_table_of_classes_shows_a_dash_where_there_is_nothing_to_divide_by():
    y_test, predicted = np.array(["a", "a", "b", "b"]), np.array(["a", "a", "a", "b"])
    assert score_tables.per_class(y_test, predicted, ["a", "b", "c"]).splitlines() == [
        "class  rows  precision  recall  true share  predicted share",
        "a         2      0.667   1.000       0.500            0.750",
        "b         2      1.000   0.500       0.500            0.250",
        "c         0          -       -       0.000            0.000",
    ]


def test_a_class_name_that_steers_the_terminal_is_written_out():
    y_test = np.array(["\x1b[2Ja\nb", "c"])
    lines = score_tables.per_class(y_test, y_test, ["\x1b[2Ja\nb", "c"]).splitlines()
    assert [line.split()[0] for line in lines] == ["class", r"\x1b[2Ja\nb", "c"]
