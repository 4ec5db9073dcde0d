"""scikeras is imported without what its import does to Keras in the whole process."""

import subprocess
import sys


def test_importing_it_leaves_keras_alone():
    script = """
import keras
before = [(cls, "__reduce__" in vars(cls), "__deepcopy__" in vars(cls)) for cls in
          (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)]
import robust_mlp.keras_classifier
after = [(cls, "__reduce__" in vars(cls), "__deepcopy__" in vars(cls)) for cls, *_ in before]
assert before == after, after
import robust_mlp
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_networks_pickle_as_keras_pickles_them():
    script = """
import pickle, keras, numpy as np
import robust_mlp.keras_classifier.base as base
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
again = pickle.loads(pickle.dumps(model))
assert np.array_equal(again.get_weights()[0], model.get_weights()[0])
assert "scikeras" not in pickle.dumps(model).decode("latin-1")
assert base.KerasClassifier.__module__ == "scikeras.wrappers"
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_an_import_of_scikeras_that_came_first_is_left_alone():
    script = """
import keras, scikeras.wrappers
before = keras.Model.__reduce__
import robust_mlp.keras_classifier
assert keras.Model.__reduce__ is before and "scikeras" in before.__module__, before.__module__
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
