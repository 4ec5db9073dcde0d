"""What is raised and warned with: kinds that a user can filter by, and an error that brings its report along."""

import copy
import pickle
import warnings

import pytest

import robust_mlp
from robust_mlp import exceptions
from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning, OneClassWarning
from tests._report.example_reports import REPAIRED

WARNINGS = (CollapseWarning, NoSignalWarning, OneClassWarning)


def test_all_of_them_are_public_names_of_the_package():
    named = [name for name, value in vars(exceptions).items() if isinstance(value, type)]
    assert set(named) == {
        "CheckpointWarning", "CollapseError", "CollapseWarning", "DataQualityWarning", "DriftWarning", "ModelFileError",
        "NoSignalWarning", "OneClassWarning", "RepairWarning", "UnderfitWarning",
    }  # fmt: skip
    assert all(getattr(robust_mlp, name) is getattr(exceptions, name) for name in named)
    assert set(named) <= set(robust_mlp.__all__)


@pytest.mark.parametrize("kind", WARNINGS)
def test_one_kind_of_warning_can_be_silenced_and_leaves_the_others(kind):
    assert issubclass(kind, UserWarning)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", kind)
        for other in WARNINGS:
            warnings.warn("said", other, stacklevel=1)
    assert [warning.category for warning in caught] == [other for other in WARNINGS if other is not kind]


def test_the_error_says_its_message_alone_and_holds_the_report():
    error = CollapseError("The network collapsed.", REPAIRED)
    assert isinstance(error, RuntimeError)
    assert str(error) == "The network collapsed."
    assert error.report is REPAIRED


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_the_error_reaches_another_process_whole(again):
    # joblib and multiprocessing pickle what a worker raises; an exception with two arguments is easily lost there.
    other = again(CollapseError("The network collapsed.", REPAIRED))
    assert type(other) is CollapseError
    assert str(other) == "The network collapsed."
    assert other.report.to_dict() == REPAIRED.to_dict()
