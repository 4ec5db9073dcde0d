"""Watches a Keras training from outside, as `CollapseGuard` and `GuardedKerasClassifier` do."""
