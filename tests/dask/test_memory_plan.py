"""A memory limit is divided by the size of the rows alone, and one that is too small is refused."""

import re

import pytest

from robust_mlp.dask._memory_plan import (
    BYTES_OF_INPUT,
    BYTES_OF_PROCESS,
    COPIES_OF_SAMPLE,
    COPIES_OF_WINDOW,
    FEWEST_ROWS,
    MOST_ROWS,
    SHARE_OF_KEPT,
    SHARE_OF_WINDOW,
    memory_plan,
)


@pytest.mark.parametrize("limit", [1_200_000_000, 1_500_000_000, 2**33])
@pytest.mark.parametrize(("bytes_of_row", "n_inputs"), [(200.0, 50), (8000.0, 5_000), (40.0, 0)])
def test_what_is_held_at_once_fits_into_the_limit(limit, bytes_of_row, n_inputs):
    plan = memory_plan(limit, bytes_of_row, n_inputs)
    free = limit - BYTES_OF_PROCESS
    in_rounds = plan.window_rows * COPIES_OF_WINDOW * bytes_of_row + plan.kept_bytes
    assert in_rounds <= free
    assert plan.window_rows * n_inputs * BYTES_OF_INPUT <= free
    assert plan.sample_rows * COPIES_OF_SAMPLE * bytes_of_row <= free
    assert FEWEST_ROWS <= plan.window_rows <= MOST_ROWS
    assert plan.sample_rows >= FEWEST_ROWS


def test_windows_and_kept_rows_share_what_is_left():
    assert SHARE_OF_WINDOW + SHARE_OF_KEPT < 1


def test_more_memory_makes_larger_windows_and_wider_rows_make_smaller_ones():
    usual = memory_plan(10**9, 400.0, 50).window_rows
    assert memory_plan(2 * 10**9, 400.0, 50).window_rows > usual
    assert memory_plan(10**9, 800.0, 50).window_rows < usual


def test_a_limit_that_is_too_small_is_refused_with_one_that_is_enough():
    with pytest.raises(ValueError, match=r"memory_limit is 100,000,000 bytes\. .* Pass memory_limit='\d+MiB'") as told:
        memory_plan(100_000_000, 400.0, 50)
    least = int(re.search(r"'(\d+)MiB'", str(told.value))[1])
    assert memory_plan(least * 2**20, 400.0, 50).window_rows >= FEWEST_ROWS
