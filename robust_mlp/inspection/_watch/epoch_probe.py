"""Measures the training of a user's own Keras model: an EpochRecord after each epoch, an Attempt at the end.

Predicts a sample of limited size, without changing the model. Judges nothing."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from robust_mlp._core.losses import mean_loss
from robust_mlp._core.records import Attempt, EpochRecord, HeldOut, LayerRecord
from robust_mlp.inspection._read import keras_model
from robust_mlp.inspection._read.runner import Runner, watched_layers
from robust_mlp.inspection._watch.batch_statistics import averaging_layers, estimated_state, lag_between
from robust_mlp.inspection._watch.outputs import ClassCodes, as_probabilities, class_codes
from robust_mlp.inspection._watch.plan import learning_rate
from robust_mlp.inspection._watch.table_facts import facts_of_table

# Numbers of each weight array that are compared between epochs.
MAX_WEIGHTS_COMPARED = 20_000
# Rows for the gradient at the end, if a cause is needed.
MAX_GRADIENT_ROWS = 256
# Rows from which the facts of the table are computed.
MAX_FACT_ROWS = 20_000


class CannotWatch(Exception):
    """Raised if a training cannot be measured; the message is one sentence that says why."""


class EpochProbe:
    """The measurements of one training.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    training : SampledRows
    validation : SampledRows or None

    Attributes
    ----------
    prior : ndarray of shape (n_classes,)
        Class shares of the training rows.
    prior_loss : float
        Cross-entropy of predicting these shares for the judged rows, nats.
    records : list of EpochRecord
    class_names : tuple

    Raises
    ------
    CannotWatch
        A row does not belong to exactly one class, or the model does not give one row of outputs per row.
    """

    def __init__(self, model, training, validation=None):
        if training is None and validation is None:
            raise CannotWatch(
                "Its rows cannot be read a second time. Pass CollapseGuard(validation_data=(X_val, y_val))."
            )
        training, validation = (validation, None) if training is None else (training, validation)
        self.model, self.runner = model, Runner(model)
        self._function, self.loss = _loss_of(model)
        self._rows = [training] if validation is None else [training, validation]
        self._inputs = [self.runner.as_inputs(rows.X) for rows in self._rows]
        units = _units(self.runner, self._inputs[0])
        self._classes = _codes_of(self._rows, units)
        self.n_classes = max(classes.n_classes for classes in self._classes)
        self.class_names = tuple(str(name) for name in _names(self._classes, self.n_classes))
        self._all_codes = self._codes_of_all_labels(units)
        self.prior = np.bincount(self._all_codes, minlength=self.n_classes) / len(self._all_codes)
        judged = self._classes[-1].codes
        self.prior_loss = mean_loss(np.tile(self.prior, (len(judged), 1)), judged)
        self.records: list[EpochRecord] = []
        self._probabilities: list[np.ndarray] = []
        self._weights = self._some_weights()
        self._activity: Sequence[Any] = ()

    @property
    def is_held_out(self):
        """Whether the judged rows are held-out rows."""
        return len(self._rows) > 1

    def measure(self, epoch, logs=None, seconds=0.0, *, with_activity=False):
        """Measure the model after an epoch.

        Parameters
        ----------
        epoch : int
            From 1.
        logs : dict, default=None
            Keras' logs. If their loss is not finite, it is used.
        seconds : float
        with_activity : bool, default=False
            Whether to measure the hidden layers, too.

        Returns
        -------
        record : EpochRecord
            Also kept in `records`.
        """
        self._look(with_activity)
        told = float((logs or {}).get("loss", 0.0))
        loss = self._cross_entropy(0) if math.isfinite(told) else told
        judged = self._probabilities[-1]
        is_finite = np.isfinite(judged).all()
        shares = np.bincount(judged.argmax(axis=1), minlength=self.n_classes) / len(judged) if is_finite else ()
        record = EpochRecord(
            epoch=epoch,
            loss=loss,
            learning_rate=learning_rate(self.model.optimizer),
            validation_loss=self._cross_entropy(1) if self.is_held_out else None,
            predicted_share=tuple(float(share) for share in shares),
            spread=float(judged.std(axis=0).max()) if is_finite else None,
            update_ratio=self._update_ratio(),
            seconds=seconds,
        )
        self.records.append(record)
        return record

    def look_again(self, weights=None):
        """Measure the current model, or the model with the given weights (as from `get_weights`)."""
        self._look(with_activity=True, weights=weights)

    def averages_lag(self, n_updates=None):
        """The AverageLag of the current model; None if its averages of batch normalization are not to blame."""
        layers = averaging_layers(self.model)
        if not layers or not self._probabilities:
            return None
        old, n_rows = self._probabilities[-1], len(self._classes[0].codes)
        own_state = self.runner.state
        try:
            self.runner.state = self.new_state()
            outputs, logits = self.runner.answer(self._inputs[-1])
        finally:
            self.runner.state = own_state
        head = keras_model.read_head(self.model, outputs, logits)
        new = as_probabilities(outputs, head, self.loss, self.n_classes)
        momentum = max(float(layer.momentum) for layer in layers)
        codes = self._classes[-1].codes
        return lag_between(old, new, codes, n_training_rows=n_rows, momentum=momentum, n_updates=n_updates)

    def new_state(self):
        """Values of the model's non-trainable variables with averages estimated on the sampled training rows."""
        return estimated_state(self.runner, self._inputs[0], len(self._classes[0].codes))

    def scalars(self):
        """Figures of the last measurement for TensorBoard: {name: float}."""
        record = self.records[-1]
        figures = {f"predicted_share/{n}": s for n, s in zip(self.class_names, record.predicted_share, strict=False)}
        judged = record.validation_loss if record.validation_loss is not None else record.loss
        figures["skill_over_prior"] = 1 - judged / self.prior_loss if self.prior_loss > 0 else 0.0
        figures |= {f"dead_units/{layer.name}": layer.dead_fraction for layer in self._activity}
        return {name: value for name, value in figures.items() if math.isfinite(value)}

    def attempt(self, plan, *, stop_reason, best_epoch=None, with_gradient=False, seconds=0.0):
        """The training so far as an Attempt: loss curve, last predictions, hidden layers."""
        last = self._classes[-1]
        held_out = HeldOut(
            codes=last.codes,
            probabilities=self._probabilities[-1],
            weights=np.ones(len(last.codes)),
            rows=np.arange(len(last.codes)),
            in_sample=not self.is_held_out,
        )
        return Attempt(
            plan=plan,
            records=tuple(self.records),
            best_epoch=best_epoch or self.best_epoch,
            stop_reason=stop_reason,
            held_out=held_out,
            network=None,
            layers=tuple(layer_records(self.model, self._activity, self._gradient_norms() if with_gradient else {})),
            seconds=seconds,
        )

    @property
    def best_epoch(self):
        """The epoch with the smallest loss on the judged rows."""
        losses = [r.watched_loss for r in self.records]
        finite = [loss if math.isfinite(loss) else math.inf for loss in losses]
        return self.records[min(range(len(finite)), key=finite.__getitem__)].epoch if finite else 0

    def facts(self):
        """DataFacts of the training rows; None if they are not a table."""
        training = self._rows[0]
        if not self.is_held_out:
            return facts_of_table(training.X, self._classes[0].codes, self.n_classes)
        X, codes = training.X, self._classes[0].codes
        if training.table is not None and len(training.table) == len(self._all_codes):
            step = max(1, len(training.table) // MAX_FACT_ROWS)
            X, codes = training.table[::step], self._all_codes[::step]
        return facts_of_table(X, codes, self.n_classes, validation=(self._rows[1].X, self._classes[1].codes))

    def sample(self):
        """X and y of the judged rows."""
        return self._rows[-1].X, self._rows[-1].y

    # ---- what is measured

    def _look(self, with_activity=False, weights=None):
        """Predict with the current weights or the given ones."""
        self.runner.refresh(weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warned of it at the first batch
            self._ask(with_activity)

    def _ask(self, with_activity):
        """Predict the rows. Sets: _probabilities, _activity."""
        self._probabilities = []
        for inputs in self._inputs:
            if with_activity and inputs is self._inputs[-1]:
                with watched_layers(self.model) as activity:
                    outputs, logits = self.runner.answer(inputs)
                self._activity = activity
            else:
                outputs, logits = self.runner.answer(inputs)
            head = keras_model.read_head(self.model, outputs, logits)
            self._probabilities.append(as_probabilities(outputs, head, self.loss, self.n_classes))

    def _cross_entropy(self, which):
        """Mean cross-entropy of the last look at the training rows (0) or the held-out rows (1)."""
        return mean_loss(self._probabilities[which], self._classes[which].codes)

    def _some_weights(self):
        """A sample of every trainable weight array, as one vector."""
        parts = [np.asarray(variable).ravel() for variable in self.model.trainable_variables]
        parts = [part[:: max(1, part.size // MAX_WEIGHTS_COMPARED)] for part in parts]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(1, np.float32)

    def _update_ratio(self):
        """|weights now - weights before| / |weights before|. Sets: _weights."""
        before, self._weights = self._weights, self._some_weights()
        norm = float(np.linalg.norm(before))
        return float(np.linalg.norm(self._weights - before)) / norm if norm > 0 else None

    def _gradient_norms(self):
        """{id of a trainable variable: norm of its gradient on some training rows}; empty without gradients."""
        if not self.runner.has_gradients:
            return {}
        from keras import tree

        n = min(MAX_GRADIENT_ROWS, len(self._rows[0].y))
        inputs = tree.map_structure(lambda part: part[:n], self._inputs[0])
        try:
            norms = self.runner.gradient_norms(self._function, inputs, self._rows[0].y[:n])
        except Exception:  # the loss refuses such labels; the inspection reports this
            return {}
        return {id(v): norm for v, norm in zip(self.model.trainable_variables, norms, strict=True)}

    def _codes_of_all_labels(self, units):
        """Class codes of all training labels if they are known, else of the sampled ones."""
        training = self._rows[0]
        if training.all_labels is None:
            return self._classes[0].codes
        found = class_codes(training.all_labels, units, self._classes[0])
        return self._classes[0].codes if found is None or found.n_classes > self.n_classes else found.codes


def layer_records(model, activity, gradient_norms):
    """LayerRecord of every hidden layer that was measured.

    Parameters
    ----------
    model : keras.Model
    activity : sequence of ActivityFacts
    gradient_norms : dict of int to float
        From the id of a trainable variable to the norm.
    """
    by_name = {layer.name: layer for layer in model._flatten_layers(include_self=False)}
    for layer in activity:
        kernel = getattr(by_name.get(layer.name), "kernel", None)
        yield LayerRecord(
            name=layer.name,
            n_units=layer.n_units,
            dead_fraction=layer.dead_fraction,
            saturated_fraction=layer.saturated_fraction,
            weight_norm=float(np.linalg.norm(np.asarray(kernel))) if kernel is not None else 0.0,
            gradient_norm=gradient_norms.get(id(kernel), 0.0),
        )


def _loss_of(model):
    """The compiled loss and its facts; CannotWatch if there is none or several."""
    try:
        keras_model.check_model(model)
        return keras_model.read_loss(model, None)
    except (TypeError, ValueError) as error:
        raise CannotWatch(str(error)) from None


def _units(runner, inputs):
    """Units of the head; CannotWatch if the outputs are not rows of numbers."""
    try:
        return runner.answer(inputs)[0].shape[1]
    except ValueError as error:
        raise CannotWatch(str(error)) from None


def _codes_of(rows, units):
    """ClassCodes of each table; the same label has the same code in all tables."""
    found: list[ClassCodes] = []
    for part in rows:
        classes = class_codes(np.asarray(part.y), units, found[0] if found else None)
        if classes is None:
            raise CannotWatch("Its rows do not belong to exactly one class each.")
        found.append(classes)
    return found


def _names(classes, n_classes):
    """Labels by code, as many as there are classes."""
    names = max((part.names for part in classes), key=len)
    return (*names, *range(len(names), n_classes))[:n_classes]
