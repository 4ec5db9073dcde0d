"""Numbers in text: what is one, what only looks like one, and the reading that makes it one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._data.text_numbers import MOST_CODES, are_numbers, as_number, numbers_among

VALUES = np.round(np.random.default_rng(0).uniform(1000, 99_999, size=60), 2)


def german(value):
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


STYLES = {
    "plain": (str, None),
    "blanks": (lambda v: f" {v} ", None),
    "exponent": (lambda v: f"{v:e}", None),
    "thousands": (lambda v: f"{v:,.2f}", "point"),
    "swiss": (lambda v: f"{v:,.2f}".replace(",", "'"), "point"),
    "german": (german, "comma"),
    "french": (lambda v: german(v).replace(".", "\u202f"), "comma"),
    "decimal comma": (lambda v: f"{v:.2f}".replace(".", ","), "comma"),
    "francs after": (lambda v: f"{v:,.2f} CHF", "point"),
    "francs before": (lambda v: f"CHF {v:.2f}", "point"),
    "abbreviated francs": (lambda v: f"Fr. {v:.2f}", "point"),
    "dollars": (lambda v: f"${v:,.2f}", "point"),
    "minus dollars": (lambda v: f"-${v:,.2f}", "point"),
    "accountants": (lambda v: f"({v:,.2f})", "point"),
    "minus of typesetters": (lambda v: f"\u2212{v:.2f} kg", "point"),
    "bounds": (lambda v: f"<{v:.2f}", "point"),
    "euros": (lambda v: f"{german(v)} €", "comma"),
    "percent": (lambda v: f"{v} %", "point"),
    "unit": (lambda v: f"{v} kg", "point"),
    "whole thousands": (lambda v: f"{round(v):,}", "point"),
}


@pytest.mark.parametrize("style", STYLES)
def test_each_way_of_writing_numbers_is_found_and_read_back(style):
    write, decimal = STYLES[style]
    texts = [write(value) for value in VALUES]
    found = numbers_among([*texts, "?", "n/a"], [1] * len(texts) + [3, 2])
    assert found is not None and found.decimal == decimal
    assert found.n_numbers == 60
    assert (found.number_share, found.missing_share) == pytest.approx((60 / 65, 5 / 65))
    assert "?" in found.examples and len(found.examples) == 3
    read = [as_number(text, decimal) for text in texts]
    sign = -1 if style.startswith(("minus", "accountants")) else 1
    assert found.has_other_minus == (style in ("accountants", "minus of typesetters"))
    assert_allclose(read, sign * (np.round(VALUES) if style == "whole thousands" else VALUES), rtol=1e-6)
    assert np.isnan(as_number("?", decimal)) and np.isnan(as_number("n/a", decimal))


@pytest.mark.parametrize(
    "texts",
    [
        [f"Room {i}" for i in range(60)],
        [f"A{i}" for i in range(60)],
        [f"({i}" for i in range(60)],
        [f"{i}-{i}" for i in range(60)],
        [f"{i}th Avenue" for i in range(60)],
        [f"{i} {unit}" for i, unit in enumerate(["kg", "lb", "g", "m", "km", "ft"] * 10)],
        [f"{i:05d}" for i in range(60)],
        [f"0{i}" for i in range(60)],
        [f"192.168.{i}.{i + 1}" for i in range(60)],
        [f"2024-01-{i:02d}" for i in range(1, 30)],
        [f"{i}:30" for i in range(60)],
        [f"{i}-{i + 9}" for i in range(60)],
        [f"+41 79 {i} 22 33" for i in range(100, 160)],
        ["Bern", "Zug", "?"],
        ["?", "-", "n/a"],
        ["1", "0", "?"],
        ["36 months", "60 months"],
        ["2", "3", "4", "5more"],
        [str(i) for i in range(MOST_CODES)],
        [f"{i}.5" for i in range(50)] + ["word"] * 50 + [f"word{i}" for i in range(50)],
    ],
    ids=lambda texts: texts[0],
)
def test_what_only_looks_like_numbers_is_left_alone(texts):
    texts = list(dict.fromkeys(texts))
    assert numbers_among(texts, [1] * len(texts)) is None


def test_whole_numbers_are_told_of_where_they_are_many_and_nobody_made_them_levels():
    texts = [str(i) for i in range(60)]
    assert numbers_among(texts, [1] * 60).decimal is None
    assert numbers_among(texts, [1] * 60, is_text=False) is None
    assert numbers_among([f"{i} %" for i in range(60)], [1] * 60, is_text=False).decimal == "point"
    assert numbers_among([f"{i} %" for i in range(5)], [1] * 5, is_text=False) is None
    assert numbers_among([f"{i} %" for i in range(5)], [1] * 5).decimal == "point"


def test_cells_count_and_not_texts():
    texts = ["1.5", "2.5", "3.5", "much"]
    assert numbers_among(texts, [1, 1, 1, 1]) is None
    assert numbers_among(texts, [30, 30, 30, 1]).number_share == pytest.approx(90 / 91)


@pytest.mark.parametrize("texts", [["1.5", "0x1A"], ["1.5", "1_0"], ["1.5", "infinity"], ["1.5", "01.5", "007"], []])
def test_what_python_reads_is_not_always_beyond_doubt(texts):
    assert are_numbers(texts) == (False, False)
