"""The parts of a report: figures that follow from their fields, and plain values for JSON."""

from robust_mlp._collapse.symptoms.against_prior import compare
from tests.invented_attempts import held_out


def test_the_interval_of_the_log_loss_is_not_below_zero():
    perfect = held_out(20, 9.0)
    low, _ = compare(perfect, [0.5, 0.5]).loss_interval()
    assert low == 0.0
