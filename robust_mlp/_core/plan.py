"""TrainingPlan: the settings of one training, without the data and the seeds.

A plan is frozen. A repair makes another plan with `dataclasses.replace`."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

# The settings that `learning_rate_schedule='auto'` decides, and those that it depends on.
_WITH_THE_SCHEDULE = {"learning_rate_schedule", "max_iter", "batch_size"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingPlan:
    """The settings of one training of one network, with every 'auto' resolved.

    Fields have the names of the estimator's parameters. The fields in the last block have no parameter; only a repair
    changes them.
    """

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "relu"
    dropout: float = 0.0
    input_dropout: float = 0.0
    batch_norm: bool = False
    max_norm: float | None = None
    linear_path: bool = False  # a linear layer from the inputs directly to the logits, in addition to the hidden layers
    n_members: int = 1
    optimizer: Any = "adam"  # the name of a Keras optimizer, or an optimizer whose settings are copied
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

    embedding_once_scaled: str | None = None  # `numerical_embedding` after a repair that turns scaling on
    has_auto_schedule: bool = False  # schedule and epochs come from `learning_rate_schedule='auto'`
    epochs_of_schedule: int | None = None  # where an 'auto' schedule ends before the user's own `max_iter`
    longest_schedule: int | None = None  # epochs up to which an 'auto' schedule goes on while the loss falls
    kernel_initializer: str = "auto"  # by activation: He for rectifiers, LeCun for selu, else Glorot
    clip_norm: float | None = None  # bound on the gradient's norm over one member's weights
    use_class_weight: bool = True

    @property
    def ends_with_schedule(self):
        """Whether the epochs are over because an 'auto' schedule is, before the user's own `max_iter`."""
        return self.max_iter == self.epochs_of_schedule

    @property
    def most_epochs(self):
        """Epochs at most, if an 'auto' schedule becomes as long as it may."""
        return max(self.max_iter, self.longest_schedule or 0)

    def with_typed_epochs_since(self, other):
        """This plan. Its epochs are typed ones if it changes what an 'auto' schedule of `other` chose."""
        is_changed = any(getattr(self, name) != getattr(other, name) for name in _WITH_THE_SCHEDULE)
        return replace(self, longest_schedule=None) if is_changed else self

    def changes_from(self, other):
        """Settings that differ from `other`, by the names of the estimator's parameters: {name: (other's, this one's)}.

        If the embedding changed only because of the scale, it is left out: `numerical_embedding='auto'` follows the
        scale. If 'auto' chose the schedule of `other`, a change of schedule, epochs or batches lists both schedule and
        epochs: the user must type both to train like this plan. Class weights appear as "given", because a plan only
        says whether they are used.
        """
        pairs = {f.name: (getattr(other, f.name), getattr(self, f.name)) for f in fields(self)}
        changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if "scale" in changes and self.numerical_embedding == self.embedding_once_scaled:
            changes.pop("numerical_embedding", None)
        changes.pop("has_auto_schedule", None)
        changes.pop("epochs_of_schedule", None)
        changes.pop("longest_schedule", None)
        if other.has_auto_schedule and changes.keys() & _WITH_THE_SCHEDULE:
            changes["learning_rate_schedule"] = ("auto", self.learning_rate_schedule)
            changes["max_iter"] = (other.max_iter, self.max_iter)
        if changes.pop("use_class_weight", None):
            changes["class_weight"] = (None, "given") if self.use_class_weight else ("given", None)
        return changes
