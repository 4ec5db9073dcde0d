"""`LazyPredictions`: the classifier without Dask, and the methods that predict collections with it."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._parts import is_collection, parts_of
from robust_mlp.dask._predict import mean_accuracy, predict_lazily


class LazyPredictions(RobustMLPClassifier):
    """A classifier that predicts Dask collections partition by partition. What it learns is up to its subclass."""

    def to_local(self):
        """The fitted classifier without Dask: for one machine, model files, explanations and exports.

        Returns
        -------
        clf : RobustMLPClassifier
            Shares arrays with this one.
        """
        check_is_fitted(self)
        local = self.local_estimator()
        names = set(self.get_params(deep=False)) | {"n_rows_"}
        local.__dict__.update({name: value for name, value in vars(self).items() if name not in names})
        return local

    def local_estimator(self):
        """An unfitted `RobustMLPClassifier` with the parameters of this one.

        Returns
        -------
        clf : RobustMLPClassifier
        """
        names = RobustMLPClassifier._get_param_names()
        values = self.get_params(deep=False)
        return RobustMLPClassifier(**{name: values[name] for name in names})

    def predict(self, X):
        """Predict a class for each row; lazily for a Dask collection.

        Parameters
        ----------
        X : Dask collection as for `fit`, or a table in memory

        Returns
        -------
        labels : dask.array.Array or ndarray of shape (n_samples,)
        """
        return self._predict("predict", X, None)

    def predict_proba(self, X):
        """Probability of each class; lazily for a Dask collection.

        Parameters
        ----------
        X : Dask collection as for `fit`, or a table in memory

        Returns
        -------
        probabilities : dask.array.Array or ndarray of shape (n_samples, n_classes), dtype float64
        """
        return self._predict("predict_proba", X, len(self.classes_) if hasattr(self, "classes_") else 0)

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`; lazily for a Dask collection.

        Parameters
        ----------
        X : Dask collection as for `fit`, or a table in memory

        Returns
        -------
        log_probabilities : dask.array.Array or ndarray of shape (n_samples, n_classes), dtype float64
        """
        return self._predict("predict_log_proba", X, len(self.classes_) if hasattr(self, "classes_") else 0)

    def decision_function(self, X):
        """Scores with the order of the probabilities; lazily for a Dask collection.

        Parameters
        ----------
        X : Dask collection as for `fit`, or a table in memory

        Returns
        -------
        scores : dask.array.Array or ndarray of shape (n_samples,) or (n_samples, n_classes), dtype float64
        """
        n_classes = len(self.classes_) if hasattr(self, "classes_") else 0
        return self._predict("decision_function", X, None if n_classes == 2 else n_classes)

    def score(self, X, y, sample_weight=None):
        """Share of the rows whose class is predicted. Computed at once, partition by partition.

        Parameters
        ----------
        X : Dask collection as for `fit`, or a table in memory
        y : like X
            The labels, in the partitions of `X`.
        sample_weight : like y, default=None
            How often each row counts, >= 0.

        Returns
        -------
        score : float
            In [0, 1].

        Raises
        ------
        NotFittedError, ValueError, TypeError
            Before `fit`, or for tables that do not fit together.
        """
        check_is_fitted(self)
        if not is_collection(X):
            return super().score(X, y, sample_weight)
        from robust_mlp.dask._cluster import running

        with running(self) as runner:
            return mean_accuracy(runner, self.to_local(), parts_of(X, y, sample_weight))

    def _predict(self, method, X, n_columns):
        check_is_fitted(self)
        if not is_collection(X):
            return getattr(super(), method)(X)
        dtype = self.classes_.dtype if method == "predict" else np.dtype(np.float64)
        return predict_lazily(self.to_local(), method, X, n_columns, dtype)
