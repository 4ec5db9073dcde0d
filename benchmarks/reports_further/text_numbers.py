"""Columns of text that are numbers for whoever wrote them."""

import numpy as np

from benchmarks.reports_further.cases import case, clouds, formatted, learns_or_says


@case
def decimal_commas():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"{v:.4f}".replace(".", ",")), y, "c0")


@case
def thousands_separators():
    X, y = clouds()
    learns_or_says(formatted(X * 5000, lambda v: f"{v:,.1f}"), y, "c0")


@case
def percent_signs():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"{v:.2f}%"), y, "c0")


@case
def currency():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"$ {v:.2f}"), y, "c0")


@case
def scientific_notation_with_blanks():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"  {v:.6e} "), y, "c0")


@case
def bytes_in_an_object_array():
    X, y = clouds()
    learns_or_says(np.array([[f"{v:.4f}".encode() for v in row] for row in X], dtype=object), y, "bytes", "c0", "x0")


@case
def decimals_and_fractions():
    from decimal import Decimal

    X, y = clouds()
    learns_or_says(formatted(X, lambda v: Decimal(f"{v:.4f}")), y, "c0")
