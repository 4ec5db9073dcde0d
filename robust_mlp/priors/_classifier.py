"""PriorShiftClassifier: adapts the probabilities of a classifier to the class shares of a new, unlabelled sample.

Wraps any classifier with `predict_proba`. Never changes or retrains the classifier that the user passed."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from robust_mlp._core.calibration import fit_calibration
from robust_mlp._core.label_lists import without_casts
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import SMALLEST_POSITIVE, relative_entropy
from robust_mlp._core.prior_of_classifier import told_prior
from robust_mlp._system.forks import check_not_forked
from robust_mlp._system.missing_packages import check_installed
from robust_mlp.persistence.export.parameters import check_export_parameters
from robust_mlp.priors._checks import check_parameters, check_prior, codes_of, is_fitted
from robust_mlp.priors._estimation import (
    interval,
    likelihood_prior,
    log_likelihood_gain,
    log_ratios,
    matched_prior,
)
from robust_mlp.priors._source import Source, summarize
from robust_mlp.priors._testing import ShiftTest, likelihood_test, mean_test, moments

# Without labelled rows, a small change of class shares looks the same as slightly wrong probabilities. A change below
# either of these bounds is not used for adaptation. The first is a share of the rows. The second is the
# Kullback-Leibler divergence of the shares in nats: adapting can lower the log loss by at most this much.
SMALLEST_CHANGE = 0.02
SMALLEST_GAIN = 0.005

# Parts for out-of-fold predictions if the classifier is not fitted yet: the usual number in cross-validation.
N_PARTS = 5

# calibrate='auto' calibrates from this many labelled rows on. Fewer rows cannot determine a temperature and offsets.
MIN_CALIBRATION_ROWS = 50


class PriorShiftClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Adapt a classifier's probabilities to a sample with other class shares.

    Assumes label shift: the share of each class may have changed, but the rows of a class look the same. Then the new
    shares can be estimated without labels, and they correct the odds of each row. A test first checks whether the
    shares changed. If they did not, the probabilities stay the same, bit for bit.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``
        A fitted classifier is used unchanged. `fit` is then optional: it takes labelled rows that the classifier was
        not trained on, and calibrates it. If the classifier is not fitted, `fit` trains a clone.
    method : {'em', 'bbse'}, default='em'
        How the new class shares are estimated. 'em': maximum likelihood by expectation maximization [1]_, the most
        precise method for calibrated probabilities. 'bbse': black-box shift estimation [2]_, which needs labelled rows
        but no calibrated probabilities.
    calibrate : 'auto' or bool, default='auto'
        Whether `fit` also learns a temperature and class offsets that calibrate the probabilities [3]_. 'auto': for
        'em', from 50 labelled rows on.
    prior : array-like of shape (n_classes,) or None, default=None
        Class shares in the probabilities of `estimator`, in the order of ``classes_``. None: `fit` learns them; without
        `fit`, they are read from the classifier's attribute ``probability_prior_`` or ``class_prior_``.
    alpha : float, default=0.01
        Level of the test for a shift, in (0, 1]: the probability that it finds a shift if there is none. 1 always
        adapts.
    confidence : float, default=0.95
        Confidence of `target_prior_interval_`, in (0, 1).

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier. Set by `fit` and `adapt`.
    classes_ : ndarray of shape (n_classes,)
        Labels of the classifier.
    n_features_in_ : int
        Number of columns in the classifier's training. Only if the classifier has this attribute.
    feature_names_in_ : ndarray of shape (n_features,), dtype object
        Names of these columns. Only if the classifier has this attribute.
    source_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares in the probabilities before `adapt`.
    probability_prior_ : ndarray of shape (n_classes,), dtype float64
        Class shares in the results of `predict_proba`: `target_prior_` if a shift was found, else `source_prior_`.
    target_prior_ : ndarray of shape (n_classes,), dtype float64
        Estimated class shares of the sample of `adapt`.
    target_prior_interval_ : ndarray of shape (n_classes, 2), dtype float64
        Lower and upper end of the confidence interval of each class share, from the observed information ('em') or the
        delta method ('bbse').
    shift_test_ : ShiftTest
        ``statistic``, ``degrees``, ``p_value``, ``is_shifted`` and ``reason``.
    offsets_ : ndarray of shape (n_classes,), dtype float64
        Added to the log-probabilities; all 0 if no shift was found.

    References
    ----------
    .. [1] Saerens, Latinne, Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori
       probabilities", Neural Computation 14(1).
    .. [2] Lipton, Wang, Smola (2018), "Detecting and correcting for label shift with black box predictors", ICML,
       https://arxiv.org/abs/1802.03916
    .. [3] Alexandari, Kundaje, Shrikumar (2020), "Maximum likelihood with bias-corrected calibration is hard-to-beat
       at label shift adaptation", ICML, https://arxiv.org/abs/1901.06852

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from robust_mlp import PriorShiftClassifier
    >>> rng = np.random.default_rng(0)
    >>> def sample(n_rows, share):
    ...     y = (rng.random(n_rows) < share).astype(int)
    ...     return rng.normal(size=(n_rows, 2)) + 2 * y[:, None], y
    >>> X, y = sample(2000, 0.5)
    >>> shifted = PriorShiftClassifier(LogisticRegression()).fit(X, y)
    >>> X_new, y_new = sample(1000, 0.1)
    >>> shifted.score(X_new, y_new) < shifted.adapt(X_new).score(X_new, y_new)
    True
    >>> bool(abs(shifted.target_prior_[1] - y_new.mean()) < 0.03)
    True
    """

    def __init__(self, estimator, *, method="em", calibrate="auto", prior=None, alpha=0.01, confidence=0.95):
        self.estimator = estimator
        self.method = method
        self.calibrate = calibrate
        self.prior = prior
        self.alpha = alpha
        self.confidence = confidence

    def fit(self, X, y, sample_weight=None):
        """Learn the class shares and the calibration before any shift, from labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            For a fitted classifier: rows that it was not trained on. Otherwise training rows: one clone is fitted to
            all of them. Five more clones are fitted to four fifths each, to predict the other fifth.
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None
            Passed to the classifier's `fit` only if given.

        Returns
        -------
        self : PriorShiftClassifier
            It is not adapted to a sample yet.

        Raises
        ------
        ValueError, TypeError
            If a parameter is out of range, or if `y` holds labels that a fitted classifier does not know.
        """
        check_parameters(self)
        y = column_or_1d(without_casts(y), warn=True)
        if is_fitted(self.estimator):
            self._take(self.estimator)
            probabilities = self.estimator_.predict_proba(X)
        else:
            given = {} if sample_weight is None else {"sample_weight": sample_weight}
            self._take(clone(self.estimator).fit(X, y, **given))
            probabilities = _out_of_fold(self.estimator, X, y, given, self.classes_)
        if probabilities is None:  # a class has too few rows to leave one out
            self._source, self._calibration = Source(self._shares_of_few(y), len(y)), None
        else:
            weights = np.ones(len(y)) if sample_weight is None else _check_sample_weight(sample_weight, y)
            self._learn_source(probabilities, codes_of(y, self.classes_), weights)
        self.source_prior_ = self.probability_prior_ = self._source.prior
        self._forget_sample()
        return self

    def adapt(self, X):
        """Estimate the class shares of an unlabelled sample and adapt to them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows to predict, or other rows from the same source. With more rows, the test finds smaller shifts.

        Returns
        -------
        self : PriorShiftClassifier
            `predict_proba` follows the new shares, if the test found any.

        Raises
        ------
        ValueError
            If the class shares before the shift are not known, or ``method='bbse'`` and there were no labelled rows.
        NotFittedError
            If neither this nor the classifier is fitted.
        """
        check_parameters(self)
        if not hasattr(self, "_source"):
            self._take(self._fitted_estimator())
            self._source, self._calibration = self._known_source(), None
            self.source_prior_ = self._source.prior
        probabilities, source = self._unadapted(X), self._source
        if self.method == "bbse":
            prior, spread = self._matched(probabilities)
        else:
            prior, spread = likelihood_prior(probabilities, source.prior)
            spread *= 1 + len(probabilities) / source.n_rows  # the source's shares are estimated from a sample, too
        self.target_prior_ = prior
        self.target_prior_interval_ = interval(prior, spread, self.confidence)
        self.shift_test_ = self._test(probabilities, prior)
        is_shifted = self.shift_test_.is_shifted
        self.offsets_ = log_ratios(prior, source.prior, len(probabilities)) if is_shifted else np.zeros(len(prior))
        self.probability_prior_ = prior if is_shifted else source.prior
        return self

    def predict_proba(self, X):
        """Predict class probabilities. They are calibrated if `fit` was called, and adapted if `adapt` was called.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), dtype float64
            Rows sum to 1; columns are ``classes_``.
        """
        probabilities, offsets = self._unadapted(X), getattr(self, "offsets_", None)
        return probabilities if offsets is None or not offsets.any() else shift_log_odds(probabilities, offsets)

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes), dtype float64
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """Predict the class that is most probable after adaptation.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        places = self.predict_proba(X).argmax(axis=1)
        return self.classes_[places]

    def save_model(self, path, *, leave_out=(), rows=True):
        """Write the adapted classifier to a model file, which `load_model` reads without running any code.

        Parameters
        ----------
        path : str or path-like
            Such as ``"model.rmlp"``. A file that is there is replaced.
        leave_out : sequence of str, default=()
            As in `RobustMLPClassifier.save_model`; names of the inner classifier.
        rows : bool, default=True
            As in `RobustMLPClassifier.save_model`.

        Raises
        ------
        TypeError
            If the inner classifier is no RobustMLPClassifier.
        NotFittedError
            If neither this nor the inner classifier is fitted.
        ModelFileError
            For what a model file cannot hold. The message names it.
        OSError
            If the file cannot be written.
        """
        from robust_mlp.persistence.file_format import prior_shift
        from robust_mlp.persistence.file_format.model_file import write_model_file

        inner = self._fitted_estimator()
        if type(self) is not PriorShiftClassifier or type(inner).__name__ != "RobustMLPClassifier":
            raise TypeError(
                "A model file holds a PriorShiftClassifier around a RobustMLPClassifier; this is a "
                f"{type(self).__name__} around {type(inner).__name__}. Use pickle for it."
            )
        write_model_file(path, prior_shift.KIND, lambda arrays: prior_shift.describe(self, arrays, leave_out, rows))

    def to_keras(self, *, dtype="float64", missing_texts=("", "nan", "None", "<NA>", "NaT")):
        """Convert into a Keras model that takes raw columns and answers with adapted probabilities.

        Parameters
        ----------
        dtype : {'float64', 'float32'}, default='float64'
            As in `RobustMLPClassifier.to_keras`.
        missing_texts : sequence of str, default=("", "nan", "None", "<NA>", "NaT")
            As in `RobustMLPClassifier.to_keras`.

        Returns
        -------
        model : keras.Model
            As from `RobustMLPClassifier.to_keras`. Calibration and adaptation are in it.

        Raises
        ------
        TypeError
            If the inner classifier is no RobustMLPClassifier.
        NotFittedError, ValueError, ImportError
            As from `RobustMLPClassifier.to_keras`.
        """
        self._fitted_estimator()
        check_export_parameters(dtype, missing_texts)
        check_installed("to_keras", "keras", "tensorflow")
        check_not_forked()
        from robust_mlp.persistence.export.keras_model import keras_model

        return keras_model(self, dtype, missing_texts)

    @property
    def classes_(self):
        """Labels of the classifier, (n_classes,)."""
        return self._fitted_estimator().classes_

    @property
    def input_columns_(self):
        """`input_columns_` of the classifier, if it has them."""
        return self._fitted_estimator().input_columns_

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_") or is_fitted(self.estimator)

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.non_deterministic = inner.input_tags, inner.non_deterministic
        tags.classifier_tags = inner.classifier_tags or tags.classifier_tags
        return tags

    def _fitted_estimator(self):
        """The classifier that predicts."""
        if hasattr(self, "estimator_"):
            return self.estimator_
        if is_fitted(self.estimator):
            return self.estimator
        raise NotFittedError(
            f"This {type(self).__name__} instance is not fitted yet, nor is its classifier. Call fit(X, y) first, or "
            "pass a classifier that is fitted."
        )

    def _adjustments(self):
        """What is done to the classifier's probabilities, for exports: tuple of Adjustment."""
        from robust_mlp.persistence.export.exported import Adjustment

        calibration, offsets = getattr(self, "_calibration", None), getattr(self, "offsets_", None)
        found = () if calibration is None else (Adjustment(calibration.slope, calibration.offsets, calibration.floor),)
        return found if offsets is None or not offsets.any() else (*found, Adjustment(1.0, offsets, SMALLEST_POSITIVE))

    def _take(self, estimator):
        """Store a fitted classifier. Sets self.estimator_, self.n_features_in_ and self.feature_names_in_."""
        self.estimator_ = estimator
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(estimator, name):
                setattr(self, name, getattr(estimator, name))

    def _forget_sample(self):
        """Undo `adapt`: delete the attributes that it set."""
        for name in ("target_prior_", "target_prior_interval_", "shift_test_", "offsets_"):
            self.__dict__.pop(name, None)

    def _unadapted(self, X):
        """Probabilities (n_rows, n_classes) before adaptation, float64. Calibrated if `fit` learned a calibration."""
        probabilities = np.asarray(self._fitted_estimator().predict_proba(X), dtype=np.float64)
        calibration = getattr(self, "_calibration", None)
        return probabilities if calibration is None else calibration(probabilities)

    def _known_source(self):
        """The Source without labelled rows: from the parameter `prior`, or from an attribute of the classifier."""
        inner = self._fitted_estimator()
        if self.prior is not None:
            return Source(check_prior(self.prior, self.classes_))
        prior, _ = told_prior(inner, len(self.classes_))
        if prior is None:
            raise ValueError(
                f"{type(self.estimator).__name__} has no attribute with the class shares of its training rows. Call "
                "fit(X, y) with labelled rows that it was not trained on, or pass prior=."
            )
        return Source(prior)

    def _shares_of_few(self, y):
        """Class shares in the probabilities, (n_classes,), if there are too few training rows to leave any out."""
        if self.prior is not None:
            return check_prior(self.prior, self.classes_)
        told, _ = told_prior(self.estimator_, len(self.classes_))
        counts = np.unique(y, return_counts=True)[1]
        return counts / counts.sum() if told is None else told

    def _learn_source(self, probabilities, codes, weights):
        """Summarize predictions for labelled rows. Sets self._source and self._calibration."""
        wanted = self.method == "em" and len(codes) >= MIN_CALIBRATION_ROWS
        self._calibration = None
        if wanted if self.calibrate == "auto" else self.calibrate:
            self._calibration = fit_calibration(probabilities, codes, weights)
            probabilities = self._calibration(probabilities)
        prior = None if self.prior is None else check_prior(self.prior, self.classes_)
        self._source = summarize(probabilities, codes, weights, prior)

    def _matched(self, probabilities):
        """Class shares and their covariance by black-box shift estimation."""
        source = self._source
        if source.mean_by_class is None:
            raise ValueError(
                "method='bbse' needs labelled rows, to learn which classes are confused. Call fit(X, y) with "
                "rows that the classifier was not trained on, or pass method='em'."
            )
        mean, covariance = moments(probabilities)
        known = (source.mean_by_class, source.covariance_within, source.n_by_class)
        return matched_prior(*known, mean, covariance, len(probabilities))

    def _test(self, probabilities, prior):
        """Test whether the class shares of the sample differ from those of the source."""
        source, n_rows = self._source, len(probabilities)
        likeliest = prior if self.method == "em" else likelihood_prior(probabilities, source.prior)[0]
        gain = log_likelihood_gain(probabilities, source.prior, likeliest)
        statistic, degrees, p_value = likelihood_test(gain, np.count_nonzero(source.prior), n_rows, source.n_rows)
        change = np.abs(prior - source.prior).sum() / 2
        gain_at_most = relative_entropy(prior, source.prior)
        if source.mean is not None:
            # Both tests must find the shift. The first is exact for calibrated probabilities; the second does not need
            # calibrated ones.
            mean, covariance = moments(probabilities)
            means = mean_test(mean, covariance, n_rows, source.mean, source.covariance, source.n_rows)
            if means[2] > p_value:
                statistic, degrees, p_value = means
        elif (change < SMALLEST_CHANGE or gain_at_most < SMALLEST_GAIN) and self.alpha < 1:
            reason = f"A change of the class shares by {change:.1%} may also come from slightly wrong probabilities."
            return ShiftTest(statistic, degrees, p_value, False, reason)
        is_shifted = p_value <= self.alpha
        told = "is significant" if is_shifted else "is not significant"
        reason = f"A change of the class shares by {change:.1%} {told} in {n_rows} rows (p = {p_value:.2g})."
        return ShiftTest(statistic, degrees, p_value, is_shifted, reason)


def _out_of_fold(estimator, X, y, given, classes):
    """Probabilities (n_rows, n_classes). Each row is predicted by a clone that did not see it. None if a class has only
    one row."""
    # Not at the top: a process that loads a model file needs none of it, and this import takes long.
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    counts = np.unique(y, return_counts=True)[1]
    if counts.min() < 2 or len(counts) != len(classes):
        return None
    splitter = StratifiedKFold(min(N_PARTS, int(counts.min())))
    return cross_val_predict(clone(estimator), X, y, cv=splitter, params=given, method="predict_proba")
