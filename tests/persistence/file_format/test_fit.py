"""Codecs of records know every field of their record, so that a new field cannot be forgotten."""

from dataclasses import fields

import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.persistence.file_format import fit, network, stream, table, units
from robust_mlp.persistence.file_format.arrays import ArraysOut
from robust_mlp.persistence.file_format.codecs import Record
from robust_mlp.persistence.file_format.places import Place
from tests._report.example_reports import REPAIRED

RECORDS = {
    record.kind.__name__: record
    for module in (fit, network, stream, table, units)
    for record in [*vars(module).values(), *table._READERS.values()]
    if isinstance(record, Record)
}


def test_every_record_is_found():
    assert set(RECORDS) == {
        "TrainingPlan", "Decision", "Finding", "AttemptSummary", "Comparison", "ProbeResult", "SignalSummary",
        "FeatureSignal", "TrainingReport", "NetworkWeights", "RadialUnits", "Ranges", "DateReader", "DurationReader",
        "LargeIntegerReader", "TableSummary", "ColumnRise", "Moments", "OptimizerState", "EffectUnits",
    }  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_a_codec_knows_every_field(name):
    record = RECORDS[name]
    assert set(record.codecs) == {field.name for field in fields(record.kind)}


def through_a_file(codec, value):
    arrays = ArraysOut()
    return codec.read(codec.write(value, Place() / "x", arrays), Place() / "x", None)


def test_a_report_comes_back():
    again = through_a_file(fit.REPORT, REPAIRED)
    assert again.to_dict() == REPAIRED.to_dict()
    assert type(again.verdict) is type(REPAIRED.verdict)
    assert str(again) == str(REPAIRED)


def test_a_plan_comes_back():
    plan = TrainingPlan(hidden_layer_sizes=(3, 4), max_norm=2.5, learning_rate_schedule="cosine", clip_norm=1)
    assert through_a_file(fit.PLAN, plan) == plan


def test_a_setting_in_a_report_that_cannot_be_written_becomes_its_text():
    changes = {"optimizer": (object, "adam"), "max_iter": (1, 5), "hidden_layer_sizes": ((64,), (8, 8))}
    again = through_a_file(fit.CHANGES, changes)
    assert again == {**changes, "optimizer": ("<class 'object'>", "adam")}
