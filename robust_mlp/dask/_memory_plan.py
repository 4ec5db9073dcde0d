"""How `memory_limit` is divided where rows are read from files: the sample, the windows, and what is kept.

Window and sample decide about the bits of a fit. So they follow from the limit and from the rows alone, and never from
what this process happens to use."""

from dataclasses import dataclass

# What a process takes without a row: 742 MB with TensorFlow, scikit-learn, pandas and pyarrow on Linux, which
# benchmarks/dask/out_of_core.py prints, and 200 MB for the graph, its threads and what they leave unused. With 150 MB,
# a limit of 1,500 MB and 20,000,000 rows of 50 columns took 1,517 MB.
BYTES_OF_PROCESS = 900 * 2**20
# Of what is left. While the sample is trained on, no window is held. Then about a quarter of its memory stays in use.
SHARE_OF_SAMPLE, SHARE_OF_WINDOW, SHARE_OF_KEPT = 0.8, 0.4, 0.3
# A row of a window is held as read and as numbers, once more for the window that is read ahead, encoded, and in
# TensorFlow: so many times the bytes of the row as read.
COPIES_OF_WINDOW = 6
# The same for the sample, which simple models and companions copy, too.
COPIES_OF_SAMPLE = 10
# A number becomes so many encoded inputs where pieces of it are encoded: 22 of many rows, and itself. An input takes
# four bytes in the encoded table, and as many in TensorFlow.
INPUTS_OF_EMBEDDED_NUMBER, BYTES_OF_INPUT = 23, 8
# Fewer rows make no window, and the guard cannot judge by a smaller sample.
FEWEST_ROWS = 1000
# More rows of a window gain nothing: reading and training overlap well before.
MOST_ROWS = 500_000


@dataclass(frozen=True)
class MemoryPlan:
    """How many rows are held at once.

    Attributes
    ----------
    sample_rows, window_rows : int
    kept_bytes : int
        Of prepared windows that are not read again.
    """

    sample_rows: int
    window_rows: int
    kept_bytes: int


def memory_plan(limit, bytes_of_row, n_inputs):
    """Divide a memory limit.

    Parameters
    ----------
    limit : int
        Bytes that the process may take.
    bytes_of_row : float
        Of a row as it is read.
    n_inputs : int
        Of an encoded row.

    Returns
    -------
    plan : MemoryPlan

    Raises
    ------
    ValueError
        If the limit leaves no room for `FEWEST_ROWS`; the message says which limit does.

    Examples
    --------
    >>> memory_plan(2 * 2**30, 400.0, 50).window_rows > 10_000
    True
    """
    encoded = n_inputs * BYTES_OF_INPUT
    row_of_sample = COPIES_OF_SAMPLE * bytes_of_row + encoded
    row_of_window = COPIES_OF_WINDOW * bytes_of_row + encoded
    free = limit - BYTES_OF_PROCESS
    needed = FEWEST_ROWS * max(row_of_sample / SHARE_OF_SAMPLE, row_of_window / SHARE_OF_WINDOW)
    if free < needed:
        least = -(-int(BYTES_OF_PROCESS + needed) // 2**20)
        raise ValueError(
            f"memory_limit is {limit:,} bytes. A process that trains takes {BYTES_OF_PROCESS:,} without any rows, and "
            f"{FEWEST_ROWS:,} rows of this table take {int(needed):,}. Pass memory_limit='{least}MiB' or more."
        )
    return MemoryPlan(
        sample_rows=int(free * SHARE_OF_SAMPLE / row_of_sample),
        window_rows=min(MOST_ROWS, int(free * SHARE_OF_WINDOW / row_of_window)),
        kept_bytes=int(free * SHARE_OF_KEPT),
    )
