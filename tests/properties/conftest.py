"""How long Hypothesis looks: a few examples in `make test`, thousands in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

# A fit takes longer than Hypothesis allows an example, and the first one loads TensorFlow.
_SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

# The quick profile draws the same examples in every run, so that a change is to blame where one fails.
settings.register_profile("quick", max_examples=40, stateful_step_count=8, derandomize=True, **_SLOW)
settings.register_profile(
    "long",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "3000")),
    stateful_step_count=12,
    print_blob=True,
    **_SLOW,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
