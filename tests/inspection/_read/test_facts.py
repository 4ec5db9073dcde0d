"""Facts are records that cannot be changed, and what follows from them is right for every kind."""

from dataclasses import FrozenInstanceError, fields

import pytest

from robust_mlp.inspection._read import facts
from robust_mlp.inspection._read.facts import ColumnFacts, HeadFacts, LabelFacts, LayerFacts, LossFacts, MeasuredFacts


def labels(kind, smallest=0.0):
    return LabelFacts(kind=kind, n_rows=10, is_column=False, width=1, n_classes=3, smallest=smallest, largest=2.0)


@pytest.mark.parametrize(
    "kind, is_exclusive",
    [
        ("codes", True),
        ("one_hot", True),
        ("shares", True),
        ("strings", True),
        ("scaled", True),
        ("multilabel", False),
        ("probabilities", False),
        ("continuous", False),
    ],
)
def test_a_row_belongs_to_one_class_by_the_kind_of_its_labels(kind, is_exclusive):
    assert labels(kind).is_exclusive is is_exclusive
    assert kind in LabelFacts.__doc__


@pytest.mark.parametrize(
    "chain, activation", [((), "linear"), (("softmax",), "softmax"), (("relu", "softmax"), "softmax")]
)
def test_the_last_activation_counts(chain, activation):
    assert HeadFacts(units=2, chain=chain).activation == activation


@pytest.mark.parametrize(
    "record",
    [
        labels("codes"),
        HeadFacts(units=1),
        LossFacts(name="mse", family="regression"),
        LayerFacts(name="a", kind="Dense"),
        ColumnFacts(n_columns=3),
        MeasuredFacts(n_rows=1, n_bad_outputs=0, n_outputs=1, spread=0.0, scale=1.0, row_coupling=0.0),
    ],
    ids=lambda record: type(record).__name__,
)
def test_records_are_frozen_compared_by_value_and_made_by_name(record):
    name = fields(record)[0].name
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        setattr(record, name, None)
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    assert type(record)(**values) == record
    with pytest.raises(TypeError):
        type(record)(*values.values())


def test_nothing_is_known_of_a_network_that_nobody_measured():
    measured = MeasuredFacts(n_rows=1, n_bad_outputs=0, n_outputs=1, spread=0.0, scale=1.0, row_coupling=0.0)
    unknown = [name for name in ("loss", "prior_loss", "gradient_norm", "update_ratio", "trial_loss", "training_loss")]
    assert [getattr(measured, name) for name in unknown] == [None] * len(unknown)
    assert facts.ColumnFacts(n_columns=3).not_finite == ()
