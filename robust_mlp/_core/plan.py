"""TrainingPlan: all that defines one training, save the data and the seeds.

A plan is frozen: a repair makes another plan with `dataclasses.replace`."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

# What `learning_rate_schedule='auto'` decides, and what it decides by.
_WITH_THE_SCHEDULE = {"learning_rate_schedule", "max_iter", "batch_size"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingPlan:
    """One training of one network, every 'auto' resolved.

    Field names are the estimator's parameter names where a parameter exists; the last block has no
    parameter and is only ever changed by a repair.
    """

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "relu"
    dropout: float = 0.0
    input_dropout: float = 0.0
    batch_norm: bool = False
    max_norm: float | None = None
    linear_path: bool = False  # a product from the inputs straight to the logits, beside the hidden layers
    n_members: int = 1
    optimizer: Any = "adam"  # a Keras optimizer's name, or an optimizer to copy the settings of
    learning_rate: float = 1e-3
    learning_rate_schedule: str | Callable[[float], float] | None = None
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    batch_size: int = 256
    max_iter: int = 200  # epochs
    shuffle: bool = True
    early_stopping: bool = True
    n_iter_no_change: int = 10
    tol: float = 1e-4
    scale: str | None = "standard"
    numerical_embedding: str | None = None

    embedding_once_scaled: str | None = None  # `numerical_embedding` where a repair scales what was not scaled
    has_auto_schedule: bool = False  # schedule and epochs are those of `learning_rate_schedule='auto'` for the batches
    kernel_initializer: str = "auto"  # by activation: He for rectifiers, LeCun for selu, else Glorot
    clip_norm: float | None = None  # bound on the gradient's norm over one member's weights
    use_class_weight: bool = True

    def changes_from(self, other):
        """Settings that differ from `other`, by the names of the estimator's parameters: {name: (other's, this one's)}.

        An embedding that came with the scale is left out: `numerical_embedding='auto'` goes with the scale by itself.
        Where 'auto' found the schedule, the number of epochs goes with it and with the batches: to train as this plan
        does, schedule and epochs must both be typed. Class weights, which a plan only uses or not, were "given".
        """
        pairs = {f.name: (getattr(other, f.name), getattr(self, f.name)) for f in fields(self)}
        changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if "scale" in changes and self.numerical_embedding == self.embedding_once_scaled:
            changes.pop("numerical_embedding", None)
        changes.pop("has_auto_schedule", None)
        if other.has_auto_schedule and changes.keys() & _WITH_THE_SCHEDULE:
            changes["learning_rate_schedule"] = ("auto", self.learning_rate_schedule)
            changes["max_iter"] = (other.max_iter, self.max_iter)
        if changes.pop("use_class_weight", None):
            changes["class_weight"] = (None, "given") if self.use_class_weight else ("given", None)
        return changes
