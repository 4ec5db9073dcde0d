"""`diagnose`: from predictions of any classifier to a diagnosis in words."""
