"""Symptoms: what the measurements of a training say is wrong."""
