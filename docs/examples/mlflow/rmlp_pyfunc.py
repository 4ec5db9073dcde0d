"""A model file as a model of MLflow: mlflow.pyfunc.log_model(python_model="rmlp_pyfunc.py", artifacts={"model": path}).

MLflow runs this file when it loads the model, so that nothing is pickled. The process needs no TensorFlow."""

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from robust_mlp import load_model


class ModelFile(PythonModel):
    """Answers rows with a table: a column of probabilities for each class, and `label`."""

    def load_context(self, context):
        self.clf = load_model(context.artifacts["model"])

    def predict(self, context, model_input: pd.DataFrame, params=None):
        answers = pd.DataFrame(self.clf.predict_proba(model_input), columns=[str(label) for label in self.clf.classes_])
        answers["label"] = self.clf.predict(model_input)
        return answers


set_model(ModelFile())
