"""Parameters in a model file: all that cannot be written is named, and only what can be missing is left out."""

import numpy as np
import pytest

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.parameters import names_left_out, write_parameters


def test_values_are_written_and_left_out_ones_are_not_looked_at():
    written = write_parameters({"a": 1, "b": (0.5, "x"), "code": print}, leave_out=["code"])
    assert written == {"a": 1, "b": {"type": "tuple", "items": [0.5, "x"]}}


def test_everything_that_cannot_be_written_is_named_at_once():
    with pytest.raises(ModelFileError) as caught:
        write_parameters({"scoring": print, "a": 1, "callbacks": [np.sum]})
    text = str(caught.value)
    assert "scoring holds " in text and "callbacks holds " in text and "a holds" not in text
    assert "Pass leave_out=['callbacks', 'scoring'] to write the classifier without" in text


@pytest.mark.parametrize("leave_out, expected", [((), set()), (["a", "b"], {"a", "b"}), (("a", "a"), {"a"})])
def test_names_that_can_be_missing_are_left_out(leave_out, expected):
    assert names_left_out(leave_out, {"a": 1, "b": 2, "c": 3}, {"c"}) == expected


@pytest.mark.parametrize(
    "leave_out, kind, message",
    [
        ("a", TypeError, r"^leave_out='a' is a text\. Pass a list of names: \['a'\]\.$"),
        (["x"], ValueError, r"^leave_out names 'x', which this classifier does not have\.$"),
        (["a", "c"], ValueError, r"^leave_out names 'c', without which the classifier cannot predict or go on\.$"),
    ],
)
def test_other_names_are_refused(leave_out, kind, message):
    with pytest.raises(kind, match=message):
        names_left_out(leave_out, {"a", "b", "c"}, {"c"})
