"""What predictions look like as a table, and which columns are read for them."""

from types import SimpleNamespace

import numpy as np
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._predicted import identifier_of, predictions_of, wanted_columns

MODEL = SimpleNamespace(
    kinds={"x": "number", "town": "category"},
    target="label",
    identifier="number",
    classifier=SimpleNamespace(classes_=np.array(["no", "yes"])),
)


def test_the_columns_of_the_model_are_read_and_categories_as_text():
    columns = wanted_columns(MODEL, SimpleNamespace(id_column=None))
    assert columns.wanted(["z", "x", "label", "town", "number"]) == ["x", "label", "town", "number"]
    assert columns.as_text == {"town", "label"}
    assert wanted_columns(MODEL, SimpleNamespace(id_column="x")).identifier is None


def test_a_row_has_its_name_its_class_and_the_probability_of_every_class():
    table = predictions_of(MODEL.classifier, np.array([[0.25, 0.75]]), np.array(["yes"]), None)
    assert table.to_dict("list") == {"predicted_class": ["yes"], "probability_no": [0.25], "probability_yes": [0.75]}


def test_a_name_that_the_predictions_have_themselves_is_refused():
    table = SimpleNamespace(frame=SimpleNamespace(columns=["probability_no"]))
    with pytest.raises(InputError, match="'probability_no' is a column that the predictions have themselves"):
        identifier_of(MODEL, table, SimpleNamespace(id_column="probability_no"))
