"""GuardedKerasClassifier: parameters, fit and prediction. The steps are in the other modules of this folder."""

import itertools
import time
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score
from sklearn.utils import ClassifierTags
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from robust_mlp._collapse.announce import announce
from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.sample_weights import check_weights, in_canonical_unit
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._system.all_or_nothing import all_or_nothing
from robust_mlp._system.forks import check_not_forked
from robust_mlp._system.html_repr import ShowsWithoutModel
from robust_mlp.inspection._read import keras_model as reading
from robust_mlp.inspection._rules.findings import put_in_order
from robust_mlp.inspection._rules.labels import describe_labels, judge_labels
from robust_mlp.inspection._rules.layers import judge_layers
from robust_mlp.inspection._watch.plan import plan_of
from robust_mlp.inspection._watch.table_facts import facts_of_table
from robust_mlp.keras_classifier.base import KerasClassifier
from robust_mlp.keras_classifier.graph_program import optimizer_settings
from robust_mlp.keras_classifier.heads import choose_head
from robust_mlp.keras_classifier.labels import learn_class_labels
from robust_mlp.keras_classifier.network_factory import NetworkRecipe, make_network
from robust_mlp.keras_classifier.parameters import check_parameters, fit_settings
from robust_mlp.keras_classifier.partial_fit import train_one_epoch
from robust_mlp.keras_classifier.reporting import (
    one_sided_report,
    own_overridden,
    scaled_labels_finding,
    unchecked_report,
    unwatched_report,
    what_keeps,
    with_repairs,
)
from robust_mlp.keras_classifier.run_attempt import KerasFitJob, TrainedNetwork, run_attempt
from robust_mlp.keras_classifier.scaling import ColumnScaler
from robust_mlp.keras_classifier.training import answer, arrays_of, put_weights
from robust_mlp.keras_classifier.training_table import FEWEST_HELD_OUT, RowSettings, prepare_rows

# Findings about initial weights. After one of these, a restart draws new weights.
BAD_WEIGHTS = ("identical_units", "weights_too_large", "weights_too_small", "biases_too_large")
# If class weights give one class more than this share of the loss, the user asked for one class. The guard is off then.
ONE_SIDED = 0.999
# Attributes that are not pickled but made again.
_REBUILT = ("_keras_model", "_fit_callbacks", "_predict_callbacks")
GIVEN_INITIALIZER = "given"  # stands for the user's own initializers


class GuardedKerasClassifier(ShowsWithoutModel, KerasClassifier):
    """A user's own Keras network as a scikit-learn classifier, under the guard.

    Takes a function that makes the network, as scikeras does, and routes
    ``meta``, ``model__*``, ``optimizer__*`` and ``callbacks__*`` in the same way. In addition, it scales rows, takes
    class weights and samplers, inspects the network before the fit, replaces a head and loss that contradict the
    labels, trains a collapsed network again with repaired settings, and reports all of this.

    Parameters
    ----------
    model : callable returning keras.Model, or keras.Model, default=None
        As for scikeras. A network is copied, never changed.
    build_fn : callable, default=None
        Old name of `model`.
    warm_start : bool, default=False
        Whether `fit` continues from the network of the previous fit.
    random_state : int, RandomState instance or None, default=None
        Decides weights, split, order and dropout. `fit` restores the global generators.
    optimizer : str, keras.optimizers.Optimizer or class of it, default='rmsprop'
        For a network that is not compiled yet.
    loss : str, keras.losses.Loss or callable, default=None
        For a network that is not compiled yet. None: the loss that fits the labels.
    metrics : list, default=None
        For a network that is not compiled yet.
    batch_size : int, default=None
        None: 32; -1: all rows.
    validation_batch_size : int, default=None
        Not used; kept for scikeras.
    verbose : int, default=0
        1 or more prints a line for each epoch.
    callbacks : list or dict of keras.callbacks.Callback or classes of them, default=None
    validation_split : float, default=0.0
        Share of rows to hold out, by class, independent of their order. If positive, it overrides
        `validation_fraction`.
    shuffle : bool, default=True
    run_eagerly : bool, default=False
    epochs : int, default=1
        Epochs of the first training. A restart may take more.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class in the loss, by label.
    sampler : None, {'over', 'under', 'smote', 'balanced_batches'} or imbalanced-learn sampler, default=None
        How training rows are resampled before the fit. Held-out rows are never resampled.
    scale : {'auto', 'standard', 'robust'} or None, default='auto'
        How columns are scaled. Missing values become the column's centre. 'auto' is 'standard', but None for a network
        that scales, normalizes or embeds its inputs itself.
    repair_head : bool, default=True
        Whether a head and loss that contradict the labels are replaced.
    collapse_guard : {'repair', 'warn', 'raise', 'off'}, default='repair'
        What to do about a collapsed network: train again with repaired settings; only warn; raise `CollapseError`; do
        not check.
    max_restarts : int, default=3
        Largest number of additional trainings, >= 0.
    validation_fraction : float, default=0.1
        Share of the rows that is held out for the guard. At least 100 rows are held out, but at most a fifth of all
        rows for this reason. If the share is fewer than 30 rows, nothing is held out, and the guard judges training
        rows.
    **kwargs
        Routed parameters, as for scikeras.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted; column numbers for one-hot labels and for several labels per row.
    n_classes_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,), dtype object
        Only if the training table had string column names.
    model_ : keras.Model
        The trained network: scaled rows to outputs.
    report_ : TrainingReport
        Verdict, findings, attempts, comparison with the class shares. Prints itself.
    probability_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares that `predict_proba` answers in: those of the loss, `class_weight` and `sampler` counted. Not there
        for several labels per row, nor before any training. `PriorShiftClassifier` and `diagnose` read them.
    inspection_ : Findings
        Findings before any training.
    history_ : dict of str to list
        Curves of the training that was kept, with Keras' names.
    n_restarts_ : int
    overridden_ : dict of str to tuple
        (the user's own, used) of each setting of the user's network or of this classifier that the network which is
        kept was not trained with: "learning_rate", "epochs", "batch_size", "class_weight", "head", "loss",
        "hidden_layer_sizes" and so on. {} where there is none.
    feature_encoder_ : transformer
        The transformer that rows pass through.

    See Also
    --------
    RobustMLPClassifier : Also builds the network.
    inspect_model : The inspection alone.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import GuardedKerasClassifier
    >>> def create_mlp(meta):
    ...     return keras.Sequential([keras.Input((meta["n_features_in_"],)), keras.layers.Dense(16, activation="relu"),
    ...                              keras.layers.Dense(meta["n_classes_"], activation="softmax")])
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = GuardedKerasClassifier(create_mlp, loss="sparse_categorical_crossentropy", optimizer="adam",
    ...                              optimizer__learning_rate=0.01, epochs=40, random_state=0).fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    >>> print(clf.report_.verdict)
    HEALTHY
    """

    def __init__(
        self,
        model=None,
        *,
        build_fn=None,
        warm_start=False,
        random_state=None,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        batch_size=None,
        validation_batch_size=None,
        verbose=0,
        callbacks=None,
        validation_split=0.0,
        shuffle=True,
        run_eagerly=False,
        epochs=1,
        class_weight=None,
        sampler=None,
        scale="auto",
        repair_head=True,
        collapse_guard="repair",
        max_restarts=3,
        validation_fraction=0.1,
        **kwargs,
    ):
        super().__init__(
            model=model,
            build_fn=build_fn,
            warm_start=warm_start,
            random_state=random_state,
            optimizer=optimizer,
            loss=loss,
            metrics=metrics,
            batch_size=batch_size,
            validation_batch_size=validation_batch_size,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            shuffle=shuffle,
            run_eagerly=run_eagerly,
            epochs=epochs,
            class_weight=class_weight,
            **kwargs,
        )
        self.sampler = sampler
        self.scale = scale
        self.repair_head = repair_head
        self.collapse_guard = collapse_guard
        self.max_restarts = max_restarts
        self.validation_fraction = validation_fraction

    # ---- fit

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, **kwargs):
        """Inspect, train and judge the network; if it collapsed, train it again with repaired settings.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), or array of shape (n_samples, ...)
            Numeric. NaN is a missing value if rows are scaled.
        y : array-like of shape (n_samples,), or 0/1 of shape (n_samples, n_classes)
            Labels of any type; one-hot; or several labels per row.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0.
        X_val, y_val : array-like, default=None
            Rows by which the network is judged, instead of a part of X.
        **kwargs
            ``epochs``, ``batch_size``, ``shuffle``, ``initial_epoch``, ``verbose``. Better pass them to the
            constructor, as ``fit__epochs`` and so on.

        Returns
        -------
        self : GuardedKerasClassifier

        Raises
        ------
        ValueError, TypeError
            A parameter or the data are not valid, or the network cannot be trained on these labels and must not be
            repaired.
        RuntimeError
            In a process that was forked after TensorFlow started, because training there would wait for ever.
        CollapseError
            If the network collapsed, or a setting held it back, and ``collapse_guard='raise'``.

        Warns
        -----
        CollapseWarning, UnderfitWarning, NoSignalWarning, OneClassWarning
            As the verdict says.
        RepairWarning
            Where settings of the user's own are in `overridden_`.
        """
        check_parameters(self)
        with all_or_nothing(self):
            outcome, policy = self._fit_under_guard(X, y, sample_weight, X_val, y_val, kwargs)
        if outcome is not None:
            announce(outcome, policy, overridden=self.overridden_, keep=what_keeps(self.overridden_))
        return self

    def _fit_under_guard(self, X, y, sample_weight, X_val, y_val, kwargs):
        """(GuardOutcome, policy of the guard); (None, "off") for several labels per row. Sets the fitted attributes."""
        begun = time.perf_counter()
        before = getattr(self, "_trained", None) if self.warm_start else None
        seeds = spawn_seeds(self.random_state)
        X, y_codes, weights, label_finding = self._read_training(X, y, sample_weight)
        validation = self._read_validation(X_val, y_val)
        settings = fit_settings(self, kwargs, len(X))
        model, choice, recipe = self._make_network(X, seeds)
        self._tell_scale(model)
        rows = RowSettings(
            fraction=self.validation_split or self.validation_fraction or 0.0,
            fewest=1 if self.validation_split else FEWEST_HELD_OUT,
            sampler=self.sampler,
            class_weight=self.class_weight,
            keep_order=not settings["shuffle"],
            make_scaler=self._make_scaler,
        )
        table = LabelledTable(X, y_codes, weights)
        data = prepare_rows(table, self._labels, rows, seeds, validation=validation)
        plan = self._plan(model, choice, settings)
        self._initialize_callbacks()
        job = KerasFitJob(
            estimator=self,
            data=data,
            labels=self._labels,
            choice=choice,
            recipe=recipe,
            plan=plan,
            seeds=seeds,
            model=model,
            optimizer=optimizer_settings(model.optimizer),
            fresh_weights=any(finding.code in BAD_WEIGHTS for finding in self.inspection_),
            callbacks=self._fit_callbacks,
            begin_from=_begin_from(before, model, settings["initial_epoch"]),
        )
        if self._labels.is_multilabel:
            attempt = run_attempt(job, plan, number=1)
            self._keep(attempt, unchecked_report(time.perf_counter() - begun), None)
            return None, "off"
        shares, numbers = data.class_shares(), itertools.count(1)
        is_one_sided = shares.loss_prior.max() > ONE_SIDED
        policy = "off" if is_one_sided else self.collapse_guard  # one class is then what was asked for
        outcome = guard(
            lambda plan: run_attempt(job, plan, next(numbers)),
            plan,
            self._facts(data, job),
            Priors(data=shares.prior),
            self._guard_settings(policy, seeds),
        )
        trained = outcome.attempt.network.trained
        report = one_sided_report(outcome.report, shares.loss_prior.max()) if is_one_sided else outcome.report
        outcome = replace(outcome, report=with_repairs(report, trained.choice, label_finding))
        kept = data.class_shares(use_class_weight=outcome.attempt.plan.use_class_weight)
        overridden = own_overridden(outcome.report, plan, self, trained.choice)
        self._keep(outcome.attempt, outcome.report, kept.loss_prior * data.training.weights.sum(), overridden)
        return outcome, policy

    def _guard_settings(self, policy, seeds):
        """What the guard is asked to do, under a policy that may not be the user's own."""
        names = [str(name) for name in self.classes_.tolist()]
        return GuardSettings(policy=policy, max_restarts=self.max_restarts, class_names=names, seed=seeds["signal"])

    def _read_training(self, X, y, sample_weight):
        """(X, codes, weights, finding about the labels) of rows with positive weight. Sets scikeras' metadata."""
        X = self._learn_rows(X)
        weights = in_canonical_unit(check_weights(sample_weight, len(X)))
        counts = weights > 0
        if y is not None:
            check_consistent_length(X, y)
        codes, finding = self._learn_labels(y, None if counts.all() else counts)
        return X[counts], codes[counts], weights[counts], finding

    def _learn_rows(self, X):
        """Rows as an ndarray. Sets: n_features_in_, feature_names_in_, X_shape_, X_dtype_."""
        X = self._read(X, reset=True)
        self.X_shape_, self.X_dtype_ = X.shape, X.dtype
        return X

    def _learn_labels(self, y, used=None):
        """(codes, finding about the labels). Sets: classes_ and scikeras' metadata of the target."""
        self._labels, codes = learn_class_labels(y, used)
        given = np.asarray(y)
        self.classes_, self.n_classes_ = self._labels.classes, self._labels.n_classes
        self.target_type_, self.y_dtype_, self.y_ndim_ = self._labels.target_type, given.dtype, given.ndim
        self.n_outputs_ = self.n_outputs_expected_ = 1
        if given.dtype.kind != "f":
            return codes, None
        scaled = [finding for finding in judge_labels(describe_labels(given)) if finding.code == "labels_scaled"]
        return codes, scaled_labels_finding(scaled[0]) if scaled else None

    def _read_validation(self, X_val, y_val):
        """The user's own held-out rows as a LabelledTable, or None."""
        if (X_val is None) != (y_val is None):
            missing = "y_val" if y_val is None else "X_val"
            raise ValueError(f"{missing} is missing. Pass X_val and y_val together.")
        if X_val is None:
            return None
        X = self._read(X_val, reset=False)
        check_consistent_length(X, y_val)
        return LabelledTable(X, self._labels.encode(y_val), np.ones(len(X)))

    def _read(self, X, *, reset):
        """Rows as an ndarray of numbers; NaN stays."""
        X = validate_data(
            self,
            X,
            reset=reset,
            dtype="numeric",
            accept_sparse=("csr", "csc", "coo"),
            allow_nd=True,
            ensure_all_finite=False,
        )
        X = X.toarray() if hasattr(X, "toarray") else X
        if X.dtype.kind == "c":
            raise ValueError("Complex data not supported. Pass real numbers.")
        if not reset and X.shape[1:] != self.X_shape_[1:]:
            raise ValueError(f"X has rows of shape {X.shape[1:]}, but in fit they had shape {self.X_shape_[1:]}.")
        if X.dtype.kind == "f" and np.isinf(X).any():
            raise ValueError(
                "Input X contains infinity. Replace it first, for example with X = np.where(np.isinf(X), np.nan, X)."
            )
        if self.scale is None and X.dtype.kind == "f" and np.isnan(X).any():
            raise ValueError("Input X contains NaN, and scale=None leaves it. Pass scale='standard', or fill it first.")
        return X

    def _make_network(self, X, seeds):
        """(model, HeadChoice, NetworkRecipe) of the first attempt. Sets: inspection_."""
        self._random_state = None  # otherwise scikeras would use it to change settings of the whole process
        recipe = NetworkRecipe(seed=seeds["weights"], row_shape=X.shape[1:])
        model = make_network(self, recipe)
        if len(getattr(model, "outputs", None) or [None]) != 1:
            raise ValueError(f"The network has {len(model.outputs)} outputs. Let it return one: the classes.")
        choice = choose_head(model, model.loss, self._labels, repair=self.repair_head)
        self.inspection_ = put_in_order([*choice.findings, *judge_layers(reading.read_layers(model))])
        if choice.right is not None or model.loss is None:
            recipe = replace(recipe, changes=choice.changes, loss=choice.loss)
            made = make_network(self, recipe)
            if made is None:
                raise ValueError(f"{choice.findings[0].cause} {choice.findings[0].fix}")
            model = made
        return model, choice, recipe

    def _tell_scale(self, model):
        """Resolve `scale`. Sets: _scale."""
        inputs = getattr(model, "inputs", None)
        takes_numbers = not inputs or str(inputs[0].dtype).startswith("float")
        scales_itself = reading.is_scaled_inside(model) or not takes_numbers
        self._scale = self.scale if self.scale != "auto" else None if scales_itself else "standard"

    @property
    def feature_encoder(self):
        """The transformer that rows pass through; override it to use another one, as in scikeras."""
        return ColumnScaler(getattr(self, "_scale", None) if self.scale == "auto" else self.scale)

    def _make_scaler(self, scale):
        """A new transformer for an attempt with this scale; the user's own if `feature_encoder` is overridden."""
        encoder = self.feature_encoder
        return ColumnScaler(scale) if isinstance(encoder, ColumnScaler) else clone(encoder)

    def _plan(self, model, choice, settings):
        """The TrainingPlan of the user's own settings."""
        plan = plan_of(
            model,
            batch_size=settings["batch_size"],
            epochs=settings["epochs"],
            shuffle=settings["shuffle"],
            has_class_weight=self.class_weight is not None,
        )
        return replace(
            plan,
            scale=self._scale,
            label_smoothing=choice.facts.label_smoothing,
            kernel_initializer=GIVEN_INITIALIZER,
        )

    def _facts(self, data, job):
        """What the guard may know of the table."""
        if self.collapse_guard == "off":
            return None
        if data.held_out is None:
            rows = job.judged_rows()
            return facts_of_table(data.training.X[rows], data.training.codes[rows], data.n_classes)
        held_out = data.held_out
        return facts_of_table(
            data.unsampled.X, data.unsampled.codes, data.n_classes, validation=(held_out.X, held_out.codes)
        )

    def _keep(self, attempt, report, loss_mass, overridden=None):
        """Store what was learnt. Sets the fitted attributes; `loss_mass` is None for several labels per row."""
        trained, model = attempt.network
        put_weights(model, trained.weights, trained.fixed)
        self._trained, self._keras_model = trained, model
        self.feature_encoder_, self.target_encoder_ = trained.scaler, self._labels
        self.history_ = trained.history
        self.report_ = report
        self.n_restarts_ = report.n_restarts
        self.overridden_ = overridden or {}
        self._keep_loss_mass(loss_mass)

    def _keep_loss_mass(self, mass):
        """Store the weight of each class in the loss so far, (n_classes,). Sets or deletes: probability_prior_."""
        self._loss_mass = mass
        self.__dict__.pop("probability_prior_", None)
        if mass is not None and mass.any():
            self.probability_prior_ = mass / mass.sum()

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on these rows and continue the previous training. No row is held out, and the guard is off.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
        classes : array-like of shape (n_classes,), default=None
            All labels of all calls; needed in the first call if its `y` does not hold them all.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : GuardedKerasClassifier
        """
        check_parameters(self)
        with all_or_nothing(self):
            self._fit_one_epoch(X, y, classes, sample_weight)
        return self

    def _fit_one_epoch(self, X, y, classes, sample_weight):
        """What `partial_fit` does. Sets the fitted attributes."""
        seeds = spawn_seeds(self.random_state)
        if "_trained" not in self.__dict__:
            self._begin(X, y if classes is None else classes, seeds)
        X = self._read(X, reset=False)
        weights = check_weights(sample_weight, len(X))
        check_consistent_length(X, y)
        codes = self._labels.encode(y)
        train_one_epoch(self, LabelledTable(X, codes, weights).drop_zero_weight(), seeds)

    def initialize(self, X, y):
        """Make the network for these rows without training it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
        y : array-like of shape (n_samples,) or (n_samples, n_classes)

        Returns
        -------
        self : GuardedKerasClassifier
        """
        check_parameters(self)
        self._begin(X, y, spawn_seeds(self.random_state))
        return self

    def _begin(self, X, labels, seeds):
        """Make the network and learn the scale, without training. Sets the fitted attributes."""
        rows = self._learn_rows(X)
        self._learn_labels(labels)
        model, choice, recipe = self._make_network(rows, seeds)
        self._tell_scale(model)
        scaler = self._make_scaler(self._scale).fit(rows)
        trained = TrainedNetwork(
            recipe=recipe,
            choice=choice,
            scaler=scaler,
            weights=arrays_of(model.trainable_variables),
            fixed=arrays_of(model.non_trainable_variables),
            slots=None,
            history={},
            n_classes=self.n_classes_,
            offsets=np.zeros(self.n_classes_),
        )
        self._trained, self._keras_model = trained, model
        self.feature_encoder_, self.target_encoder_, self.history_ = scaler, self._labels, {}
        self.report_ = unwatched_report()
        self.n_restarts_, self.overridden_ = 0, {}
        self._keep_loss_mass(None if self._labels.is_multilabel else np.zeros(self.n_classes_))

    # ---- predict

    @property
    def model_(self):
        """The trained network; it is made again after unpickling."""
        if "_trained" not in self.__dict__:
            raise AttributeError(f"This {type(self).__name__} has no model_ before fit.")
        check_not_forked()
        if self.__dict__.get("_keras_model") is None:
            self._random_state = None
            model = make_network(self, self._trained.recipe)
            put_weights(model, self._trained.weights, self._trained.fixed)
            self._keras_model = model
        return self._keras_model

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), dtype float64
            Rows sum to 1. With several labels per row, each column is an independent probability instead.
        """
        check_is_fitted(self)
        rows = self.feature_encoder_.transform(self._read(X, reset=False))
        outputs = answer(self.model_, np.asarray(rows))
        if self._labels.is_multilabel:
            outputs = outputs.astype(np.float64)
            logits = self._trained.choice.facts.from_logits
            return 0.5 * np.tanh(0.5 * outputs) + 0.5 if logits else np.clip(outputs, 0.0, 1.0)
        return self._trained.probabilities(outputs)

    def predict(self, X):
        """Predict labels, in the form that they had in `fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)

        Returns
        -------
        labels : ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        probabilities = self.predict_proba(X)
        return self._labels.decode(probabilities)

    def score(self, X, y, sample_weight=None):
        """Accuracy of the predicted labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        accuracy : float
        """
        return accuracy_score(y, self.predict(X), sample_weight=sample_weight)

    def save_model(self, path, *, leave_out=()):
        """Write the fitted classifier to a model file, which `load_model` reads without running any code.

        The file holds the network as its Keras configuration and arrays, not the function that made it: the loaded
        classifier has the network as its `model`. Layers, loss and optimizer must be Keras' own, and no Lambda.

        Parameters
        ----------
        path : str or path-like
            Such as ``"model.rmlp"``. A file that is there is replaced.
        leave_out : sequence of str, default=()
            Parameters that are not written: those that hold code. Without ``"loss"`` or ``"optimizer"`` the loaded
            classifier predicts, and `partial_fit` cannot go on.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        ModelFileError
            For what a model file cannot hold. The message names it.
        OSError
            If the file cannot be written.
        """
        from robust_mlp.keras_classifier import model_file
        from robust_mlp.persistence.file_format.model_file import write_model_file

        write_model_file(path, model_file.KIND, lambda arrays: model_file.describe(self, arrays, leave_out))

    # ---- what scikit-learn asks for

    def __sklearn_is_fitted__(self):
        return "_trained" in self.__dict__

    def __sklearn_tags__(self):
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags(multi_class=True, multi_label=True)
        tags.target_tags.required = True
        tags.input_tags.allow_nan = self.scale is not None
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name not in _REBUILT}


def _begin_from(before, model, initial_epoch):
    """(weights, fixed, slots, first epoch) of a training to continue; None if it does not fit the network."""
    if before is None:
        return None
    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    if [w.shape for w in before.weights] != shapes:
        return None
    return before.weights, before.fixed, before.slots, initial_epoch
