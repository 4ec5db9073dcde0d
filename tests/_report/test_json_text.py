"""Records as JSON text."""

import json

import pytest

from robust_mlp._report.json_text import WrittenAsJson


class Written(WrittenAsJson):
    """A record of one value."""

    def __init__(self, value):
        self.value = value

    def to_dict(self):
        return {"value": self.value}


def test_the_text_holds_the_values_of_the_dict():
    assert json.loads(Written([1, None, "ä"]).to_json()) == {"value": [1, None, "ä"]}
    assert Written(1).to_json(indent=2) == '{\n  "value": 1\n}'


def test_a_nan_that_a_record_left_in_its_dict_is_an_error_and_no_invalid_json():
    with pytest.raises(ValueError):
        Written(float("nan")).to_json()


def test_a_record_without_a_dict_has_no_text():
    with pytest.raises(NotImplementedError):
        WrittenAsJson().to_json()
