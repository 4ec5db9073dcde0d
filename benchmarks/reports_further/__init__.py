"""Situations of the kinds of public reports: each must be right, or warn or fail with the cause in words."""
