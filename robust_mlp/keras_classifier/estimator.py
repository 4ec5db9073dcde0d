"""GuardedKerasClassifier: parameters, promises and prediction. Other modules of this folder hold the steps of a fit."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score
from sklearn.utils import ClassifierTags
from sklearn.utils.validation import check_is_fitted

from robust_mlp._collapse.announce import announce
from robust_mlp._collapse.stream_report import warn_of_one_class
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._fit.unit_warning import warn_of_units
from robust_mlp._system.all_or_nothing import all_or_nothing
from robust_mlp._system.floating_point import usual_floating_point
from robust_mlp._system.forks import check_not_forked
from robust_mlp._system.html_repr import ShowsWithoutModel
from robust_mlp.exceptions import CollapseWarning
from robust_mlp.keras_classifier.base import KerasClassifier
from robust_mlp.keras_classifier.fit import begin, fit_under_guard
from robust_mlp.keras_classifier.model_file import write as write_model_file
from robust_mlp.keras_classifier.network_factory import make_network
from robust_mlp.keras_classifier.parameters import check_parameters
from robust_mlp.keras_classifier.partial_fit import fit_one_epoch
from robust_mlp.keras_classifier.reporting import what_keeps
from robust_mlp.keras_classifier.rows import check_gaps, read_rows
from robust_mlp.keras_classifier.scaling import ColumnScaler
from robust_mlp.keras_classifier.training import answer, put_weights

# Attributes that are not pickled but made again.
_REBUILT = ("_keras_model", "_fit_callbacks", "_predict_callbacks")


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
        1 or more prints a line for each epoch, and why the guard trains again when it does.
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
        that scales, normalizes or embeds its inputs itself, and where held-out rows show that scaled columns made the
        network worse. Columns of integer codes that the network looks up are never scaled.
    repair_head : bool, default=True
        Whether a head and loss that contradict the labels are replaced.
    collapse_guard : {'repair', 'warn', 'raise', 'off'}, default='repair'
        What to do about a collapsed network: train again with repaired settings; only warn; raise `CollapseError`; do
        not check.
    max_restarts : int, default=3
        Largest number of additional trainings, >= 0.
    max_time : float, default=None
        Budget of the fit in seconds, > 0. When it is used up, the training ends within a few batches. Simple models and
        further trainings are left out if there is no time for them. The report says what was cut or left out.
    validation_fraction : float, default=0.1
        Share of the rows that is held out for the guard. At least 100 rows are held out, but at most a fifth of all
        rows for this reason. If the share is fewer than 30 rows, nothing is held out, and the guard judges training
        rows. With `groups` it counts groups, and up to a fifth of them are held out before it comes to that.
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
    input_shapes_ : tuple or dict of tuple
        Only if X was a list or a dict of arrays: the shape of one row of each. In ``meta``, too.
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
        max_time=None,
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
        self.max_time = max_time

    # ---- fit

    def fit(self, X, y=None, sample_weight=None, *, groups=None, X_val=None, y_val=None, **kwargs):
        """Inspect, train and judge the network; if it collapsed, train it again with repaired settings.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), or array of shape (n_samples, ...)
            Numeric. NaN is a missing value if rows are scaled. For a network with several inputs: a list of arrays in
            the order of its inputs, or a dict of arrays by the names of its inputs. Or a `tf.data.Dataset` or
            `keras.utils.PyDataset` of batches (x, y) or (x, y, sample_weight), which is read whole.
        y : array-like of shape (n_samples,), or 0/1 of shape (n_samples, n_classes), default=None
            Labels of any type; one-hot; or several labels per row. None where X holds them.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0.
        groups : array-like of shape (n_samples,), default=None
            Rows with the same value belong together, and are held out together. At least two groups. In a search or
            pipeline, ask for them with ``set_fit_request(groups=True)``.
        X_val, y_val : array-like, default=None
            Rows by which the network is judged, instead of a part of X. In the form of X and y.
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
            As the verdict says. CollapseWarning also with ``collapse_guard='off'`` if the network predicts what is not
            a number.
        RepairWarning
            Where settings of the user's own are in `overridden_`.
        """
        check_parameters(self)
        with usual_floating_point(), all_or_nothing(self):
            outcome, policy = fit_under_guard(self, X, y, sample_weight, groups, (X_val, y_val), kwargs)
        if outcome is not None:
            announce(outcome, policy, overridden=self.overridden_, keep=what_keeps(self.overridden_))
        return self

    @property
    def feature_encoder(self):
        """The transformer that rows pass through; override it to use another one, as in scikeras."""
        return self._column_scaler(getattr(self, "_scale", None) if self.scale == "auto" else self.scale)

    def _make_scaler(self, scale):
        """A new transformer for an attempt with this scale; the user's own if `feature_encoder` is overridden."""
        encoder = self.feature_encoder
        return self._column_scaler(scale) if isinstance(encoder, ColumnScaler) else clone(encoder)

    def _column_scaler(self, scale):
        """A ColumnScaler that leaves integer codes alone."""
        return ColumnScaler(scale, as_is=getattr(self, "_as_is", ()))

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on these rows and continue the previous training.

        There is no repair. Unless ``collapse_guard='off'``, a tenth of the rows of each class are held out, a fiftieth
        once there are 30, and the last 30 judge the network; ``report_`` says what they show. Rows that are no numbers,
        or carry several labels, are all trained on. The scale of the columns follows the rows of all calls where the
        first layer is a `Dense` with a bias that alone reads the input: its kernel takes the change, so that answers
        stay. Any other network keeps the scale of its first call, unless that was of fewer than ten rows, of a constant
        column or in another unit.

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

        Warns
        -----
        OneClassWarning
            Where `predict` gives one class to all rows that it is judged by.
        CollapseWarning
            Where the weights are no numbers any more.
        DriftWarning
            Where a column comes in another unit than before. The scale then follows the new rows alone.
        """
        check_parameters(self)
        with usual_floating_point(), all_or_nothing(self):
            one_class, units = fit_one_epoch(self, X, y, classes, sample_weight)
        if units is not None:
            warn_of_units(units)
        if one_class is not None:
            warn_of_one_class(one_class)
        return self

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
        with usual_floating_point():
            begin(self, X, y, spawn_seeds(self.random_state))
        return self

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
        with usual_floating_point():
            rows = check_gaps(read_rows(self, X, reset=False), self.feature_encoder_)
            rows = self.feature_encoder_.transform(rows)
            outputs = answer(self.model_, np.asarray(rows), self._parts)
            _warn_of_nan(outputs)
            if not self._labels.is_multilabel:
                return self._trained.probabilities(outputs)
            outputs = outputs.astype(np.float64)
            logits = self._trained.choice.facts.from_logits
            return 0.5 * np.tanh(0.5 * outputs) + 0.5 if logits else np.clip(outputs, 0.0, 1.0)

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
        TypeError, ValueError, OSError
            If `leave_out` is no list of the classifier's parameters; if the file cannot be written.
        """
        write_model_file(self, path, leave_out)

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


def _warn_of_nan(outputs):
    """Warn if outputs are not numbers: the class with the largest of them is then always the first."""
    n_bad = int((~np.isfinite(outputs)).any(axis=1).sum())
    if n_bad:
        warnings.warn(
            f"The network answers {n_bad} of {len(outputs)} rows with NaN or infinity, and predict gives these to the "
            "first class. Fit again with a smaller optimizer__learning_rate, scaled columns, or "
            "collapse_guard='repair'.",
            CollapseWarning,
            stacklevel=4,
        )
