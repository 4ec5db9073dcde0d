"""How an estimator is shown and listed: without building what is built when first asked for."""

import warnings
from types import SimpleNamespace

from sklearn.base import BaseEstimator


class ShowsWithoutModel:
    """Mixin for estimators that build ``model_`` when it is first asked for, and keep it in ``_keras_model``.

    scikit-learn's table of fitted attributes asks for each of them, ``model_`` included. That would import TensorFlow
    and build a network to show its name. So would ``dir``, for which scikit-learn asks for each attribute as well.
    """

    def __dir__(self):
        """Names of the attributes that there are; ``model_`` is among them once it was asked for.

        skl2onnx reads every attribute that is listed and whose name ends in "_".
        """
        unasked = () if "_keras_model" in vars(self) else ("model_",)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)  # as scikit-learn's own does
            return [name for name in object.__dir__(self) if name not in unasked and hasattr(self, name)]

    def _get_fitted_attr_html(self, doc_link=""):
        """The table of fitted attributes (from scikit-learn 1.9 on); ``model_`` is in it once it was asked for."""
        public = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        model = vars(self).get("_keras_model")
        shown = SimpleNamespace(**public, **({} if model is None else {"model_": model}))
        table = BaseEstimator._get_fitted_attr_html(shown, doc_link)
        table.estimator_class = type(self)  # whose docstring describes the attributes
        return table
