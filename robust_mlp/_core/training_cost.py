"""What a training costs, about: estimates from shapes alone, for what is decided before anything can be measured.

The machine of these numbers has two cores. What depends on them is corrected by measurements as soon as there are any,
and a fit without a time budget depends on none of them but the first two."""

from dataclasses import dataclass
from itertools import pairwise

from robust_mlp._core.plan import TrainingPlan

# Cost of one step of a tiny network in TensorFlow; it does not depend on the size.
SECONDS_PER_STEP = 3e-4
FLOPS_PER_SECOND = 2e10
# Multiplications of a training step are two for the forward pass and four for the backward pass, for each weight.
FLOPS_OF_STEP, FLOPS_OF_PREDICTION = 6.0, 2.0
# Reading a number into all of its inputs, for each input.
SECONDS_PER_CELL = 1.5e-8
# Held-out rows are predicted twice after a training: for the temperature, and for the report.
N_LOOKS_AFTER = 2
# Temperature, ranks and decision, for each held-out row and class.
SECONDS_PER_PROBABILITY = 1e-6
# Tracing and preparing the graph of a network of a new kind.
TIME_OF_TRACING = 1.5


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """Estimates for one network of a plan.

    Attributes
    ----------
    plan : TrainingPlan
    n_inputs, n_classes : int
    """

    plan: TrainingPlan
    n_inputs: int
    n_classes: int

    @property
    def n_weights(self):
        """Weights of one member's kernels."""
        widths = (self.n_inputs, *self.plan.hidden_layer_sizes, self.n_classes)
        n_weights = sum(a * b for a, b in pairwise(widths))
        has_path = self.plan.linear_path and self.plan.hidden_layer_sizes
        return n_weights + (self.n_inputs * self.n_classes if has_path else 0)

    @property
    def seconds_per_row(self):
        """Seconds that each row takes without any training: it is encoded, and predicted where it is held out."""
        predicting = N_LOOKS_AFTER * FLOPS_OF_PREDICTION * self.n_weights / FLOPS_PER_SECOND
        return SECONDS_PER_CELL * self.n_inputs + predicting + SECONDS_PER_PROBABILITY * self.n_classes

    def seconds_of_epoch(self, n_train):
        """Seconds of an epoch of all members, each with `n_train` rows."""
        n_steps = -(-n_train // self.plan.batch_size)
        flops = FLOPS_OF_STEP * self.n_weights * n_train * self.plan.n_members
        return n_steps * SECONDS_PER_STEP + flops / FLOPS_PER_SECOND
