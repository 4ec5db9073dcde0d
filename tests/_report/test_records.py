"""The parts of a report: figures that follow from their fields, and plain values for JSON."""

import json
import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._report.intervals import CONFIDENCE_Z
from robust_mlp._report.json_text import plain
from robust_mlp._report.records import AttemptSummary, Comparison, FeatureSignal, ProbeResult, SignalSummary
from tests.invented_attempts import held_out


def test_the_interval_of_the_log_loss_is_not_below_zero():
    perfect = held_out(20, 9.0)
    low, _ = compare(perfect, [0.5, 0.5]).loss_interval()
    assert low == 0.0


def comparison(**fields):
    """A Comparison of 100 rows in two classes, but for `fields`."""
    values = {
        "n_rows": 100,
        "in_sample": False,
        "support": (80, 20),
        "true_share": (0.8, 0.2),
        "prior": (0.8, 0.2),
        "prior_loss": 0.5,
        "prior_accuracy": 0.8,
        "is_finite": True,
        "loss": 0.4,
        "gain_error": 0.02,
        "accuracy": 0.85,
        "recalls": (0.9, 0.65),
        "predicted_share": (0.79, 0.21),
        "spread": 0.2,
        "auc": (0.9, 0.9),
        "association": 5.0,
    }
    return Comparison(**(values | fields))


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_scikit_learn(seed):
    held = held_out(300, 0.8, prior=(0.6, 0.3, 0.1), seed=seed)
    found = compare(held, [0.6, 0.3, 0.1])
    codes, P = held.codes, held.probabilities
    assert found.loss == pytest.approx(log_loss(codes, P))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(codes, P.argmax(axis=1)))
    assert found.mean_auc == pytest.approx(np.mean([roc_auc_score(codes == k, P[:, k]) for k in range(3)]))
    prior = np.tile([0.6, 0.3, 0.1], (300, 1))
    assert found.gain == pytest.approx(log_loss(codes, prior) - log_loss(codes, P))


def test_the_gain_is_what_the_prior_loses_more_and_its_share_of_that():
    found = comparison()
    assert found.gain == pytest.approx(0.1)
    assert found.relative_gain == pytest.approx(0.2)
    assert comparison(loss=0.6).gain == pytest.approx(-0.1)
    assert comparison(loss=0.5).relative_gain == 0.0
    assert comparison(loss=0.0).relative_gain == 1.0


def test_where_the_prior_is_perfect_nothing_can_be_gained():
    assert comparison(prior_loss=0.0, loss=0.0).relative_gain == 0.0


def test_classes_without_rows_are_left_out_of_every_mean():
    found = comparison(support=(80, 0, 20), recalls=(0.9, math.nan, 0.6), auc=(0.9, math.nan, 0.8))
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert found.mean_auc == pytest.approx(0.85)
    assert found.prior_balanced_accuracy == 0.5
    assert all(map(math.isfinite, (*found.balanced_accuracy_interval(), *found.auc_interval())))


def test_intervals_of_shares_are_scipys():
    low, high = comparison().accuracy_interval()
    expected = binomtest(85, 100).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_the_interval_of_the_loss_is_two_standard_errors_of_the_gain_wide():
    low, high = comparison().loss_interval()
    assert (low, high) == pytest.approx((0.4 - CONFIDENCE_Z * 0.02, 0.4 + CONFIDENCE_Z * 0.02))


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "auc", "loss"])
def test_an_interval_holds_its_figure_and_shrinks_with_the_rows(name):
    widths = []
    for n in (100, 10_000):
        found = compare(held_out(n, 0.8), [0.5, 0.5])
        low, high = getattr(found, f"{name}_interval")()
        assert low < getattr(found, "mean_auc" if name == "auc" else name) < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 10, rel=0.25)  # a hundred times the rows


def test_predictions_that_are_no_numbers_have_no_figures_and_no_intervals():
    lost = Comparison(
        n_rows=9, in_sample=False, support=(9,), true_share=(1.0,), prior=(1.0,), prior_loss=0.0, prior_accuracy=1.0,
        is_finite=False,
    )  # fmt: skip
    assert all(map(math.isnan, (lost.loss, lost.accuracy, lost.balanced_accuracy, lost.mean_auc)))
    assert all(map(math.isnan, (*lost.auc_interval(), *lost.balanced_accuracy_interval(), *lost.accuracy_interval())))
    assert json.loads(json.dumps(lost.to_dict(), allow_nan=False))["auc_interval"] == [None, None]


def test_a_comparison_as_a_dict_has_all_its_figures_and_intervals():
    found = comparison()
    values = found.to_dict()
    assert values["gain"] == pytest.approx(0.1) and values["support"] == [80, 20]
    for name in ("loss", "accuracy", "balanced_accuracy", "auc"):
        assert values[f"{name}_interval"] == list(getattr(found, f"{name}_interval")())


@pytest.mark.parametrize(
    "value, expected",
    [
        (math.nan, None),
        (-math.inf, None),
        (0.25, 0.25),
        (True, True),
        (None, None),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.float64("nan"), None),
        ((1, (2.0, math.inf)), [1, [2.0, None]]),
        ({1: np.float64(2.0), "a": ("b",)}, {"1": 2.0, "a": ["b"]}),
        (len, "<built-in function len>"),  # a setting of the user's own: its text is all that a file can hold
    ],
)
def test_plain_values_are_what_json_can_write(value, expected):
    found = plain(value)
    assert found == expected and type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_summaries_as_dicts_are_plain_all_the_way_down():
    probe = ProbeResult(name="trees", association=1.0, p_value=0.1, loss=math.nan, auc=0.5)
    signal = SignalSummary(found=False, p_value=0.4, probes=(probe,), n_rows=9, smallest_auc=0.9)
    assert signal.to_dict()["probes"] == [
        {"name": "trees", "association": 1.0, "p_value": 0.1, "loss": None, "auc": 0.5}
    ]
    attempt = AttemptSummary(number=1, changes={"optimizer": ("adam", len)}, loss=(0.5, math.nan))
    assert attempt.to_dict()["changes"] == {"optimizer": ["adam", "<built-in function len>"]}
    assert attempt.to_dict()["loss"] == [0.5, None]
    assert "added" not in attempt.to_dict()
    assert replace(attempt, added="mixed-effects members").to_dict()["added"] == "mixed-effects members"
    column = FeatureSignal(
        name="a", test="F", statistic=math.inf, p_value=0.0, adjusted_p_value=0.0, mutual_information=0.1
    )
    assert column.to_dict()["statistic"] is None


@pytest.mark.parametrize(
    "record, name",
    [
        (comparison(), "loss"),
        (AttemptSummary(number=1), "loss"),
        (ProbeResult(name="trees", association=1.0, p_value=0.1, loss=0.5, auc=0.5), "auc"),
        (SignalSummary(found=False, p_value=0.4, probes=(), n_rows=9, smallest_auc=0.9), "found"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_record_cannot_be_written_to_and_takes_values_by_name_only(record, name):
    with pytest.raises(FrozenInstanceError):
        setattr(record, name, 0.0)
    with pytest.raises(TypeError):
        type(record)(1)


def test_what_all_members_add_is_written_where_they_add_something():
    alone = comparison().to_dict()
    assert not any("expected" in key or "averaging" in key for key in alone)
    together = replace(comparison(), averaging_gain=0.02, averaging_accuracy_gain=0.01)
    written = together.to_dict()
    assert written.keys() - alone.keys() == {
        "averaging_gain",
        "averaging_accuracy_gain",
        "expected_loss",
        "expected_accuracy",
        "expected_loss_interval",
        "expected_accuracy_interval",
    }
    assert written["expected_loss"] == pytest.approx(alone["loss"] - 0.02)
    assert written["expected_loss_interval"] == pytest.approx(list(together.expected_loss_interval()))
