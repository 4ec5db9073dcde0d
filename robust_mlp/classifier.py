"""RobustMLPClassifier: parameters, checks and prediction. `_fit` trains it."""

import gc

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from robust_mlp._core.losses import softmax
from robust_mlp._core.parameters import check_parameters
from robust_mlp._core.presets import preset_parameters
from robust_mlp._prediction.drift_warning import warn_of_drift
from robust_mlp._system.all_or_nothing import all_or_nothing
from robust_mlp._system.forks import check_not_forked
from robust_mlp._system.freed_memory import give_back
from robust_mlp._system.html_repr import ShowsWithoutModel
from robust_mlp._system.missing_packages import check_installed
from robust_mlp._system.sklearn_compat import CallbackSupportMixin, with_callbacks
from robust_mlp.persistence.export.parameters import check_export_parameters

# Not pickled: the Keras model is rebuilt from the arrays on first use.
_REBUILT = ("_keras_model",)

# What an installation that only predicts need not have.
_TRAINING_NEEDS = ("keras", "tensorflow")


class RobustMLPClassifier(ShowsWithoutModel, CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """A neural network for tables that never silently predicts one class.

    A Keras multi-layer perceptron with a softmax head. It scales its inputs and handles categories and missing values.
    A guard compares the network with the class prior on held-out rows. If the network collapsed, the guard looks for
    the cause, repairs the training plan and trains again. ``report_`` says what happened, in words and in numbers.

    Parameters
    ----------
    hidden_layer_sizes : 'auto', int or sequence of int, default='auto'
        Units of each hidden layer, each >= 1. An empty sequence makes a linear model. 'auto': (64, 64) up to 1,000
        rows, else (128, 128), also in `partial_fit`; (16,) for a sparse table that stays sparse.
    activation : str, default='silu'
        Activation of the hidden units: 'relu', 'leaky_relu', 'relu6', 'elu', 'selu', 'gelu', 'silu' (or 'swish'),
        'mish', 'softplus', 'softsign', 'tanh', 'sigmoid' (or 'logistic'), 'hard_sigmoid', 'exponential', 'linear' (or
        'identity').
    n_members : 'auto' or int, default='auto'
        Networks trained side by side and averaged, >= 1. Each holds out another part of the rows. So together they
        train on every row, and every row is predicted by a network that never saw it. 'auto': 12 up to 2,000 rows, 8
        up to 5,000, 6 up to 500,000, else 4; above 2,000 rows up to 24 if `max_time` has time for them.
    dropout : float, default=0.1
        Share of hidden outputs dropped in training, in [0, 1).
    input_dropout : float, default=0.0
        Share of input values dropped in training, in [0, 1).
    batch_norm : bool, default=False
        Normalize each hidden layer's inputs over the batch, before its activation.
    max_norm : float or None, default=None
        Largest norm of a unit's incoming weights, > 0.
    linear_path : bool, default=True
        Whether a linear layer leads from the inputs directly to the logits, in addition to the hidden layers [4]_. It
        learns the linear part of the signal at once, also in a deep network. False: hidden layers only, as in
        scikit-learn's MLPClassifier.
    optimizer : str or keras.optimizers.Optimizer, default='adam'
        The name of a Keras optimizer, in upper or lower case, or an optimizer whose settings, with its learning rate,
        are used.
    learning_rate : float, default=0.002
        Step size, > 0. Ignored if `optimizer` is an object.
    learning_rate_schedule : {'auto', 'cosine', 'linear', 'exponential', 'constant'}, callable or None, default='auto'
        How the learning rate falls over `max_iter` epochs. A callable takes the progress in [0, 1) and returns a
        factor. None is 'constant'. 'auto' is a cosine over about 2,000 updates, or 4,000 above 20,000 rows, but at
        least 10 epochs; then the training ends. It becomes twice as long, up to `max_iter` epochs, as often as the
        held-out loss of its first half shows that more epochs lower it.
    weight_decay : float, default=0.01
        Decoupled decay of kernels, >= 0: each step shrinks them by this share times the learning rate [1]_.
    label_smoothing : float, default=0.0
        Share of each label spread evenly over all classes, in [0, 1).
    batch_size : 'auto' or int, default='auto'
        Rows per update, >= 1. 'auto': about 20 updates an epoch, between 32 and 256 rows; up to 2,048 for a sparse
        table.
    max_iter : int, default=200
        Largest number of epochs, >= 1. An 'auto' schedule may end earlier.
    shuffle : bool, default=True
        Whether the rows get a new order in every epoch.
    early_stopping : 'auto' or bool, default='auto'
        Whether held-out rows choose the epoch and the temperature of the probabilities, and end the training when it
        stops improving. 'auto': with several members, or from 200 distinct rows on.
    scoring : str or callable, default='loss'
        The measure that chooses the epoch: 'loss', the log loss at the best temperature [2]_, or a scikit-learn scorer.
    validation_fraction : float or int, default=0.1
        Share (in (0, 1)) or number of rows held out if there is one member, no `X_val`, and `early_stopping`; or if
        ``validation='last'``. Else it has no effect with several members, the default: each leaves
        out a part of its own. With `groups`, it counts groups.
    validation : {'random', 'last'}, default='random'
        Which rows are held out if there is no `X_val`. 'random': random ones of each class, so that rows of one group
        stay together if `fit` is given `groups`. 'last': the last ones of the table, `validation_fraction` of them, for
        rows in the order of time. All members hold them out and none is trained on them.
    n_iter_no_change : int, default=15
        Number of epochs without a gain of more than `tol` after which the training ends, >= 1.
    tol : float, default=1e-4
        Smallest gain that counts, >= 0: in nats for 'loss', else in the unit of the scorer.
    max_time : float or None, default=None
        Budget of the fit in seconds, > 0. What there is no time for is left out, in this order: extra members, further
        trainings, simple models that the guard compares with, the rest of the training, the training of hidden layers,
        a part of the rows. The best weights so far are kept, and the report says what was cut or left out. In a process
        that has trained before, a fit ends within 1.3 times the budget and a second. A large budget pays for more
        members, see `n_members`.
    callbacks : keras.callbacks.Callback, list of these, or None, default=None
        Keras callbacks that act on epochs. They are copied for each fit, and see every training of the guard, also one
        that is not kept. Pass scikit-learn's callbacks to `set_callbacks`.
    checkpoint : str, path-like or None, default=None
        File in which `fit` keeps its trainings every ten seconds, each state whole or not at all. A fit that was
        killed goes on from there when it is called again with the same table and parameters, and ends in the same bits
        as one that was not. Another fit raises, and leaves the file as it is. The file is deleted once the fit has
        ended, and stays if Ctrl-C or `max_time` cut the fit off. Not together with `callbacks`, whose state no file can
        hold; `partial_fit` ignores it.
    warm_start : bool, default=False
        Whether `fit` begins with the weights of the previous fit.
    scale : {'standard', 'robust'} or None, default='standard'
        How number columns are scaled. 'standard': mean 0 and variance 1, after a signed logarithm where tails are
        heavy; a rare value of two is at most 5. 'robust': median 0 and interquartile range 1.349, with large values
        smoothly clipped. None: not at all. A sparse table that stays sparse is not centred.
    numerical_embedding : {'auto', 'mixed', 'piecewise_linear'} or None, default='auto'
        'piecewise_linear' cuts the range of each number column at quantiles into up to 14 pieces, 22 of many rows, and
        62 or 254 more where small differences matter. It adds one input for each piece: how far the number reaches
        through it [3]_. Values that come again and matter, too, get learned vectors. 'mixed' does this for two of three
        members; the third sees plain numbers. It also adds members without hidden units (`n_additive_members_`,
        `n_radial_members_`, `n_mixed_effects_members_`).
        'auto' is 'mixed' for scaled columns, up to 125 number columns and 50 million such cells; else None.
    categorical_features : 'from_dtype', array-like or None, default='from_dtype'
        The columns that are categories. 'from_dtype': columns of a frame with a category, string or Enum dtype, and
        object columns of strings. Otherwise a mask, indices or names. None: no column.
    class_weight : None, 'balanced', dict or array-like, default=None
        Weight of each class in the loss. None: equal weights for all rows. 'balanced': equal totals for all classes.
        A dict maps labels to weights; an array follows the order of `classes_`. The weight multiplies
        `sample_weight`. The default is None because weights change the meaning of the probabilities.
    sampler : None, str or imbalanced-learn sampler, default=None
        How training rows are resampled, after the split. 'over' repeats rows of small classes. 'under' draws as few
        rows of the large classes, others in each epoch. 'smote' makes new rows of small classes. 'balanced_batches'
        draws each batch balanced. Or a sampler with ``fit_resample``, which is cloned.
    prior_correction : bool, default=False
        Whether `predict_proba` corrects the effect of `class_weight` and `sampler` on the class shares. The corrected
        probabilities of held-out rows then choose the epoch, the temperature and the rest of the correction.
    decision : str, callable or array-like of shape (n_classes, n_classes), default='argmax'
        How `predict` chooses a class. 'argmax': the most probable class. 'balanced': the same, after a division by the
        class shares. A scorer, its name, or 'geometric_mean': with offsets, learned on held-out rows, that maximize
        it. A matrix ``costs[true, predicted]``: the class with the least expected cost.
    collapse_guard : {'repair', 'warn', 'raise', 'off'}, default='repair'
        What to do about a network that collapsed, or that a setting holds back: repair and train again; only warn;
        raise `CollapseError`; do not check.
    max_restarts : int, default=3
        Largest number of additional trainings that the guard may start, >= 0.
    random_state : int, RandomState instance or None, default=None
        Decides splits, initial weights, order and dropout. No global generator is used. The same int gives the same
        bits on one machine if NumPy's BLAS has the same number of threads: with another number it adds in another
        order, which changes the last digits. In joblib's processes and under ``OMP_NUM_THREADS`` it has fewer.
    verbose : int or bool, default=0
        1 shows a bar with the best loss and the time left, on a terminal or in a notebook, if tqdm is there
        (``pip install tqdm``) and the fit takes more than two seconds; elsewhere it prints a line for each epoch. 2 or
        more prints the lines everywhere. Both say when the guard trains again, and why.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,), dtype object
        Only if the training table had string column names.
    report_ : TrainingReport
        Verdict, findings, attempts, comparison with the prior. Prints itself.
    feature_importances_ : ndarray of shape (n_features,), dtype float64
        How much the log loss of held-out rows rises when a column is permuted, measured by about 15,000 predictions.
        A rise below 0 counts as 0. They sum to 1, unless all are 0. Each row is predicted by members that were not
        trained on it; if no rows are held out, training rows are used. `SelectFromModel` and `RFE` read it. Of two
        equal columns each has a part. Not after `partial_fit`. `explain` measures more exactly.
    class_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares of the training rows, by sample weight.
    probability_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares that `predict_proba` answers in. `class_weight` and `sampler` move them away from `class_prior_`;
        with ``prior_correction=True`` they are the same. `PriorShiftClassifier` and `diagnose` read them.
    decision_offsets_ : ndarray of shape (n_classes,), dtype float64
        `predict` adds them to log-probabilities and takes the largest. Zeros for 'argmax' and for costs.
    sample_indices_ : ndarray of int, or list of these
        For each training row, the number of the user's row that it is, or from which the sampler made it. One array
        per member if there are several. 'under' and 'balanced_batches' draw anew in each epoch: all rows that may be
        drawn.
    oof_decision_function_ : ndarray of shape (n_samples, n_classes), dtype float64
        For each row, the probabilities of the member that was not trained on it. NaN if its weight is 0 or if all
        members were trained on it, for example if it is the only row of its class. `decision` and the guard use these
        probabilities. Only with several members and without `X_val`.
    temperature_ : float
        The divisor of the trained network's logits, as the members' mean. Above 1, the network was overconfident. 1
        without held-out rows.
    n_iter_ : int
        Number of epochs of the training that was kept.
    n_members_ : int
        Number of networks with hidden units in the average.
    n_additive_members_ : int
        Number of additive models (one curve per column) in the average: one for every four members. They need the
        'mixed' embedding, hidden layers, ``optimizer='adam'`` and the guard, and a held-out loss at most 15 % above
        that of the others. For a sparse table that stays sparse: 1 if a penalized linear model joined.
    n_radial_members_ : int
        Number of RBF networks in the average, under the same conditions: three for every four members, with three
        widths. Each counts half.
    n_mixed_effects_members_ : int
        Number of logistic regressions with random effects of levels, ranges, pairs of them and slopes in the average,
        under the same conditions: up to six, from 1,000 rows on. Each counts half. As many as `n_members_` where they
        took the place of networks that had found nothing.
    n_restarts_ : int
        Number of additional trainings that the guard started.
    overridden_ : dict of str to tuple
        (typed, used) of each parameter that was given another value than its default, and that the network which is
        kept was not trained with, because the guard repaired it; {} where there is none. `get_params` still gives what
        was typed.
    loss_curve_ : list of float
        Training loss of each epoch, in nats.
    validation_scores_ : list of float or None
        Held-out score of each epoch, higher is better; None without held-out rows.
    best_loss_ : float
        Smallest training loss.
    best_validation_score_ : float or None
        Best of `validation_scores_`.
    history_ : dict of str to list
        The same curves with Keras' names, and the learning rates.
    out_activation_ : str
        'softmax'.
    input_columns_ : tuple of InputColumn
        Name and kind of each column of the training table, and the levels of categories. For programs that check rows
        before they predict them.
    model_ : keras.Model
        The network in Keras, from encoded rows to probabilities. It is built on first use. `to_keras` makes a model
        that takes raw columns.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : scikit-learn's multi-layer perceptron.
    sklearn.ensemble.HistGradientBoostingClassifier : boosted trees, with the same handling of categories.

    References
    ----------
    .. [1] Loshchilov, Hutter (2019), "Decoupled Weight Decay Regularization", https://arxiv.org/abs/1711.05101
    .. [2] Berta, Holzmueller, Jordan, Bach (2025), "Rethinking Early Stopping: Refine, Then Calibrate",
       https://arxiv.org/abs/2501.19195
    .. [3] Gorishniy, Rubachev, Babenko (2022), "On Embeddings for Numerical Features in Tabular Deep Learning",
       https://arxiv.org/abs/2203.05556
    .. [4] Cheng et al. (2016), "Wide & Deep Learning for Recommender Systems", https://arxiv.org/abs/1606.07792

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import train_test_split
    >>> from robust_mlp import RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    >>> clf = RobustMLPClassifier(max_iter=50, random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.9
    True
    >>> print(clf.report_.verdict)
    HEALTHY
    """

    def __init__(
        self,
        hidden_layer_sizes="auto",
        activation="silu",
        *,
        n_members="auto",
        dropout=0.1,
        input_dropout=0.0,
        batch_norm=False,
        max_norm=None,
        linear_path=True,
        optimizer="adam",
        learning_rate=0.002,
        learning_rate_schedule="auto",
        weight_decay=0.01,
        label_smoothing=0.0,
        batch_size="auto",
        max_iter=200,
        shuffle=True,
        early_stopping="auto",
        scoring="loss",
        validation_fraction=0.1,
        validation="random",
        n_iter_no_change=15,
        tol=1e-4,
        max_time=None,
        callbacks=None,
        checkpoint=None,
        warm_start=False,
        scale="standard",
        numerical_embedding="auto",
        categorical_features="from_dtype",
        class_weight=None,
        sampler=None,
        prior_correction=False,
        decision="argmax",
        collapse_guard="repair",
        max_restarts=3,
        random_state=None,
        verbose=0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.n_members = n_members
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.batch_norm = batch_norm
        self.max_norm = max_norm
        self.linear_path = linear_path
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.validation = validation
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.max_time = max_time
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.warm_start = warm_start
        self.scale = scale
        self.numerical_embedding = numerical_embedding
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.sampler = sampler
        self.prior_correction = prior_correction
        self.decision = decision
        self.collapse_guard = collapse_guard
        self.max_restarts = max_restarts
        self.random_state = random_state
        self.verbose = verbose

    @classmethod
    def preset(cls, name, **parameters):
        """A classifier with the parameters of a named preset.

        Parameters
        ----------
        name : {'fast', 'default', 'best'}
            'fast': three small networks. 'default': as if no parameter was typed. 'best': 32 networks and 300 epochs.
        **parameters
            Parameters of the classifier; they win over those of the preset.

        Returns
        -------
        clf : RobustMLPClassifier
            Unfitted.

        Raises
        ------
        ValueError
            If there is no such preset.

        Examples
        --------
        >>> from robust_mlp import RobustMLPClassifier
        >>> RobustMLPClassifier.preset("fast", random_state=0)
        RobustMLPClassifier(hidden_layer_sizes=(64, 64), n_members=3, random_state=0)
        """
        return cls(**preset_parameters(name, parameters))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.categorical = True
        return tags

    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, groups=None, X_val=None, y_val=None, sample_weight_val=None):
        """Train under the guard.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Numbers of any dtype, dates and durations; NaN is a missing value. In a DataFrame, the dtype tells
            categories. A large sparse matrix or array that is mostly empty stays sparse.
        y : array-like of shape (n_samples,)
            Labels of any type, at least two different ones.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0. A row of weight 2 is a row that occurs twice.
        groups : array-like of shape (n_samples,), default=None
            Rows with the same value belong together: of one patient, say. No split of the fit parts them: what a row
            is judged by was trained on no row of its group. At least two groups. In a search or pipeline, ask for
            them with ``set_fit_request(groups=True)``.
        X_val : like X, default=None
            Held-out rows that choose the epoch, instead of a part of `X`.
        y_val : array-like, default=None
            Their labels.
        sample_weight_val : array-like, default=None
            Their weights.

        Returns
        -------
        self : RobustMLPClassifier

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, before any training.
        ImportError
            If Keras or TensorFlow is not installed.
        RuntimeError
            In a process that was forked after TensorFlow started, because training there would wait for ever.
        CollapseError
            If training collapsed, or a setting held the network back, and ``collapse_guard='raise'``.

        Warns
        -----
        CollapseWarning, UnderfitWarning, NoSignalWarning, OneClassWarning
            As the verdict says.
        RepairWarning
            Where settings that were typed are in `overridden_`.
        """
        # Imported here and not at the top: a process that only predicts needs none of it.
        from robust_mlp._collapse.announce import announce
        from robust_mlp._fit.fit import fit

        check_parameters(self)
        check_installed("RobustMLPClassifier.fit", *_TRAINING_NEEDS)
        check_not_forked()
        with all_or_nothing(self):
            outcome, predicted = fit(self, X, y, sample_weight, (X_val, y_val, sample_weight_val), groups)
        if outcome.report.signal is not None:
            gc.collect()  # simple models leave cycles, which hold the frames of this fit and so its table
        give_back()  # after the fit's own table is gone
        announce(outcome, self.collapse_guard, predicted, self.overridden_)
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on these rows and continue the previous training.

        Scales follow the rows of all calls, and levels that come later get inputs of their own; what the network has
        learnt stays. A few earlier rows stand for the classes that a call lacks. There is no early stopping and no
        repair. Unless ``collapse_guard='off'``, a tenth of the rows of each class are held out, a fiftieth once there
        are 30, and the last 30 judge the network; ``report_`` says what they show. A call that raises leaves the
        classifier as it was.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            All labels of all calls; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0.

        Returns
        -------
        self : RobustMLPClassifier

        Raises
        ------
        ValueError, TypeError
            As in `fit`; `classes` is missing or differs from the first call; or the loss is not finite.
        ImportError, RuntimeError
            As in `fit`.

        Warns
        -----
        OneClassWarning
            Where `predict` gives one class to all rows that it is judged by.
        DriftWarning
            Where a column comes in another unit than before: its values are spread over 30 times less, or lie 30
            standard deviations away. The scale then follows the new rows alone.
        """
        from robust_mlp._collapse.stream_report import warn_of_one_class
        from robust_mlp._fit.partial_fit import fit_one_epoch
        from robust_mlp._fit.unit_warning import warn_of_units

        check_parameters(self)
        check_installed("RobustMLPClassifier.partial_fit", *_TRAINING_NEEDS)
        check_not_forked()
        with all_or_nothing(self):
            one_class, units = fit_one_epoch(self, X, y, classes, sample_weight)
        if units is not None:
            warn_of_units(units)
        if one_class is not None:
            warn_of_one_class(one_class)
        return self

    def save_model(self, path, *, leave_out=(), rows=True):
        """Write the fitted classifier to a model file, which `load_model` reads without running any code.

        The file holds what a pickle holds, as text and arrays. It is written beside its place and renamed once it is on
        the disk, so that an interrupted save leaves an old file as it was.

        Parameters
        ----------
        path : str or path-like
            Such as ``"model.rmlp"``. A file that is there is replaced.
        leave_out : sequence of str, default=()
            Names of parameters and attributes that are not written. Needed for parameters that hold code: functions,
            callbacks, objects of other packages. The loaded classifier predicts the same, and has the defaults of these
            parameters.
        rows : bool, default=True
            Whether to write what there is for each training row: `sample_indices_`, `oof_decision_function_`, rows that
            `partial_fit` holds out or trains on again, and levels of categories that no prediction depends on, most of
            which are those of a single row. The file holds other parts of the training table in any case: all other
            levels, examples of cells in the report, and centers of radial members, which lie beside encoded rows.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        ModelFileError
            For what a model file cannot hold. The message names it.
        TypeError, ValueError
            If `leave_out` is no list, or names what the classifier does not have or cannot do without.
        OSError
            If the file cannot be written.

        See Also
        --------
        load_model : Reads the file; it has an example.
        """
        self._write_model_file(path, leave_out, rows)

    def _write_model_file(self, path, leave_out=(), rows=True, more=None):
        """As `save_model`; `more` is a dict of what a command keeps in the file beside the classifier."""
        from robust_mlp.persistence.file_format import classifier
        from robust_mlp.persistence.file_format.model_file import write_model_file

        if type(self) is not RobustMLPClassifier:
            raise TypeError(
                f"{type(self).__name__} is a class of its own, and load_model builds a RobustMLPClassifier. Save what "
                "it adds beside the model, or use pickle."
            )
        write_model_file(path, classifier.KIND, lambda arrays: classifier.describe(self, arrays, leave_out, rows), more)

    def slim(self):
        """Forget what is known of single training rows, in place. Predictions stay the same bits.

        Deletes `sample_indices_`, `oof_decision_function_`, cells in `report_`, levels of categories that no prediction
        depends on, and the rows that `partial_fit` holds out or trains on again. It then goes on as after `fit`. What
        stays: levels with an input or a vector of their own, ranges and scales of columns, and the centers of radial
        members, which lie beside training rows.

        Returns
        -------
        self : RobustMLPClassifier

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_wine
        >>> from robust_mlp import RobustMLPClassifier
        >>> X, y = load_wine(return_X_y=True)
        >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
        >>> hasattr(clf, "oof_decision_function_"), hasattr(clf.slim(), "oof_decision_function_")
        (True, False)
        """
        from robust_mlp._fit.slim import make_slim

        check_is_fitted(self)
        make_slim(self)
        return self

    def predict(self, X):
        """Predict a class: the most probable one, or the choice of `decision`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            The columns of the training table, in the same order.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        scores = self._scores(X)
        codes = scores.argmax(axis=1) if self._decision is None else self._decision.decide(softmax(scores))
        return self.classes_[codes]

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), dtype float64
            Columns in the order of `classes_`; rows sum to 1.
        """
        matrix = self._read(X)
        return self._fitted.probabilities(matrix)

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes), dtype float64
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X):
        """Scores with the same order as the probabilities.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), dtype float64
            Two classes: log odds of the second. More: values whose softmax is `predict_proba`.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def to_keras(self, *, dtype="float64", missing_texts=("", "nan", "None", "<NA>", "NaT")):
        """Convert into a Keras model that takes raw columns.

        Levels, missing values and levels that were never seen, dates, scaling, all members of the ensemble, temperature
        and prior correction are layers and operations of Keras. So its files load in a process without this package.

        Parameters
        ----------
        dtype : {'float64', 'float32'}, default='float64'
            In which the network is computed. In 'float64', probabilities are those of `predict_proba`, up to rounding
            errors. The encoding of columns is computed in float64 in both.
        missing_texts : sequence of str, default=("", "nan", "None", "<NA>", "NaT")
            Texts that stand for a missing value in inputs of texts, since TensorFlow has no missing text. A text that
            is also a level of the column is that level.

        Returns
        -------
        model : keras.Model
            From a dict of arrays of shape (n_rows, 1), one for each column, to probabilities in the order of
            `classes_`. If the training table had no column names and numbers only: from one matrix.

            - numbers, and categories whose levels are numbers: float64, NaN is missing
            - categories: strings
            - dates: int64, microseconds since 1970; NumPy's NaT as a whole number is missing
            - durations: float64, seconds
            - whole numbers beyond 2^53: int64

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        ValueError
            For a parameter out of range, or for a column that Keras cannot take; the message names it.
        ImportError
            If Keras or TensorFlow is not installed.

        Notes
        -----
        Call the model, or `predict_on_batch`. `model.predict` first rounds NumPy arrays to float32, which changes a
        column such as seconds since 1970; ``keras.config.set_floatx("float64")`` turns that off.

        `decision` is not part of the model, as it returns probabilities. `to_onnx` converts it, too.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from robust_mlp import RobustMLPClassifier
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> clf = RobustMLPClassifier(max_iter=20, random_state=0).fit(X, y)
        >>> model = clf.to_keras()
        >>> probabilities = model.predict_on_batch({name: X[[name]].to_numpy() for name in X})
        >>> bool(abs(probabilities - clf.predict_proba(X)).max() < 1e-9)
        True
        """
        check_is_fitted(self)
        check_export_parameters(dtype, missing_texts)
        check_installed("to_keras", *_TRAINING_NEEDS)
        check_not_forked()
        from robust_mlp.persistence.export.keras_model import keras_model

        return keras_model(self, dtype, missing_texts)

    @property
    def input_columns_(self):
        """The columns of the table that the classifier takes: tuple of InputColumn."""
        check_is_fitted(self)
        return self._reader.input_columns

    @property
    def model_(self):
        """The network as a compiled `keras.Model`, from encoded rows to probabilities; built on first use.

        A process that loads a file of it has to ``import robust_mlp.layers`` first. `to_keras` makes a model that takes
        raw columns and needs only Keras.
        """
        check_is_fitted(self, "_fitted")
        if "_keras_model" not in self.__dict__:
            check_installed("model_", *_TRAINING_NEEDS)
            check_not_forked()
            from robust_mlp._network.public_model import public_model

            self._keras_model = public_model(
                self._plan,
                self._fitted.encoding.n_outputs,
                len(self.classes_),
                self._fitted.answering_weights,
                self._fitted.companions,
                embedding_sizes=self._fitted.encoding.embedding_sizes,
            )
        return self._keras_model

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name not in _REBUILT}

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fitted")

    def _scores(self, X):
        matrix = self._read(X)
        return self._fitted.scores(matrix)

    def _read(self, X):
        """Rows to predict, as the matrix for the network's encoding."""
        check_is_fitted(self)
        matrix = self._reader.read(self, X)
        warn_of_drift(getattr(self, "_ranges", None), matrix, self._reader, X)
        return matrix
