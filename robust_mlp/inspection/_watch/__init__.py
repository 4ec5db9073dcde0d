"""Measures a Keras training from outside, for `CollapseGuard` and `GuardedKerasClassifier`."""
