"""The fit of `RobustMLPClassifier`: its steps connect data, training and guard."""
