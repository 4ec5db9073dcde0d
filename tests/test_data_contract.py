"""The data layer on its own keeps scikit-learn's whole contract: a plain model on top of it passes every check."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import _num_samples, check_consistent_length, check_is_fitted

from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.sample_weights import check_weights
from robust_mlp._data.splitting import hold_out, n_spare
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import learn_labels


class OnDataLayer(ClassifierMixin, BaseEstimator):
    """Logistic regression on encoded, merged rows, of which some are held out."""

    def __init__(self, scale="standard", validation_fraction=0.1, class_weight=None):
        self.scale = scale
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags

    def fit(self, X, y, sample_weight=None):
        """Read, merge, split, encode, and fit on the training part."""
        weights = check_weights(sample_weight, _num_samples(X))
        matrix, self.reader_ = read_table(self, X, categorical_features="from_dtype", reset=True, used=weights > 0)
        if y is not None:
            check_consistent_length(matrix, y)
        self.classes_, codes = learn_labels(y, weights > 0)
        rows = merge_rows(matrix, codes, weights)
        train = np.arange(len(rows.index))
        if n_spare(rows.codes, rows.groups):
            train, _ = hold_out(rows.codes, rows.groups, self.validation_fraction, seed=0)
        where, weights = rows.index[train], rows.weights[train]
        self.encoding_ = learn_encoding(matrix, self.reader_, where, weights, self.scale)
        outputs = self.encoding_.transform(matrix, where)
        by_code = None
        if isinstance(self.class_weight, dict):
            by_code = {code: self.class_weight[label] for code, label in enumerate(self.classes_.tolist())}
        self.model_ = LogisticRegression(class_weight=by_code or self.class_weight, max_iter=1000)
        self.model_.fit(outputs, rows.codes[train], weights)
        return self

    def decision_function(self, X):
        """Scores of the classes."""
        check_is_fitted(self)
        return self.model_.decision_function(self.encoding_.transform(self.reader_.read(self, X)))

    def predict_proba(self, X):
        """Probabilities of the classes."""
        check_is_fitted(self)
        return self.model_.predict_proba(self.encoding_.transform(self.reader_.read(self, X)))

    def predict(self, X):
        """The most probable classes."""
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.mark.parametrize("scale", ["standard", "robust", None])
def test_every_check_of_scikit_learn_passes(scale):
    results = check_estimator(OnDataLayer(scale), on_fail=None, on_skip=None)
    failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
    assert failed == {}
    passed = {result["check_name"] for result in results if result["status"] == "passed"}
    assert {"check_sample_weight_equivalence_on_dense_data", "check_dtype_object", "check_complex_data"} <= passed
