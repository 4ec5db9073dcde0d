"""GuardedKerasClassifier: a user's own Keras network as a scikit-learn classifier under the guard."""
