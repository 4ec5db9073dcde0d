"""Dates in text: every format found again, and nothing else taken for one."""

import datetime

import pytest

from robust_mlp._data.text_dates import FORMATS, format_of_dates

START = datetime.datetime(2021, 1, 25, 13, 45, 30, 250_000, tzinfo=datetime.UTC)
TIMES = [START + datetime.timedelta(days=37 * i, hours=i) for i in range(40)]


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_found_again(form):
    texts = list(dict.fromkeys(time.strftime(form) for time in TIMES))
    found, share = format_of_dates(texts)
    assert share == 1.0
    for text, time in zip(texts, TIMES, strict=False):
        assert datetime.datetime.strptime(text, found).strftime(form) == time.strftime(form)


def test_a_few_other_words_do_not_hide_dates():
    texts = [time.strftime("%d.%m.%Y") for time in TIMES]
    assert format_of_dates([*texts, "unknown", "soon"]) == ("%d.%m.%Y", pytest.approx(40 / 42))
    assert format_of_dates([*texts, *["soon"] * 10]) is None


@pytest.mark.parametrize(
    "texts",
    [
        ["Bern", "Chur", "Zug", "Genf", "Basel"],
        ["192.168.1.1", "10.0.0.1", "10.0.0.2", "10.0.0.3", "8.8.8.8"],
        [f"img_2024-01-{i:02d}.png" for i in range(1, 20)],
        ["3.14", "2.71", "1.41", "1.73", "0.57"],
        ["2024-01-01", "2024-02-01"],
        [f"{i:04d}-{i:02d}" for i in range(20, 60)],
    ],
)
def test_other_texts_are_no_dates(texts):
    assert format_of_dates(texts) is None
