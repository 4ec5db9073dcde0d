"""What is found of the causes of an invented attempt; shared by the tests of causes."""

from robust_mlp._collapse.causes import find_causes
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from tests.invented_attempts import EVEN, FLAT, attempt, constant, facts

RISING = (0.7, 0.9, 2.0, 8.0, 40.0, 90.0)
# Tables whose columns reach the network as they are: giant ones, large ones and tiny ones.
RAW = facts(badly_scaled=(1, 3), locations=(0.0, 5e4, 0.0, 1e6), scales=(1.0, 2e4, 1.0, 3.0))
LARGE = facts(badly_scaled=(1,), locations=(0.0, 30.0, 0.0, 0.0))
TINY = facts(badly_scaled=(1,), scales=(1.0, 1e-6, 1.0, 1.0))


def inputs(case=None, *, table=None, loss_prior=EVEN, **of_plan):
    """CauseInputs of a constant network under a plan, unless an attempt is given."""
    if case is None:
        case = attempt(constant(), FLAT, plan=TrainingPlan(**of_plan))
    return CauseInputs(
        judged=look(case, EVEN), facts=facts() if table is None else table, prior=EVEN, loss_prior=loss_prior
    )


def found(*args, **kwargs):
    """{code: is_certain} of all causes, in order."""
    return {cause.code: cause.is_certain for cause in find_causes(inputs(*args, **kwargs))}


def numbers(code, *args, **kwargs):
    """The numbers of the cause with that code."""
    return next(cause.numbers for cause in find_causes(inputs(*args, **kwargs)) if cause.code == code)


def broken(losses=FLAT, **kwargs):
    """An attempt of a constant network with these losses, under a plan of these settings."""
    plan = TrainingPlan(**kwargs.pop("plan", {}))
    return attempt(constant(), losses, plan=plan, **kwargs)
