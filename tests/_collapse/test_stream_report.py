"""The report of a stream: what few held-out rows can tell, and the sentence about one class."""

import numpy as np
import pytest

from robust_mlp._collapse.stream_report import (
    in_shares_of,
    one_class_of,
    stream_report,
    unguarded_report,
    warn_of_one_class,
)
from robust_mlp.exceptions import OneClassWarning

PRIOR, NAMES = np.array([0.9, 0.1]), ["no", "yes"]


def report_of(n, skill, given=None):
    """The report of n rows in two classes, whose probabilities say the class with a `skill` in [0, 1]."""
    codes = np.arange(n) % 2
    right = 0.5 + 0.49 * skill
    probabilities = np.where(np.eye(2)[codes] == 1, right, 1 - right) if n else np.empty((0, 2))
    return stream_report(probabilities, (codes, np.ones(n)), PRIOR, NAMES, given)


def test_a_network_that_predicts_held_out_rows_is_healthy():
    report = report_of(40, skill=1.0)
    assert (report.verdict, report.findings) == ("HEALTHY", ())
    assert report.headline == (
        "The network predicts the last 40 rows held out of the stream better than the class shares do."
    )
    assert report.comparison.accuracy == 1
    assert "HEALTHY" in str(report) and "40" in str(report)


@pytest.mark.parametrize("n", [0, 1, 6])
def test_few_rows_tell_nothing(n):
    report = report_of(n, skill=1.0)
    assert report.verdict == "UNCHECKED"
    assert report.headline.startswith(f"{n} rows are held out of the stream so far: too few")
    str(report)


def test_a_network_without_skill_is_not_called_collapsed():
    probabilities = np.random.default_rng(0).dirichlet([1, 1], 40)
    report = stream_report(probabilities, (np.arange(40) % 2, np.ones(40)), PRIOR, NAMES)
    assert report.verdict == "UNCHECKED"
    assert "is not better than the class shares, as yet" in report.headline


def test_held_out_rows_count_as_their_classes_do_in_the_stream():
    codes = np.array([0, 0, 1, 1, 1])
    weights = in_shares_of(codes, np.ones(5), PRIOR)
    assert weights.sum() == pytest.approx(5)
    assert weights[codes == 1].sum() == pytest.approx(0.5)


def test_one_class_is_said_with_its_share():
    codes = np.array([0, 1, 1, 1])
    said = one_class_of(np.ones(4, int), codes, 2, NAMES, "held-out rows")
    assert said == "predict gives all 4 held-out rows to class 'yes'; that class has 75.00% of them."
    report = report_of(4, 1.0, said)
    assert report.headline == f"{said} Go on with rows of all classes in each call, in random order."
    assert [finding.code for finding in report.findings] == ["one_class"]
    with pytest.warns(OneClassWarning, match="^predict gives all 4 held-out rows to class 'yes'"):
        warn_of_one_class(said)


def test_a_stream_of_one_class_so_far_is_said_to_be_one():
    said = one_class_of(np.zeros(3, int), np.zeros(3, int), 1, NAMES, "rows")
    assert said == "All rows so far are of class 'no', and predict gives every row to it."


@pytest.mark.parametrize(
    "predicted, codes, n_seen",
    [
        ([0, 1, 1], [0, 1, 1], 2),
        ([1, 1, 1], [1, 1, 1], 2),  # other rows came before
        ([1, 0, 1], [0, 0, 0], 1),
        ([], [], 0),
    ],
)
def test_nothing_is_said_where_rows_prove_nothing(predicted, codes, n_seen):
    assert one_class_of(np.array(predicted, int), np.array(codes, int), n_seen, NAMES, "rows") is None


def test_without_the_guard_the_report_says_so():
    report = unguarded_report(NAMES)
    assert report.verdict == "UNCHECKED"
    assert report.headline == "The guard is off, so that partial_fit holds out no rows to judge the network by."
