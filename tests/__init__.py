"""A package of its own: some distributions install another one named `tests`, which would otherwise come first."""
