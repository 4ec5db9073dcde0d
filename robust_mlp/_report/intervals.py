"""Confidence intervals of shares, of means of shares and of areas under the ROC curve. Takes numbers, not records."""

import math

CONFIDENCE_Z = 1.959963984540054  # two-sided 95 %
NAN = float("nan")


def wilson_interval(share, n, z=CONFIDENCE_Z):
    """95 % interval of a share of n rows (Wilson 1927, https://doi.org/10.2307/2276774)."""
    if n == 0 or math.isnan(share):
        return NAN, NAN
    centre, margin = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max((centre - margin) / scale, 0.0), min((centre + margin) / scale, 1.0)


def auc_interval(auc, n_positive, n_negative, z=CONFIDENCE_Z):
    """95 % interval of an area under the ROC curve (Newcombe 2006, method 5, https://doi.org/10.1002/sim.2324).

    The interval holds every area that differs from the observed area by at most z of its own standard errors. Unlike
    "estimate plus or minus z errors", it has a positive width even if the observed area is 1.
    """
    if not 0 <= auc <= 1 or n_positive == 0 or n_negative == 0:
        return NAN, NAN

    def error(area):
        mean_n = (n_positive + n_negative) / 2 - 1
        spread = 1 + mean_n * (1 - area) / (2 - area) + mean_n * area / (1 + area)
        return math.sqrt(max(area * (1 - area) * spread / (n_positive * n_negative), 0.0))

    return _bisect(lambda a: auc - a - z * error(a), 0.0, auc), _bisect(lambda a: auc - a + z * error(a), auc, 1.0)


def _bisect(function, low, high, n_steps=40):
    """The zero between `low` and `high` of a decreasing function that is positive at `low`."""
    for _ in range(n_steps):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def mean_interval(estimates):
    """Interval of the mean of independent estimates, each given as (value, low, high) (Zou and Donner 2008)."""
    if not estimates:
        return NAN, NAN
    mean, n = mean_of([value for value, _, _ in estimates]), len(estimates)
    down = math.sqrt(sum((value - low) ** 2 for value, low, _ in estimates)) / n
    up = math.sqrt(sum((high - value) ** 2 for value, _, high in estimates)) / n
    return max(mean - down, 0.0), min(mean + up, 1.0)


def widened(share, interval, gain, z=CONFIDENCE_Z):
    """Interval of a share plus a gain whose standard error is the gain itself; `interval` is that of the share."""
    expected = min(share + gain, 1.0)
    down, up = (math.hypot(bound - share, z * gain) for bound in interval)
    return max(expected - down, 0.0), min(expected + up, 1.0)


def mean_of(values):
    known = [v for v in values if not math.isnan(v)]
    return sum(known) / len(known) if known else NAN
