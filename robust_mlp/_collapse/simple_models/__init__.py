"""Simple models that show whether a table has anything to learn, and in which columns."""
