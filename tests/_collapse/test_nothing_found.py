"""Why nothing was found: each reason in its turn, and none that there is no time to look for."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.nothing_found import SEARCH, can_rule_out_signal, cause_of_nothing
from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._core.records import ColumnFinding, NeighbourAgreement
from robust_mlp._report import SignalSummary
from tests.invented_attempts import facts

SUMMARY = SignalSummary(found=False, p_value=0.3, probes=(), n_rows=200, smallest_auc=0.6)
NEIGHBOURS = NeighbourAgreement(n_rows=200, agreement=0.5, chance=0.5, standard_error=0.03)
TEXT = ColumnFinding(code="numbers_in_text", name="price", label="price", share=0.98)


def cause(table, deadline=NO_DEADLINE):
    return cause_of_nothing(table, SUMMARY, seed=0, deadline=deadline)


def test_columns_that_were_not_read_come_first():
    assert cause(facts(findings=(TEXT,))).code == "unread_columns"


@pytest.mark.parametrize("table", [None, facts()])
def test_without_a_table_to_search_the_features_say_nothing(table):
    found = cause(table)
    assert (found.code, found.can_repair) == ("no_signal", False)
    assert found.numbers == {"n_rows": 200, "p_value": 0.3, "smallest_auc": 0.6, "neighbours": None}


def test_neighbours_are_asked_while_there_is_time():
    table = facts(neighbour_agreement=lambda: NEIGHBOURS)
    assert cause(table).numbers["neighbours"] is NEIGHBOURS
    late = Deadline(1.0, iter(range(100)).__next__)
    assert cause(table, late).numbers["neighbours"] is None


def test_no_rows_are_moved_without_time_for_it():
    deadline = Deadline(1.0, iter(range(100)).__next__)
    assert cause(facts(probe_source=lambda: 1 / 0), deadline).code == "no_signal"
    assert deadline.left_out == (SEARCH,)


@pytest.mark.parametrize(
    "smallest_auc, p_value, expected",
    [
        (0.7, 0.03, True),  # any signal worth the name would have been found
        (0.8, 0.03, False),  # 40 positives, say: a hint is more than nothing
        (0.8, 0.3, True),
        (0.9, 0.9, False),  # too few rows to say anything
    ],
)
def test_nothing_is_said_only_where_something_would_have_been_found(smallest_auc, p_value, expected):
    summary = replace(SUMMARY, smallest_auc=smallest_auc, p_value=p_value)
    assert can_rule_out_signal(summary) is expected
