"""The record of contributions: classes, pairs of classes, rows, and shap's own record."""

import builtins
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.explanation.contributions import Contributions

RNG = np.random.default_rng(0)
LOGS, BASE = RNG.normal(size=(4, 2, 3)), np.tile(RNG.normal(size=3), (4, 1))
THREE = Contributions(
    values=RNG.normal(size=(4, 2, 3)),
    base_values=np.tile(RNG.normal(size=3), (4, 1)),
    data=np.array([["a", 1.0], ["b", 2.0], [None, 3.0], ["a", np.nan]], dtype=object),
    feature_names=("town", "rooms"),
    classes=("low", "mid", "high"),
    target=(),
    method="sampled",
    n_coalitions=40,
    _log_probabilities=(LOGS, BASE),
)
TWO = replace(
    THREE,
    values=THREE.values[:, :, 0],
    base_values=THREE.base_values[:, 0],
    classes=("no", "yes"),
    target=("yes", "no"),
    _log_probabilities=None,
)


def test_a_class_against_all_others():
    one = THREE.for_class("mid")
    assert_array_equal(one.values, THREE.values[:, :, 1])
    assert_array_equal(one.base_values, THREE.base_values[:, 1])
    assert one.target_text == "'mid' against all others"


def test_a_class_against_another_is_the_difference_of_log_probabilities():
    pair = THREE.against("high", "low")
    assert_allclose(pair.values, LOGS[:, :, 2] - LOGS[:, :, 0])
    assert_allclose(pair.base_values, BASE[:, 2] - BASE[:, 0])
    assert pair.target_text == "'high' against 'low'"
    assert_allclose(THREE.against("low", "high").values, -pair.values)
    assert_allclose(THREE[1:3].against("high", "low").values, pair.values[1:3])


def test_two_classes_speak_for_one_what_they_speak_against_the_other():
    assert_array_equal(TWO.for_class("yes").values, TWO.values)
    assert_array_equal(TWO.for_class("no").values, -TWO.values)
    assert_array_equal(TWO.against("no", "yes").base_values, -TWO.base_values)
    assert_array_equal(TWO.against("no", "yes").for_class("yes").values, TWO.values)


def test_labels_that_do_not_exist():
    with pytest.raises(ValueError) as error:
        THREE.for_class("hihg")
    assert str(error.value) == "'hihg' is not one of the classes 'low', 'mid', 'high'. Did you mean 'high'?"
    with pytest.raises(ValueError, match="label and other are both 'low'"):
        THREE.against("low", "low")
    with pytest.raises(ValueError, match="log-odds of 'low' against all others already"):
        THREE.for_class("low").for_class("mid")
    with pytest.raises(ValueError, match="True is not one of the classes"):
        replace(TWO, classes=(0, 1), target=(1, 0)).for_class(True)


@pytest.mark.parametrize("rows", [1, slice(1, 2), [1], np.array([False, True, False, False])])
def test_rows_can_be_chosen(rows):
    chosen = THREE[rows]
    assert len(chosen) == 1
    assert_array_equal(chosen.values, THREE.values[1:2])
    assert chosen.data.tolist() == [["b", 2.0]]


def contributions_of(evidence):
    """The contributions of a RowEvidence by name."""
    return {one.name: one.contribution for one in evidence.columns}


@pytest.mark.parametrize("row", [0, 3, -1])
def test_the_evidence_of_a_row_is_for_its_most_probable_class_and_against_the_next(row):
    scores = BASE[row] + LOGS[row].sum(axis=0)
    best, second = np.argsort(-scores)[:2]
    found = THREE.evidence(row)
    assert (found.for_class, found.against) == (THREE.classes[best], THREE.classes[second])
    assert found.log_odds == pytest.approx(scores[best] - scores[second])
    assert contributions_of(found) == pytest.approx(
        dict(zip(THREE.feature_names, LOGS[row, :, best] - LOGS[row, :, second], strict=True))
    )


def test_the_predicted_class_can_be_another_than_the_most_probable_one():
    order = [THREE.classes[k] for k in np.argsort(-(BASE + LOGS.sum(axis=1)), axis=1)[2]]
    found = replace(THREE, predicted=("low", "low", order[2], "low"))
    assert (found.evidence(2).for_class, found.evidence(2).against) == (order[2], order[0])
    assert found[[2]].evidence(0) == found.evidence(2)
    assert found[np.array([False, False, True, False])].predicted == (order[2],)


def test_the_evidence_can_be_asked_for_two_classes():
    found = THREE.evidence(1, "high", "low")
    assert (found.for_class, found.against) == ("high", "low")
    assert contributions_of(found)["rooms"] == pytest.approx(LOGS[1, 1, 2] - LOGS[1, 1, 0])
    best = THREE.evidence(1).for_class
    assert THREE.evidence(1, against=best).for_class == THREE.evidence(1).against
    assert THREE.for_class("mid").evidence(1).against is None
    assert THREE.against("mid", "low").evidence(1).against == "low"
    with pytest.raises(ValueError, match="already"):
        THREE.for_class("mid").evidence(1, "low")
    with pytest.raises(ValueError, match="Did you mean 'high'"):
        THREE.evidence(1, "hgih")


def test_the_evidence_of_two_classes_has_the_sign_of_its_class():
    total = TWO.base_values[0] + TWO.values[0].sum()
    found = TWO.evidence(0)
    assert found.for_class == ("yes" if total > 0 else "no")
    assert found.log_odds == pytest.approx(abs(total))
    assert TWO.evidence(0, "no").log_odds == pytest.approx(-total)
    assert TWO.against("no", "yes").evidence(0) == found


@pytest.mark.parametrize("row", [4, -5, True, None, "0", 1.0])
def test_the_evidence_of_a_row_that_does_not_exist(row):
    with pytest.raises(ValueError) as error:
        THREE.evidence(row)
    assert str(error.value) == f"row={row!r} is not one of the 4 rows. Pass an int from 0 to 3."


def test_the_evidence_of_all_rows_is_a_dict():
    values = THREE.to_dict()
    assert (values["method"], values["n_coalitions"], len(values["rows"])) == ("sampled", 40, 4)
    assert values["rows"][2] == THREE.evidence(2).to_dict()


def test_mean_sizes_and_text():
    assert_allclose(TWO.mean_sizes(), np.abs(TWO.values).mean(axis=0))
    lines = str(TWO).splitlines()
    assert lines[0] == "Contributions to the log-odds of 'yes' against 'no' (nats): 4 rows, 2 columns, sampled"
    assert len(lines) == 3 and "mean size" in lines[1]
    assert "each class against all others" in str(THREE)


def test_shap_gets_numbers_for_colours_and_the_users_own_values():
    pytest.importorskip("shap")
    explanation = THREE.to_shap()
    assert_array_equal(explanation.values, THREE.values)
    assert_array_equal(explanation.data, [[0, 1], [1, 2], [np.nan, 3], [0, np.nan]])
    assert explanation.display_data[1, 0] == "b"
    assert explanation.feature_names == ["town", "rooms"]
    assert explanation.output_names == ["low", "mid", "high"]
    assert TWO.to_shap().values.shape == (4, 2)


@pytest.mark.parametrize("name", ["beeswarm", "waterfall", "bar", "force", "scatter"])
def test_shaps_figures_show_mixed_columns(name):
    plots = pytest.importorskip("shap").plots
    day = pd.Timestamp("2024-05-01")
    data = np.array([["a", 1.0, True, day], ["b", 2.0, False, None], [None, 3.0, True, day], ["a", np.nan, None, day]])
    mixed = replace(
        TWO, values=RNG.normal(size=(4, 4)), data=data, feature_names=("town", "rooms", "open", "sold")
    ).to_shap()
    assert mixed.display_data[0].tolist() == ["a", 1.0, "True", "2024-05-01"]
    if name in ("waterfall", "force"):
        getattr(plots, name)(mixed[0], show=False, **({"matplotlib": True} if name == "force" else {}))
    else:
        getattr(plots, name)(mixed[:, "rooms"] if name == "scatter" else mixed, show=False)
    if name == "scatter":  # where its ticks are depends on chance, and asking for them may warn
        texts = " ".join(text for ax in plt.gcf().axes for text in (ax.get_xlabel(), ax.get_ylabel()))
    else:
        texts = " ".join(text.get_text() for text in plt.gcf().findobj(plt.Text))
    assert "rooms" in texts
    plt.close("all")


def test_without_shap_the_pip_command_is_said(monkeypatch):
    real = builtins.__import__

    def without_shap(name, *arguments, **settings):
        if name == "shap":
            raise ImportError("No module named 'shap'")
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without_shap)
    with pytest.raises(ImportError, match=r"to_shap needs shap. Install it: pip install 'robust-mlp\[shap\]'"):
        TWO.to_shap()
