"""A large table on as many threads as NumPy may use, each with rows of its own.

NumPy's elementwise operations run on one thread; only its matrix products run on all, and these wait for each other
after each product. Threads that each take rows through all operations wait once, at the end."""

import functools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import ThreadpoolController

# OpenBLAS, the BLAS of NumPy's wheels, keeps a product of m * n * k values within this on the thread that asks for it
# (interface/gemm.c: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD). Two larger ones at once would wait for each other.
LARGEST_PRODUCT_OF_ONE_THREAD = 2**18
# Fewer rows at a time do not pay for OpenBLAS reading the kernel anew (measured with its kernels for AVX2 and AVX512).
LEAST_ROWS_OF_PRODUCT = 16
# Between NumPy's operations a thread holds Python's lock, some 3 % of the time: many more threads would wait for it.
MOST_THREADS = 8


def is_for_one_thread(kernel):
    """Whether `product` with a kernel stays on one thread without much loss."""
    return kernel.size * LEAST_ROWS_OF_PRODUCT <= LARGEST_PRODUCT_OF_ONE_THREAD


def product(rows, kernel):
    """``rows @ kernel`` on the thread that asks: a few rows at a time, in one call of NumPy's.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs)
        Row after row in memory.
    kernel : ndarray of shape (n_inputs, n_outputs)
        One that `is_for_one_thread`.

    Returns
    -------
    outputs : ndarray of shape (n_rows, n_outputs)

    Examples
    --------
    >>> import numpy as np
    >>> product(np.ones((3, 2)), np.eye(2))
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    """
    (n_rows, n_inputs), n_outputs = rows.shape, kernel.shape[1]
    at_once = LARGEST_PRODUCT_OF_ONE_THREAD // kernel.size
    even = n_rows - n_rows % at_once
    outputs = np.empty((n_rows, n_outputs), np.result_type(rows, kernel))
    np.matmul(rows[:even].reshape(-1, at_once, n_inputs), kernel, out=outputs[:even].reshape(-1, at_once, n_outputs))
    np.matmul(rows[even:], kernel, out=outputs[even:])
    return outputs


def n_threads():
    """How many threads NumPy's OpenBLAS may use at present, at most `MOST_THREADS`; 1 where NumPy has another BLAS.

    This follows every setting a user may have made: variables of the environment, limits of threadpoolctl, and those of
    joblib's workers.
    """
    allowed = [library["num_threads"] for library in _openblas().info()]
    return min(MOST_THREADS, *allowed) if allowed else 1


@functools.cache
def _openblas():
    return ThreadpoolController().select(internal_api="openblas")  # a millisecond: it looks at all libraries


def for_each(function, parts, n_threads):
    """Call a function with each part, on several threads, this one among them.

    Parameters
    ----------
    function : callable
        Its result is dropped. An error is raised here, and ends the work after the parts that are being done.
    parts : iterable
    n_threads : int
        At least 1.
    """
    left = iter(list(parts))  # a list's iterator gives each part to one thread only

    def work():
        try:
            for part in left:
                function(part)
        finally:
            for _ in left:  # after an error, or an interrupt, nothing is left to the others
                pass

    if n_threads == 1:
        work()
        return
    with ThreadPoolExecutor(n_threads - 1, thread_name_prefix="robust_mlp") as pool:
        others = [pool.submit(work) for _ in range(n_threads - 1)]
        work()
    for other in others:
        other.result()
