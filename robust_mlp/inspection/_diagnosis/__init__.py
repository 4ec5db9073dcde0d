"""The steps of `diagnose`: from the predictions of any classifier to a diagnosis."""
