"""Every case, after GuardedKerasClassifier: beats the prior on held-out rows, or is told to have no signal."""

import pytest

from tests.cases import networks, settings
from tests.cases.judging import fitted, outcome

pytestmark = pytest.mark.filterwarnings(
    "ignore:You are using a softmax over axis -1:UserWarning",  # Keras itself sees the one-unit softmax
    "ignore:In loss categorical_crossentropy:SyntaxWarning",
    "ignore:A column-vector y was passed:sklearn.exceptions.DataConversionWarning",
    "ignore::robust_mlp.NoSignalWarning",
)
SEED = 0


def of(expected):
    """The cases that something is expected of."""
    return [make for make in (*networks.ALL, *settings.ALL) if make(SEED).expected == expected]


@pytest.mark.parametrize("make_case", of("beats the prior"), ids=lambda case: case.__name__)
def test_the_network_beats_the_prior_on_held_out_rows(make_case):
    case = make_case(SEED)
    clf = fitted(case, SEED)
    found = outcome(clf, case)
    assert found.beats_prior, f"{found}\n{clf.report_}"


@pytest.mark.parametrize("make_case", of("no signal"), ids=lambda case: case.__name__)
def test_nothing_to_learn_is_told_as_such(make_case):
    case = make_case(SEED)
    assert fitted(case, SEED).report_.verdict.value == "NO_SIGNAL"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("make_case", of("no alarm"), ids=lambda case: case.__name__)
def test_a_network_with_nothing_wrong_raises_no_alarm(make_case):
    case = make_case(SEED)
    clf = fitted(case, SEED)
    assert clf.report_.verdict.value == "HEALTHY" and clf.n_restarts_ == 0, str(clf.report_)
    assert clf.inspection_.errors == ()
    assert outcome(clf, case).beats_prior
