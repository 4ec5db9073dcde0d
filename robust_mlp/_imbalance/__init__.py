"""Comparing answers to class imbalance: what is measured, and what follows from it in words."""
