"""The documented root cause of every case is the first thing that inspect_model says."""

import pytest

from robust_mlp.inspection import inspect_model
from tests.cases import networks

pytestmark = pytest.mark.filterwarnings(
    "ignore:You are using a softmax over axis -1:UserWarning",  # Keras itself sees the one-unit softmax
    "ignore:In loss categorical_crossentropy:SyntaxWarning",
)


@pytest.mark.parametrize("make_case", networks.ALL, ids=lambda case: case.__name__)
def test_the_documented_root_cause_is_the_first_finding(make_case):
    case = make_case(seed=0)
    findings = inspect_model(case.build(), case.X, case.y)
    assert findings[0].code in case.root_causes, str(findings)


@pytest.mark.parametrize("make_case", networks.ALL, ids=lambda case: case.__name__)
def test_every_finding_has_numbers_and_a_line_to_type(make_case):
    case = make_case(seed=1)
    for finding in inspect_model(case.build(), case.X, case.y):
        assert any(sign.isdigit() for sign in finding.evidence), finding
        assert finding.fix and finding.symptom, finding
