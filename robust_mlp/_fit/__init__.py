"""The fit of `RobustMLPClassifier`, step by step: where data, training and guard meet."""
