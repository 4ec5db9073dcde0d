"""RobustMLPClassifier: parameters, promises and prediction. Training is in `_fit`."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from robust_mlp._core.parameters import check_parameters
from robust_mlp._prediction.network import softmax
from robust_mlp._system.forks import check_not_forked
from robust_mlp._system.freed_memory import give_back
from robust_mlp._system.sklearn_compat import CallbackSupportMixin, with_callbacks

# Kept out of pickles: the Keras model is rebuilt from the arrays when asked for.
_REBUILT = ("_keras_model",)


class RobustMLPClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """A neural network for tables that never silently predicts one class.

    A Keras multi-layer perceptron with a softmax head on logits, standardized inputs, native categories and missing
    values, and a guard that compares the network with the class prior on rows it was not trained on. If the network
    collapsed, the guard looks for the cause, repairs the training plan and trains again; ``report_`` says what
    happened, in words and in numbers.

    Parameters
    ----------
    hidden_layer_sizes : 'auto', int or sequence of int, default='auto'
        Units of each hidden layer, each >= 1. An empty sequence makes a linear model. 'auto': (64, 64) up to 1,000
        rows, else and in `partial_fit` (128, 128).
    activation : str, default='silu'
        Of the hidden units: 'relu', 'leaky_relu', 'relu6', 'elu', 'selu', 'gelu', 'silu' (or 'swish'), 'mish',
        'softplus', 'softsign', 'tanh', 'sigmoid' (or 'logistic'), 'hard_sigmoid', 'exponential', 'linear' (or
        'identity').
    n_members : 'auto' or int, default='auto'
        Networks trained side by side and averaged, >= 1. Each leaves out another part of the rows, so that together
        they use every row and still predict every row unseen. 'auto': 12 up to 2,000 rows, 8 up to 5,000, 4 up to
        20,000, else 1.
    dropout : float, default=0.1
        Share of hidden outputs dropped in training, in [0, 1).
    input_dropout : float, default=0.0
        Share of input values dropped in training, in [0, 1).
    batch_norm : bool, default=False
        Normalize each hidden layer's inputs over the batch, before its activation.
    max_norm : float or None, default=None
        Largest norm of a unit's incoming weights, > 0.
    linear_path : bool, default=True
        Whether a linear layer leads from the inputs straight to the logits, beside the hidden ones [4]_: what is linear
        in the data is then learnt at once, however deep the network. False: the hidden layers alone, as in
        scikit-learn's MLPClassifier.
    optimizer : str or keras.optimizers.Optimizer, default='adam'
        A Keras optimizer's name, any case, or an optimizer whose settings (its learning rate included) are used.
    learning_rate : float, default=0.002
        Step size, > 0. Ignored if `optimizer` is an object.
    learning_rate_schedule : {'auto', 'cosine', 'linear', 'exponential', 'constant'}, callable or None, default='auto'
        How the learning rate falls over `max_iter` epochs; a callable takes progress in [0, 1) and returns a factor.
        None is 'constant'. 'auto' is a cosine over about 2,000 updates, at least 10 epochs, and then training ends.
    weight_decay : float, default=0.01
        Decoupled decay of kernels, >= 0: each step also shrinks them by the learning rate times this [1]_.
    label_smoothing : float, default=0.0
        Share of each label spread evenly over all classes, in [0, 1).
    batch_size : 'auto' or int, default='auto'
        Rows per update, >= 1. 'auto': about 20 updates an epoch, between 32 and 256 rows.
    max_iter : int, default=200
        Most epochs, >= 1; an 'auto' schedule may be over before.
    shuffle : bool, default=True
        New order of rows in every epoch.
    early_stopping : 'auto' or bool, default='auto'
        Pick the epoch and the temperature of the probabilities by held-out rows, and stop when they stop improving.
        'auto': with several members, or from 200 distinct rows.
    scoring : str or callable, default='loss'
        What to pick the epoch by: 'loss', the log loss at its best temperature [2]_, or any scikit-learn scorer.
    validation_fraction : float or int, default=0.1
        Share (in (0, 1)) or number of rows held out if there is one member and `early_stopping`.
    n_iter_no_change : int, default=15
        Epochs without a gain of more than `tol` before training stops, >= 1.
    tol : float, default=1e-4
        Least gain that counts, >= 0: nats for 'loss', else the scorer's unit.
    max_time : float or None, default=None
        Seconds after which no further epoch begins, > 0. The best weights so far are kept.
    callbacks : keras.callbacks.Callback, list of these, or None, default=None
        Keras callbacks that act on epochs; copied for each fit. Callbacks of scikit-learn are set by `set_callbacks`.
    warm_start : bool, default=False
        `fit` begins with the weights of the fit before.
    scale : {'standard', 'robust'} or None, default='standard'
        'standard': mean 0 and variance 1. 'robust': median 0 and the middle half of the values 1.349 wide, large values
        smoothly clipped. None: as they are.
    numerical_embedding : {'auto', 'mixed', 'piecewise_linear'} or None, default='auto'
        'piecewise_linear' adds for each number how far it reaches through each of up to 14 pieces of its range, cut at
        quantiles [3]_. 'mixed' does so for two members of three, lets the third see numbers whole, and adds members
        without hidden units (`n_additive_members_`, `n_radial_members_`). 'auto': 'mixed' where columns are scaled, up
        to 125 columns of numbers and 50 million such cells; else none.
    categorical_features : 'from_dtype', array-like or None, default='from_dtype'
        Which columns are categories. 'from_dtype': columns of a frame with a category, string or Enum dtype, or of
        objects that are strings; else a mask, indices or names. None: no column.
    class_weight : None, 'balanced', dict or array-like, default=None
        Weight of each class in the loss: None weighs all rows alike, 'balanced' gives classes equal totals, a dict maps
        labels to weights, an array follows the order of `classes_`. Multiplied with `sample_weight`. Weighting changes
        what the probabilities mean, hence None.
    sampler : None, str or imbalanced-learn sampler, default=None
        What happens to the training rows of small classes, after the split: 'over' repeats them, 'under' takes as few
        of the large ones, others for each epoch, 'smote' grows new ones, 'balanced_batches' draws every batch balanced;
        or any sampler with ``fit_resample``, which is cloned.
    prior_correction : bool, default=False
        Undo in `predict_proba` what `class_weight` and `sampler` did to the class shares. Epoch, temperature and what
        is left to correct are then found by the corrected probabilities of held-out rows.
    decision : str, callable or array-like of shape (n_classes, n_classes), default='argmax'
        How `predict` chooses: 'argmax' takes the most probable class; 'balanced' divides by the class shares first; the
        name of a scorer, 'geometric_mean', or a scorer learns offsets on held-out rows that maximize it; a matrix
        ``costs[true, predicted]`` takes the class of least expected cost.
    collapse_guard : {'repair', 'warn', 'raise', 'off'}, default='repair'
        What to do about a network that collapsed or is held back by a setting: repair and train again; only warn; raise
        `CollapseError`; not look.
    max_restarts : int, default=3
        Most further trainings that the guard may start, >= 0.
    random_state : int, RandomState instance or None, default=None
        Decides splits, first weights, order and dropout. No global generator is used. The same int gives the same bits
        wherever TensorFlow has as many threads; in the processes of joblib it has fewer.
    verbose : int or bool, default=0
        From 1 on, a line for each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,), dtype object
        Only if the training table had string column names.
    report_ : TrainingReport
        Verdict, findings, attempts, comparison with the prior. Prints itself.
    class_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares of the training rows, by sample weight.
    decision_offsets_ : ndarray of shape (n_classes,), dtype float64
        What `predict` adds to log-probabilities before it takes the largest; zeros for 'argmax' and for costs.
    sample_indices_ : ndarray of int, or list of these
        The user's row that each training row is, or was made from by the sampler; one array per member if several. With
        'under' and 'balanced_batches', which draw anew for each epoch, all rows that may be drawn.
    oof_decision_function_ : ndarray of shape (n_samples, n_classes), dtype float64
        With several members, and without `X_val`: for each row the probabilities of the member that was not trained on
        it; NaN where its weight is 0 or all were trained on it, as on a class of one row. What `decision` and the guard
        are based on.
    temperature_ : float
        What the trained network's logits are divided by, the members' mean: above 1 it was too sure of itself. 1
        without held-out rows.
    n_iter_ : int
        Epochs run by the training that was kept.
    n_members_ : int
        Networks with hidden units that were averaged.
    n_additive_members_ : int
        Networks without hidden units that were averaged with them: behind numbers in pieces a curve for each column.
        With 'mixed', hidden layers and ``optimizer='adam'``, one for four members, if they predict the rows that they
        left out nearly as well and the guard looked at the others.
    n_radial_members_ : int
        The same of networks that see how near a row is to a sample of the training rows, by three measures of what is
        near: three for four members, each of which counts half.
    n_restarts_ : int
        Further trainings that the guard started.
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
        The same curves under Keras' names, with learning rates.
    out_activation_ : str
        'softmax'.
    model_ : keras.Model
        The network in Keras: encoded rows to probabilities. Built when first asked for.

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
    >>> clf.report_.verdict.value
    'HEALTHY'
    """

    _doc_link_module = "robust_mlp"

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
        n_iter_no_change=15,
        tol=1e-4,
        max_time=None,
        callbacks=None,
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
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.max_time = max_time
        self.callbacks = callbacks
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.categorical = True
        return tags

    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train, watched by the guard.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Numbers of any dtype; NaN is missing. Categories in a DataFrame by dtype.
        y : array-like of shape (n_samples,)
            Labels of any type, at least two different ones.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0. A row of weight 2 is a row that occurs twice.
        X_val : like X, default=None
            Held-out rows to pick the epoch by, in place of a part of `X`.
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
        RuntimeError
            In a process that was forked after TensorFlow started: training there would wait forever.
        CollapseError
            If training collapsed, or a setting held the network back, and ``collapse_guard='raise'``.

        Warns
        -----
        CollapseWarning, UnderfitWarning, NoSignalWarning, OneClassWarning
            As the verdict says.
        RepairWarning
            Where settings that were typed are in `overridden_`.
        """
        # Loaded here and not with the class: a process that only predicts needs none of it.
        from robust_mlp._collapse.announce import announce
        from robust_mlp._fit.fit import fit

        check_parameters(self)
        check_not_forked()
        outcome, predicted = fit(self, X, y, sample_weight, (X_val, y_val, sample_weight_val))
        give_back()  # after the fit's own table is gone
        announce(outcome, self.collapse_guard, predicted, self.overridden_)
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on these rows, going on from what is there.

        How columns are scaled and coded is learnt from the first call. There is no held-out row, hence no guard and no
        early stopping; a loss that is not a number raises.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            Every label that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, >= 0.

        Returns
        -------
        self : RobustMLPClassifier

        Raises
        ------
        ValueError, TypeError
            As in `fit`; or `classes` is missing, or is not the same as before.
        RuntimeError
            As in `fit`.
        """
        from robust_mlp._fit.partial_fit import fit_one_epoch

        check_parameters(self)
        check_not_forked()
        fit_one_epoch(self, X, y, classes, sample_weight)
        return self

    def predict(self, X):
        """Predict a class: the most probable one, or what `decision` makes of the probabilities.

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
        """Scores whose order is the probabilities' order.

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

    @property
    def model_(self):
        """The network as a compiled `keras.Model`, from encoded rows to probabilities; built when first asked for."""
        check_is_fitted(self, "_fitted")
        if "_keras_model" not in self.__dict__:
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
        """Rows to predict as the matrix that the network's encoding reads."""
        check_is_fitted(self)
        return self._reader.read(self, X)
