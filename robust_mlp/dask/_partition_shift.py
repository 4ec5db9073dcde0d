"""Partitions that are unlike the others: in their classes, or in the mean or the missing cells of a column.

The order of partitions is often that of time or of sources. A partition that is far off is worth a look, and its rows
count in the training all the same."""

import numpy as np

from robust_mlp._core.records import Finding
from robust_mlp._data.encoding import number_columns

# A partition is told of if its share of a class differs from that of all by this much, and by more than chance; and if
# its share of missing cells in a column is larger by as much.
FAR_SHARE = 0.2
# Or if the mean of a column is so many standard deviations of all rows away.
FAR_MEAN = 1.0
# Standard errors: with a thousand partitions and a hundred columns, one in a hundred tables without any shift is told
# of (Bonferroni: 1e5 tests at p = 1e-7, two-sided).
ERRORS = 5.3
# Partitions that are named; more are counted.
MOST_NAMED = 5


def findings(statistics, counted, reading):
    """Findings about partitions unlike the others.

    Parameters
    ----------
    statistics : list of PartStatistics
    counted : Counted
    reading : Reading

    Returns
    -------
    findings : list of Finding
        One about classes, one about means of columns and one about missing cells at most.
    """
    numbers = [number for number, _ in counted.sources]
    found = []
    by_class = _far_in_classes(statistics, counted)
    if by_class:
        found.append(_finding("partition_class_shift", "class shares", by_class, numbers))
    by_column = _far_in_columns(statistics, reading)
    if by_column:
        found.append(_finding("partition_column_shift", "columns", by_column, numbers))
    by_missing = _far_in_missing(statistics, reading)
    if by_missing:
        found.append(_finding("partition_missing_shift", "missing cells", by_missing, numbers))
    return found


def _far_in_classes(statistics, counted):
    """[(index of the partition, text)] of partitions whose class shares are far from those of all."""
    shares = counted.masses / counted.masses.sum()
    found = []
    for i, part in enumerate(statistics):
        mass = part.class_mass.sum()
        if mass <= 0:
            continue
        own = part.class_mass / mass
        errors = np.sqrt(shares * (1 - shares) / mass)
        far = (np.abs(own - shares) > FAR_SHARE) & (np.abs(own - shares) > ERRORS * errors)
        if far.any():
            c = int(np.argmax(np.where(far, np.abs(own - shares), 0)))
            found.append((i, f"class {counted.classes[c]!s} is {own[c]:.0%} of its rows and {shares[c]:.0%} of all"))
    return found


def _far_in_columns(statistics, reading):
    """[(index of the partition, text)] of partitions in which the mean of a column is far from that of all."""
    total = statistics[0].moments
    for part in statistics[1:]:
        total = total.merged(part.moments)
    columns, found = number_columns(reading.reader), []
    if not len(columns):
        return []
    for i, part in enumerate(statistics):
        m = part.moments
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.abs(m.mean - total.mean) / total.std
            errors = 1 / np.sqrt(m.present_weight)
        far = (m.present_weight > 0) & (total.std > 0) & (distance > FAR_MEAN) & (distance > ERRORS * errors)
        if far.any():
            k = int(np.argmax(np.where(far, distance, 0)))
            name = reading.reader.name_of(columns[k])
            found.append((i, f"the mean of {name} is {m.mean[k]:.4g} in it and {total.mean[k]:.4g} in all"))
    return found


def _far_in_missing(statistics, reading):
    """[(index of the partition, text)] of partitions with far more missing cells in a column than all have."""
    columns = [*number_columns(reading.reader), *reading.reader.categories]
    masses = np.array([part.class_mass.sum() for part in statistics])
    if not len(columns) or masses.sum() <= 0:
        return []
    missing = np.array(
        [
            [
                *(part.class_mass.sum() - part.moments.present_weight),
                *(part.missing[j] for j in reading.reader.categories),
            ]
            for part in statistics
        ]
    )
    of_all, found = missing.sum(axis=0) / masses.sum(), []
    for i, mass in enumerate(masses):
        if mass <= 0:
            continue
        own = missing[i] / mass
        far = (own - of_all > FAR_SHARE) & (own - of_all > ERRORS * np.sqrt(of_all * (1 - of_all) / mass))
        if far.any():
            k = int(np.argmax(np.where(far, own - of_all, 0)))
            more = f", and {far.sum() - 1} more columns like it" if far.sum() > 1 else ""
            name = reading.reader.name_of(columns[k])
            found.append((i, f"{name} is missing in {own[k]:.0%} of its rows and in {of_all[k]:.0%} of all{more}"))
    return found


def _finding(code, what, found, numbers):
    named = "; ".join(f"partition {numbers[i]}: {text}" for i, text in found[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return Finding(
        symptom=f"{len(found)} of {len(numbers)} partitions are unlike the others in their {what}.",
        cause="Partitions often follow time, or where rows come from.",
        evidence=named + more,
        fix="Look at these partitions. If rows have an order in time, pass X_val and y_val from the last ones.",
        code=code,
        severity="info",
    )
