"""The comparison as a page: well formed, on its own, escaped, and with the best answer of each column marked."""

import re

import numpy as np
import pytest

from robust_mlp.compare import ImbalanceComparison
from robust_mlp.compare._html import as_fragment
from robust_mlp.compare._metrics import METRICS, MOST_SHARES, best_place
from tests._report.html_parsing import parsed


def comparison(n_answers=3, n_folds=2, n_classes=2, name="answer", missing=()):
    """Scores that grow from answer to answer, from 0.1; NaN at the places (answer, fold) of `missing`."""
    scores = 0.1 * np.arange(1, n_answers + 1)[:, None] + 0.01 * np.arange(n_folds)
    for place in missing:
        scores[place] = np.nan
    return ImbalanceComparison(
        names=tuple(f"{name} {i}" for i in range(n_answers)),
        parameters=tuple({"class_weight": i} for i in range(n_answers)),
        fold_scores={metric: scores.copy() for metric in METRICS},
        advice=("For ranking: <this> one.",),
        class_shares=np.full(n_classes, 1 / n_classes),
    )


def test_the_page_is_one_well_formed_file_that_needs_no_other(tmp_path):
    comparison().to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = parsed(text)
    assert text.startswith("<!DOCTYPE html>") and page.seen[:2] == ["html", "head"]
    assert not {"script", "link", "img"} & set(page.seen)
    assert page.seen.count("svg") == len(METRICS)
    assert all(f"answer {i}" in page.texts for i in range(3))


def test_a_notebook_shows_the_same():
    assert comparison()._repr_html_() == as_fragment(comparison())


def test_the_best_answer_of_each_metric_is_marked():
    marked = re.findall(r"<strong>([\d.]+)&nbsp;\*</strong>", as_fragment(comparison()))
    assert marked == ["0.3050" if about.is_gain else "0.1050" for about in METRICS.values()]


@pytest.mark.parametrize("metric, expected", [("log_loss", 1), ("g_mean", 0)])
def test_best_is_more_of_a_gain_and_less_of_a_loss(metric, expected):
    assert best_place(np.array([0.9, 0.2]), metric) == expected


def test_names_and_advice_are_escaped():
    fragment = as_fragment(comparison(name="<b>&"))
    assert "<b>" not in fragment and "&lt;b&gt;&amp; 0" in fragment
    assert "For ranking: &lt;this&gt; one." in fragment


def test_each_fold_and_each_mean_is_a_circle_unless_it_is_no_number():
    per_chart = 3 * 2 + 3
    assert as_fragment(comparison()).count("<circle") == per_chart * len(METRICS)
    assert as_fragment(comparison(missing=[(0, 1)])).count("<circle") == (per_chart - 1) * len(METRICS)


def test_circles_lie_inside_the_chart_also_if_all_scores_are_equal():
    one = comparison(n_answers=1, n_folds=1)
    places = [float(x) for x in re.findall(r'cx="([\d.-]+)"', as_fragment(one))]
    assert places and all(abs(x - 175) < 1 for x in places)  # in the middle
    several = [float(x) for x in re.findall(r'cx="([\d.-]+)"', as_fragment(comparison(5, 4)))]
    assert all(8 <= x <= 342 for x in several)


@pytest.mark.parametrize("n_classes, is_cut", [(MOST_SHARES, False), (MOST_SHARES + 1, True)])
def test_few_class_shares_are_told(n_classes, is_cut):
    assert (", ..." in as_fragment(comparison(n_classes=n_classes))) is is_cut
