"""GuardedKerasClassifier: a user's own Keras network as a scikit-learn classifier under the guard.

Importing it loads Keras and scikeras; `import robust_mlp` does not import it."""

from robust_mlp.keras_classifier.estimator import GuardedKerasClassifier

__all__ = ["GuardedKerasClassifier"]
