"""The page of a comparison: all figures, well-formed, escaped, and alone."""

from xml.etree import ElementTree

import numpy as np
import pytest

from robust_mlp import ModelComparison


@pytest.fixture
def comparison():
    losses = np.array([[0.2, 0.4], [0.5, 0.7]])
    return ModelComparison(
        names=("<b>bold</b>", "b & c"),
        fold_scores=dict.fromkeys(("log_loss", "roc_auc", "accuracy", "balanced_accuracy", "seconds"), losses),
        verdicts={"b & c": ("HEALTHY", "REPAIRED")},
        sentences=("Lowest log loss: <b>bold</b> (0.3000).",),
        n_rows=40,
        class_shares=np.array([0.75, 0.25]),
    )


def test_the_fragment_holds_every_figure_and_sentence_and_is_well_formed(comparison):
    fragment = comparison._repr_html_()
    tree = ElementTree.fromstring(f"<all>{fragment}</all>")
    text = "".join(tree.itertext())
    for shown in ("<b>bold</b>", "b & c", "0.3000", "0.6000", "0.2000", "0.7000", "fold 2", "1 HEALTHY, 1 REPAIRED"):
        assert shown in text
    assert [cell.get("scope") for cell in tree.iter("th")].count("row") == 4
    bars = [element.get("style") for element in tree.iter("span") if element.get("class") == "bar"]
    assert bars == ["width:5.00em", "width:10.00em"]


def test_the_page_needs_nothing_else(comparison, tmp_path):
    comparison.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert comparison._repr_html_() in page
    assert "<script" not in page and "http" not in page and "src=" not in page
