"""The pages that the package writes, in headless Chromium: as a reader sees them, on a telephone and in the dark.

`.ci/run` sets ROBUST_MLP_BROWSER=required. Elsewhere the tests are skipped where Chromium is not installed."""

import os
import sys
import warnings
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.naive_bayes import GaussianNB

from robust_mlp import RobustMLPClassifier, compare_imbalance, diagnose, explain
from robust_mlp._report.style import page_around
from tests._report.example_reports import REPAIRED, report

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from browser import (
    SCHEMES,
    WIDTHS,
    accessibility_findings,
    chromium,
    commonest_colour,
    contrast,
    luminance,
    measure,
    opened_browser,
)

PAGES = ("report", "repaired_report", "diagnosis", "comparison", "explanation", "findings")
# Darker than that is a dark ground, lighter is a light one: halfway to the eye (CIE L* of 50).
MIDDLE_LUMINANCE = 0.18


def write_pages(folder):
    """Each of `PAGES` as a file of the folder."""
    report().to_html(folder / "report.html")
    REPAIRED.to_html(folder / "repaired_report.html")
    X, y = load_breast_cancer(return_X_y=True)
    diagnosis = diagnose(GaussianNB().fit(X[:300], y[:300]), X[300:], y[300:])
    diagnosis.to_html(folder / "diagnosis.html")
    assert len(diagnosis.findings)
    findings = page_around("Findings", f"<h1>Findings</h1>{diagnosis.findings._repr_html_()}")
    (folder / "findings.html").write_text(findings, encoding="utf-8")
    clf = RobustMLPClassifier((8,), n_members=2, max_iter=10, random_state=0)
    X, y = make_classification(300, weights=[0.85], random_state=0)
    options = ["none", "decision='balanced'", "class_weight='balanced', corrected"]
    compare_imbalance(clf, X, y, cv=2, options=options).to_html(folder / "comparison.html")
    X, y = load_iris(return_X_y=True, as_frame=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ten epochs are few
        explain(clf.fit(X, y), X, y, random_state=0).to_html(folder / "explanation.html")


@pytest.fixture(scope="module")
def browser():
    if chromium() is None:
        message = "Chromium is not installed. Type: apt-get install chromium"
        if os.environ.get("ROBUST_MLP_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pages")
    write_pages(made)
    return made


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_the_window_and_can_be_read(name, width, scheme, browser, folder):
    seen = measure(browser, folder / f"{name}.html", width=width, scheme=scheme)
    assert seen.errors == ()
    assert seen.too_wide == ()
    assert (luminance(seen.ground) < MIDDLE_LUMINANCE) == (scheme == "dark"), seen.ground
    assert seen.pale_text == ()


@pytest.mark.parametrize("width, scheme", [(390, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(name, width, scheme, browser, folder):
    assert accessibility_findings(browser, folder / f"{name}.html", width=width, scheme=scheme) == []


BAD = """<!DOCTYPE html><html><head><title>x</title></head><body style="background: white">
<p style="color: #ccc">pale</p><div style="width: 2000px">wide</div><img src="nowhere.png">
<svg width="50" height="20"><text y="15" fill="#eee">svg</text></svg>
<script>console.error("wrong")</script></body></html>"""


def test_a_bad_page_is_noticed(browser, tmp_path):
    (tmp_path / "bad.html").write_text(BAD, encoding="utf-8")
    seen = measure(browser, tmp_path / "bad.html", width=390)
    assert "wrong" in seen.errors
    assert any(one.startswith("the page") for one in seen.too_wide) and any(
        one.startswith("div") for one in seen.too_wide
    )
    assert [one.split(":")[0] for one in seen.pale_text] == ["'pale'", "'svg'"]
    assert commonest_colour(seen.picture) == seen.ground == (255, 255, 255)
    found = " ".join(accessibility_findings(browser, tmp_path / "bad.html"))
    assert "image-alt" in found and "html-has-lang" in found and "color-contrast" in found


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((255, 255, 255), (255, 255, 255), 1.0),
        ((119, 119, 119), (255, 255, 255), 4.48),
    ],
)
def test_contrast_is_that_of_the_web_guidelines(one, other, expected):
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)
    assert contrast(other, one) == contrast(one, other)
