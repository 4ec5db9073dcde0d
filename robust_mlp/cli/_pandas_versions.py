"""Where versions of pandas differ in what they read, and which one is installed."""

# From this version on a number in a CSV file is always read as the nearest float, as Parquet holds it, and asking for
# it is deprecated.
READS_EXACTLY_SINCE = (3, 1)
# From this version on `read_json(dtype=False)` leaves dates as texts, and asking for it is deprecated.
KEEPS_DATES_SINCE = (3, 1)


def is_at_least(pandas, version):
    """Whether the installed pandas is of this version or a later one.

    Parameters
    ----------
    pandas : module
    version : tuple of two int
        Major and minor.

    Returns
    -------
    bool
    """
    return tuple(int(part) for part in pandas.__version__.split(".")[:2]) >= version
