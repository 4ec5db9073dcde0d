"""Trains a user's network for the guard: from a plan to an Attempt.

Converts the guard's changes of the plan into changes of the network, the optimizer and the data. Never judges."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import keras
import numpy as np

from robust_mlp._collapse.give_up import should_give_up
from robust_mlp._collapse.symptoms.early_stop import restarts_allowed
from robust_mlp._collapse.symptoms.rules import CLEAR_NATS, look
from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._core.losses import entropy
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Attempt
from robust_mlp.inspection._read.runner import Runner, watched_layers
from robust_mlp.inspection._watch.batch_statistics import AverageLag, averaging_layers
from robust_mlp.inspection._watch.epoch_probe import layer_records
from robust_mlp.inspection._watch.outputs import as_probabilities, middle_of
from robust_mlp.keras_classifier.averages import mended_averages
from robust_mlp.keras_classifier.heads import HeadChoice, right_choice, targets_for
from robust_mlp.keras_classifier.layer_changes import Changes
from robust_mlp.keras_classifier.network_factory import NetworkRecipe, make_network
from robust_mlp.keras_classifier.own_terms import as_followed
from robust_mlp.keras_classifier.recorder import EvalRows, LabelsRecorder, Recorder
from robust_mlp.keras_classifier.training import Run, answer, arrays_of, as_inputs, put_weights, run_training
from robust_mlp.keras_classifier.training_table import KerasTrainingTable

# Restarts of one fit draw new initial weights: their seed is larger by this prime for each attempt.
ATTEMPT_STRIDE = 1_000_003
# A repaired training may take many epochs. It ends after this many epochs without a better loss.
RESTART_PATIENCE = 30
# Without held-out rows it also ends if the loss is below this share of the prior's loss: the rows are memorized.
LEARNT_SHARE = 0.01
MAX_LAYER_ROWS = 256
# Training rows that are predicted after each epoch: in addition to held-out rows, and without held-out rows.
MAX_BESIDE, MAX_JUDGED = 512, 4096
# Fields of a plan that change the network's layers.
LAYER_FIELDS = ("hidden_layer_sizes", "activation", "dropout", "input_dropout", "batch_norm", "max_norm")


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """The result of an attempt: the recipe of the network, its weights, and all that its predictions need.

    `offsets` of log-odds correct the class shares in the loss to those of the data. They are not applied here.
    """

    recipe: NetworkRecipe
    choice: HeadChoice
    scaler: Any
    weights: list
    fixed: list
    slots: list | None
    history: dict
    n_classes: int
    offsets: np.ndarray
    lag: AverageLag | None = None  # what the averages of batch normalization were mended of

    def probabilities(self, outputs):
        """Class probabilities of shape (n_rows, n_classes), float64, from the network's outputs."""
        return as_class_probabilities(outputs, self.choice, self.n_classes)


def as_class_probabilities(outputs, choice, n_classes):
    """Class probabilities of shape (n_rows, n_classes), float64, from the outputs of a network with a chosen head."""
    P = as_probabilities(outputs, choice.head, choice.facts, n_classes)[:, :n_classes]
    sums = P.sum(axis=1, keepdims=True)
    # A row of zeros says nothing about any class.
    return np.divide(P, sums, out=np.full_like(P, 1 / n_classes), where=~(sums <= 0))


class KerasNetwork(NamedTuple):
    """What an attempt holds: how to make the network again, and the model as it stands."""

    trained: TrainedNetwork
    model: keras.Model


@dataclass(frozen=True, eq=False)
class KerasFitJob:
    """What all attempts of one fit share, and the steps of one.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    data : KerasTrainingTable
    labels : ClassLabels
    choice : HeadChoice
        The head of the first attempt.
    recipe : NetworkRecipe
        The recipe of the first attempt.
    plan : TrainingPlan
        The plan of the user's own settings.
    seeds : dict of str to int
    model : keras.Model
        Made from `recipe`; used by the first attempt.
    optimizer : tuple of (class, config)
        Of the user's optimizer before any training: callbacks may change its learning rate.
    fresh_weights : bool, default=False
        Whether a restart draws the usual initial weights, because the user's weights are a cause.
    callbacks : sequence of keras.callbacks.Callback, default=()
    begin_from : tuple of (weights, fixed, slots, first epoch), default=None
        What the first attempt goes on from.
    deadline : Deadline, default=None
        Of the whole fit. None: there is no limit.
    """

    estimator: Any
    data: KerasTrainingTable
    labels: Any
    choice: HeadChoice
    recipe: NetworkRecipe
    plan: TrainingPlan
    seeds: dict[str, int]
    model: keras.Model
    optimizer: tuple
    fresh_weights: bool = False
    callbacks: Sequence[keras.callbacks.Callback] = ()
    begin_from: tuple | None = None
    deadline: Deadline | None = None

    @property
    def limit(self):
        """The Deadline, also where none was given."""
        return self.deadline or NO_DEADLINE

    @property
    def _loss(self):
        return self.choice.loss if self.choice.right is not None else self.model.loss

    def _attempt(self, run, plan, *, best_epoch):
        """(Attempt with the model's present weights and no network yet, AverageLag or None)."""
        own = self._measured(run, plan, best_epoch) if averaging_layers(run.model) else None
        lag = mended_averages(run)
        if lag is None:
            return own or self._measured(run, plan, best_epoch), None
        return self._measured(run, plan, best_epoch), replace(lag, was_healthy=self._is_healthy(own))

    def _measured(self, run, plan, best_epoch):
        """The Attempt with the model's present weights, and no network yet."""
        held_out = run.recorder.look(lambda X: answer(run.model, X, run.parts))
        if held_out is not None and held_out.in_sample and len(held_out.codes) * self._prior_loss < CLEAR_NATS:
            held_out = None  # so few training rows only show whether they were memorized, as the training loss does
        return Attempt(
            plan=plan,
            records=tuple(run.recorder.records),
            best_epoch=best_epoch,
            stop_reason=run.stop_reason,
            held_out=held_out,
            network=None,
            fitted=self._fitted(run),
        )

    def _fitted(self, run):
        """HeldOut of some training rows by the present weights; None where these are no rows of the user's table."""
        data = self.data
        if data.is_multilabel or data.held_out is None or len(data.training) != len(data.unsampled):
            return None
        return run.recorder.look_at_training(lambda X: answer(run.model, X, run.parts), self.judged_rows())

    def _is_healthy(self, attempt):
        return self.data.is_multilabel or look(attempt, self.data.class_shares().prior).is_healthy

    # ---- the network of a plan

    def _network(self, plan, number):
        """(model, HeadChoice, NetworkRecipe, the plan as far as it could be carried out)."""
        if number == 1:
            return self.model, self.choice, self.recipe, plan
        seed = None if self.recipe.seed is None else self.recipe.seed + (number - 1) * ATTEMPT_STRIDE
        optimizer = changed_optimizer(self.optimizer, plan, self.plan)
        for choice, changes, done in self._ways(plan):
            recipe = replace(
                self.recipe,
                seed=seed,
                changes=changes,
                loss=self._loss_of(choice),
                optimizer=optimizer,
            )
            model = make_network(self.estimator, recipe)
            if model is not None:
                return model, choice, recipe, as_followed(done, self.plan)
        raise AssertionError("the last way changes nothing, and the first attempt was made the same way")

    def _ways(self, plan):
        """(HeadChoice, Changes, resulting plan): first with all changes, then with fewer and fewer."""
        choices = [self.choice]
        if self.estimator.repair_head and self.choice.findings:
            right = right_choice(self.model, self.labels, self.choice)
            choices = [self.choice] if right is None else [right, self.choice]
        full = changes_of(plan, self.plan, fresh=self.fresh_weights)
        modest = replace(full, hidden_sizes=None, batch_norm=False)
        modestly = replace(plan, hidden_layer_sizes=self.plan.hidden_layer_sizes, batch_norm=self.plan.batch_norm)
        nothing = replace(plan, **{name: getattr(self.plan, name) for name in LAYER_FIELDS})
        for choice in choices:
            head = {"units": choice.changes.units, "head_activation": choice.changes.head_activation}
            yield choice, replace(full, **head), plan
            yield choice, replace(modest, **head), modestly
        yield self.choice, self.choice.changes, nothing

    def _loss_of(self, choice):
        return choice.loss if choice.right is not None else self._loss

    # ---- the training of a plan

    def _run(self, model, choice, plan, number):
        """(Run, scaler) of a plan."""
        data, is_first = self.data, number == 1
        scaler, rows, held_out_rows = data.scaled(plan.scale)
        table = data.training
        weights = data.loss_weights(use_class_weight=plan.use_class_weight)
        recorder = self._recorder(choice, rows, held_out_rows, data.offsets(use_class_weight=plan.use_class_weight))
        rng = np.random.default_rng(self.seeds["shuffle"] + number)
        held_out = None
        if data.held_out is not None:
            targets = targets_for(choice, data.held_out.codes, data.n_classes)
            held_out = held_out_rows, targets, data.held_out.weights.astype(np.float32)
        begin_from = self.begin_from if is_first else None
        first_epoch = 0 if begin_from is None else begin_from[3]
        run = Run(
            model=model,
            loss=self._loss_of(choice),
            rows=rows,
            targets=targets_for(choice, table.codes, data.n_classes),
            weights=weights,
            codes=np.zeros(len(table), int) if data.is_multilabel else table.codes,
            recorder=recorder,
            batch_size=min(plan.batch_size, len(rows)),
            epochs=first_epoch + plan.max_iter,
            order=lambda: data.order(rng, shuffle=plan.shuffle),
            held_out=held_out,
            callbacks=list(self.callbacks),
            should_stop=self._should_stop(plan),
            patience=None if is_first else RESTART_PATIENCE,
            learnt_loss=0.0 if is_first or held_out is not None else LEARNT_SHARE * self._prior_loss,
            verbose=int(bool(self.estimator.verbose)),
            first_epoch=first_epoch,
            begin_from=None if begin_from is None else begin_from[:3],
            middle=middle_of(choice.head, choice.facts),
            parts=self.recipe.parts,
            deadline=self.limit,
        )
        return run, scaler

    def _should_stop(self, plan):
        """The rule that ends a failing attempt early; None if no other attempt would follow."""
        is_last = restarts_allowed(self.estimator.collapse_guard, self.estimator.max_restarts) == 0
        if is_last or self.data.is_multilabel:
            return None
        has_averages = bool(averaging_layers(self.model))

        def reason_to_stop(records):
            reason = should_give_up(records, plan, self._prior_loss)
            # What lagging averages of batch normalization predict says nothing about how the training goes.
            return None if has_averages and reason != "nonfinite" else reason

        return reason_to_stop

    @property
    def _prior_loss(self):
        """Cross-entropy of answering the class shares, nats."""
        return entropy(self.data.class_shares().prior)

    def judged_rows(self):
        """Row numbers of the training rows that are predicted after each epoch, ascending."""
        places = np.random.default_rng(self.seeds["signal"]).permutation(len(self.data.training))
        return np.sort(places[: MAX_BESIDE if self.data.held_out is not None else MAX_JUDGED])

    def _recorder(self, choice, rows, held_out_rows, offsets):
        """The Recorder with the rows that are predicted after each epoch."""
        data = self.data
        places = self.judged_rows()
        judged = data.training.at(places)
        training = EvalRows(rows[places], judged.codes, np.ones(len(places)), judged.groups)
        held_out = None
        if data.held_out is not None:
            held_out = EvalRows(held_out_rows, data.held_out.codes, data.held_out.weights, data.held_out.groups)
        kind = LabelsRecorder if data.is_multilabel else Recorder
        return kind(choice, data.n_classes, training, held_out, offsets)


def run_attempt(job: KerasFitJob, plan: TrainingPlan, number: int) -> Attempt[KerasNetwork]:
    """Train one plan.

    Parameters
    ----------
    job : KerasFitJob
    plan : TrainingPlan
    number : int
        1 for the first attempt, which trains the user's own model as it is. Later ones make the network anew, with
        first weights and a row order of their own.

    Returns
    -------
    attempt : Attempt of KerasNetwork
        Its plan is the given one as far as it could be carried out.
    """
    start = time.perf_counter()
    model, choice, recipe, plan = job._network(plan, number)
    run, scaler = job._run(model, choice, plan, number)
    run_training(run)
    attempt, lag = job._attempt(run, plan, best_epoch=len(run.recorder.records))
    keeps_best = plan != job.plan or run.stop_reason in ("interrupted", "max_time")
    if run.best is not None and run.best[1] != attempt.best_epoch and (keeps_best or not job._is_healthy(attempt)):
        put_weights(model, run.best[2], run.best[3])
        attempt, lag = job._attempt(run, plan, best_epoch=run.best[1])
    trained = TrainedNetwork(
        recipe=recipe,
        choice=choice,
        scaler=scaler,
        weights=arrays_of(model.trainable_variables),
        fixed=arrays_of(model.non_trainable_variables),
        slots=run.slots,
        history=run.history,
        n_classes=job.data.n_classes,
        offsets=run.recorder.offsets,
        lag=lag,
    )
    needs_no_layers = run.deadline.is_over or job._is_healthy(attempt)  # they are for causes
    layers = () if needs_no_layers else _layers(model, run)
    seconds = time.perf_counter() - start
    return replace(attempt, network=KerasNetwork(trained, model), layers=layers, seconds=seconds)


def _layers(model, run):
    """LayerRecords of the hidden layers, with gradients, on some training rows."""
    n = min(MAX_LAYER_ROWS, len(run.rows))
    runner = Runner(model)
    inputs = runner.as_inputs(as_inputs(run.rows[:n], run.parts))
    with watched_layers(model) as activity:
        runner.answer(inputs)
    norms = {}
    if runner.has_gradients:
        values = runner.gradient_norms(keras.losses.get(run.loss), inputs, run.targets[:n])
        norms = {id(v): norm for v, norm in zip(model.trainable_variables, values, strict=True)}
    return tuple(layer_records(model, activity, norms))


def changes_of(plan, base, *, fresh):
    """The Changes of layers between two plans."""

    def changed(name):
        return None if getattr(plan, name) == getattr(base, name) else getattr(plan, name)

    return Changes(
        hidden_sizes=changed("hidden_layer_sizes"),
        activation=changed("activation"),
        dropout=changed("dropout"),
        input_dropout=changed("input_dropout"),
        batch_norm=plan.batch_norm and not base.batch_norm,
        max_norm=changed("max_norm"),
        penalty=changed("weight_decay"),
        fresh_weights=fresh or plan.kernel_initializer != base.kernel_initializer,
    )


def changed_optimizer(settings, plan, base):
    """(class, config) of the optimizer of a plan; the user's own if the plan does not change it."""
    kind, config = settings
    config = dict(config)
    if plan.optimizer != base.optimizer:
        other = keras.optimizers.get(plan.optimizer)
        kind, config = type(other), other.get_config()
    drops_schedule = plan.learning_rate_schedule != base.learning_rate_schedule
    if plan.optimizer != base.optimizer or plan.learning_rate != base.learning_rate or drops_schedule:
        config["learning_rate"] = float(plan.learning_rate)
    if plan.clip_norm != base.clip_norm:
        config |= {"clipnorm": None, "clipvalue": None, "global_clipnorm": plan.clip_norm}
    if plan.weight_decay > base.weight_decay:
        config["weight_decay"] = plan.weight_decay
    elif plan.weight_decay < base.weight_decay:  # what was read may be a penalty in the loss, without any decay
        config["weight_decay"] = min(config.get("weight_decay") or 0.0, plan.weight_decay) or None
    return kind, config
