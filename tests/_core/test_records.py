"""Records: frozen, and an epoch is finite only where every loss that was measured is."""

import math
from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest

from robust_mlp._core import records
from robust_mlp._core.records import EpochRecord, Finding, HeldOut, ProbeSource, Verdict
from tests.invented_attempts import attempt, facts, held_out, layer

RECORDS = [value for value in vars(records).values() if is_dataclass(value) and value.__module__ == records.__name__]


@pytest.mark.parametrize(
    "loss, validation_loss, is_finite",
    [
        (0.5, None, True),  # no row was held out
        (0.5, 0.6, True),
        (math.nan, None, False),
        (math.inf, 0.6, False),
        (0.5, math.nan, False),
        (0.5, -math.inf, False),
    ],
)
def test_an_epoch_is_finite_where_every_loss_that_was_measured_is(loss, validation_loss, is_finite):
    epoch = EpochRecord(epoch=1, loss=loss, learning_rate=1e-3, validation_loss=validation_loss)
    assert epoch.is_finite is is_finite


def test_the_held_out_loss_is_watched_where_there_is_one():
    assert EpochRecord(epoch=1, loss=0.5, learning_rate=1e-3, validation_loss=0.0).watched_loss == 0.0
    assert EpochRecord(epoch=1, loss=0.5, learning_rate=1e-3).watched_loss == 0.5


def test_there_is_one_verdict_for_each_end_of_a_fit():
    assert [verdict.value for verdict in Verdict] == [
        "HEALTHY", "REPAIRED", "UNDERFIT", "NO_SIGNAL", "COLLAPSED", "UNCHECKED",
    ]  # fmt: skip
    assert all(verdict.name == verdict.value for verdict in Verdict)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_takes_its_values_by_name_only(record):
    assert all(field.kw_only for field in fields(record))
    with pytest.raises(TypeError):
        record(1)


@pytest.mark.parametrize(
    "record, name",
    [
        (EpochRecord(epoch=1, loss=0.5, learning_rate=1e-3), "loss"),
        (layer(), "n_units"),
        (held_out(), "codes"),
        (attempt(), "network"),
        (facts(), "n_rows"),
        (Finding(symptom="", cause="", evidence="", fix=""), "code"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_record_cannot_be_written_to(record, name):
    with pytest.raises(FrozenInstanceError):
        setattr(record, name, None)


def test_values_are_equal_and_arrays_are_not_compared():
    assert EpochRecord(epoch=1, loss=0.5, learning_rate=1e-3) == EpochRecord(epoch=1, loss=0.5, learning_rate=1e-3)
    one, two = (HeldOut(codes=np.zeros(3), probabilities=np.ones((3, 1)), weights=np.ones(3)) for _ in range(2))
    assert one != two  # comparing arrays has no one answer: such records are equal to themselves only
    assert one == one


def test_what_is_not_said_of_a_table_is_that_nothing_was_found():
    bare = facts()
    for name in ("badly_scaled", "constant", "duplicate", "identifier_like", "missing", "mostly_missing"):
        assert getattr(bare, name) == ()
    assert (bare.conflicting_share, bare.accuracy_ceiling, bare.loss_floor) == (0.0, 1.0, 0.0)
    assert bare.probe_source is None and bare.label_order is None and bare.neighbour_agreement is None


def test_the_network_and_the_callables_are_left_out_of_what_is_printed():
    # An attempt is printed by a failing test or a debugger: a network's text may be long, and asks Keras for it.
    assert "network" not in repr(attempt())
    assert "probe_source" not in repr(facts(probe_source=lambda: None))


def test_whoever_makes_a_table_for_the_probe_says_all_of_it():
    assert all(field.default is MISSING and field.default_factory is MISSING for field in fields(ProbeSource))
