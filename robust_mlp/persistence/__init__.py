"""A fitted classifier outside the process that trained it."""
