"""What goes into one training and what is left of it: `TrainingData`, `Hooks`, `Trained`, `OptimizerState`.

Plain records: whoever prepares a training needs no TensorFlow for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from robust_mlp._core.deadline import NO_DEADLINE, Deadline


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Encoded rows, and which member may see which of them.

    Attributes
    ----------
    rows, codes, weights : ndarray of shapes (n, n_inputs), float32; (n,), int32; (n,), float32
        The rows that are trained on; weights in the loss have mean 1.
    n_classes : int
    train : list of ndarray
        Row numbers, one array per member.
    eval_rows : (rows, codes, weights)
        The table that held-out rows are rows of; its `rows` may be the same array.
    held_out : list of ndarray
        Rows of `eval_rows` that a member was not trained on, one array per member; none where nothing is held out.
    shares_held_out : bool
        All members hold out the same rows.
    train_eval_rows : ndarray
        Rows of `eval_rows` to look at where nothing is held out.
    draw, n_draws : callable or None, int or None
        See RowStream.
    loss_correction : ndarray of shape (2, n_classes), float32, or None
        See `correction`; None where probabilities are not corrected.
    led_to_data : ndarray of shape (2, n_classes), float32, or None
        See `report_correction`; None where class shares in the loss are those of the data.
    embedding_sizes : tuple of int
        The last columns of `rows` are codes of levels: how many levels each has.
    hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, or None
        Inputs that a member is not shown.
    kinds : tuple of int
        Where no inputs are hidden: a number from 0 for each member, whose rows are of that kind. Empty: all are alike.
    eval_origin : ndarray of int, or None
        The row of the table that each of `eval_rows` is. None: the row of the same number.
    rare_codes : tuple of ndarray of shape (n_members, size), dtype bool, or None
        For each code of levels: which codes stand for a level that a member does not know. See `_data.rare_levels`.
    constant_inputs : ndarray of shape (n_members, n_inputs), dtype float32, or None
        The value of an input that is constant in a member's training rows, NaN for others. See `_data.constant_inputs`.
    input_scales : ndarray of shape (n_members, n_inputs), dtype float32, or None
        What the inputs of a member are multiplied by while it trains. See `_data.member_scales`.
    part_folds : list of ndarray of int
        For each held-out row of each member a fold. What is fitted to held-out rows, such as a temperature, is fitted
        to the other folds where a row is judged. Empty: to all.
    weighs_inputs : tuple of bool
        Whether the input scales of a member are those of `_data.input_relevance`. Empty: of none.
    counts : ndarray of shape (n,), dtype float64, or None
        How many independent rows each row stands for, which share its weight. None: one.
    """

    rows: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    n_classes: int
    train: Sequence[np.ndarray]
    eval_rows: tuple[np.ndarray, np.ndarray, np.ndarray]
    held_out: Sequence[np.ndarray] = ()
    shares_held_out: bool = False
    train_eval_rows: np.ndarray | None = None
    draw: Callable[[np.ndarray, np.random.Generator, int | None], np.ndarray] | None = None
    n_draws: int | None = None
    loss_correction: np.ndarray | None = None
    led_to_data: np.ndarray | None = None
    embedding_sizes: tuple[int, ...] = ()
    hidden_inputs: np.ndarray | None = None
    kinds: tuple[int, ...] = ()
    eval_origin: np.ndarray | None = None
    rare_codes: tuple[np.ndarray, ...] | None = None
    constant_inputs: np.ndarray | None = None
    input_scales: np.ndarray | None = None
    part_folds: Sequence[np.ndarray] = ()
    weighs_inputs: tuple[bool, ...] = ()
    counts: np.ndarray | None = None

    @cached_property
    def correction(self) -> np.ndarray:
        """What leads from the loss back to the data, ndarray of shape (2, n_classes).

        First the offsets of the logits, then the factors that lead the weight of a held-out row back to its weight in
        the data. Epoch and temperature are picked with them.
        """
        if self.loss_correction is not None:
            return self.loss_correction
        return self._no_correction

    @cached_property
    def report_correction(self) -> np.ndarray:
        """As `correction`, for the figures that are told: they are those of the data, whatever the loss counts."""
        return self.led_to_data if self.led_to_data is not None else self._no_correction

    @property
    def _no_correction(self) -> np.ndarray:
        return np.stack([np.zeros(self.n_classes), np.ones(self.n_classes)])

    @property
    def input_groups(self) -> tuple[int, ...]:
        """A number from 0 for each member, the same where inputs are shown alike; empty if all members see them so."""
        if self.hidden_inputs is None and not self.weighs_inputs:
            return self.kinds
        views = np.zeros((len(self.train), 0), bool) if self.hidden_inputs is None else self.hidden_inputs
        if self.weighs_inputs:
            views = np.column_stack([views, np.array(self.weighs_inputs)])
        return tuple(np.unique(views, axis=0, return_inverse=True)[1].ravel().tolist())

    def of_members(self, members: Sequence[int]) -> "TrainingData":
        """The same rows for some of the members."""
        return replace(
            self,
            train=[self.train[k] for k in members],
            held_out=[self.held_out[k] for k in members] if self.held_out else (),
            hidden_inputs=None if self.hidden_inputs is None else self.hidden_inputs[list(members)],
            rare_codes=None if self.rare_codes is None else tuple(rare[list(members)] for rare in self.rare_codes),
            constant_inputs=None if self.constant_inputs is None else self.constant_inputs[list(members)],
            input_scales=None if self.input_scales is None else self.input_scales[list(members)],
            part_folds=[self.part_folds[k] for k in members] if self.part_folds else (),
            weighs_inputs=tuple(self.weighs_inputs[k] for k in members) if self.weighs_inputs else (),
        )

    def folds(self) -> np.ndarray | None:
        """The fold of each held-out row, member after member: int array. None if all rows are to be fitted to.

        The rows of several members are one fold each: what is fitted to the others has seen none of them.
        """
        if self.shares_held_out or not self.has_held_out:
            return None
        if len(self.held_out) > 1:
            return np.repeat(np.arange(len(self.held_out)), [len(rows) for rows in self.held_out])
        return self.part_folds[0] if self.part_folds else None

    @property
    def has_held_out(self) -> bool:
        """Whether every member has rows it is not trained on."""
        return len(self.held_out) > 0 and all(len(rows) for rows in self.held_out)


@dataclass(frozen=True, eq=False)
class Hooks:
    """Who is asked and told between epochs. Each is optional.

    on_begin : without arguments, before the first epoch, when the graph is traced; should_stop : records -> str or
    None, at fixed epochs; on_epoch : (record, make_network) -> bool, True to stop, after each epoch; score : network ->
    float, higher is better, replaces the held-out loss for early stopping; keras : the bridge to Keras callbacks;
    deadline : the time budget of the fit; once it is used up, no further epoch begins; checkpoint : (plan, data, seeds,
    start) -> the part of a checkpoint file that belongs to this training, with `state` and `keep`; asks_every_epoch :
    should_stop is asked after each epoch.
    """

    on_begin: Callable | None = None
    should_stop: Callable | None = None
    on_epoch: Callable | None = None
    score: Callable | None = None
    keras: Any = None
    deadline: Deadline = NO_DEADLINE
    checkpoint: Callable | None = None
    asks_every_epoch: bool = False

    @property
    def want_every_epoch(self) -> bool:
        """Whether Python must be entered after each epoch."""
        has_watcher = self.on_epoch is not None or self.score is not None or self.keras is not None
        return has_watcher or self.asks_every_epoch


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """The optimizer's variables of one member.

    of_weights : {name of Keras: one array for each weight array, of its shape}; others : the rest, in their order.
    """

    of_weights: dict[str, list[np.ndarray]]
    others: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training leaves behind, as plain arrays; also what `train(start=...)` goes on from.

    Attributes
    ----------
    weights : NetworkWeights
    slots : list of OptimizerState or None
        One for each member. None begins afresh.
    n_steps : int
        Updates made so far.
    inverse_temperature : float, or ndarray of shape (n_members,)
        The logits are multiplied by it.
    """

    weights: Any
    slots: list[OptimizerState] | None = None
    n_steps: int = 0
    inverse_temperature: float | np.ndarray = 1.0
