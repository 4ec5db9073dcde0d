"""What a user set in TensorFlow for the whole process does not break a fit. Each setting in a process of its own."""

import os
import subprocess
import sys

import pytest

FIT = """
import warnings
import tensorflow as tf
from sklearn.datasets import load_iris
from robust_mlp import RobustMLPClassifier
X, y = load_iris(return_X_y=True)
{setting}
for settings in ({{}}, {{"n_members": 1, "early_stopping": False}}):
    clf = RobustMLPClassifier(max_iter=2, random_state=0, **settings).fit(X, y)
    assert clf.predict_proba(X).shape == (150, 3)
print("fitted")
"""


@pytest.mark.parametrize(
    "setting",
    [
        "tf.debugging.enable_check_numerics()",
        "tf.config.experimental.enable_op_determinism(); tf.keras.utils.set_random_seed(0)",
    ],
    ids=["numbers are checked", "deterministic operations"],
)
def test_a_fit_works_under_a_setting_of_the_user(setting):
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    code = FIT.format(setting=setting)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "fitted\n"
