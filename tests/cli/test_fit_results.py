"""What a fit ends in: its report in place of warnings, an exit code, and files."""

import warnings
from types import SimpleNamespace

import pytest

from robust_mlp._core.records import Verdict
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._fit_results import EXIT_COLLAPSED, EXIT_OK, exit_code, sizes, trained
from robust_mlp.exceptions import CollapseError, CollapseWarning


def fitted(stop_reason="max_iter"):
    report = SimpleNamespace(attempts=[SimpleNamespace(stop_reason=stop_reason)], verdict=Verdict.HEALTHY)
    return SimpleNamespace(report_=report)


def test_warnings_that_the_report_repeats_are_left_out_and_others_are_not():
    clf = fitted()
    report, is_fitted = trained(clf, lambda: warnings.warn("collapsed", CollapseWarning, stacklevel=1), "'t'")
    assert report is clf.report_ and is_fitted
    with pytest.warns(UserWarning, match="something else"):
        trained(clf, lambda: warnings.warn("something else", UserWarning, stacklevel=1), "'t'")


def test_errors_of_the_fit_are_values_or_mistakes_of_the_user():
    report = fitted().report_

    def collapse():
        raise CollapseError("collapsed", report)

    def refuse():
        raise ValueError("too few\nrows")

    assert trained(SimpleNamespace(), collapse, "'t'") == (report, False)
    with pytest.raises(InputError, match=r"^'t': too few rows\.$"):
        trained(fitted(), refuse, "'t'")


def test_a_training_that_was_interrupted_is_no_result():
    with pytest.raises(KeyboardInterrupt):
        trained(fitted("interrupted"), lambda: None, "'t'")


@pytest.mark.parametrize(
    ("verdict", "is_fitted", "code"),
    [
        (Verdict.HEALTHY, True, EXIT_OK),
        (Verdict.NO_SIGNAL, True, EXIT_OK),
        (Verdict.COLLAPSED, True, EXIT_COLLAPSED),
        (Verdict.UNDERFIT, False, EXIT_COLLAPSED),
    ],
)
def test_the_exit_code_says_whether_there_is_a_network_that_learned(verdict, is_fitted, code):
    assert exit_code(SimpleNamespace(verdict=verdict), is_fitted=is_fitted) == code


def test_sizes_are_told_in_one_line():
    said = sizes({"a": "number", "b": "category"}, 1200, 300)
    assert said == "Training on 1,200 rows of 1 number and 1 category columns; 300 rows kept aside."
