"""Predictions for rows in which some columns hold the values of other rows: what every measure is computed from."""
