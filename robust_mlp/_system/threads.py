"""Work on a large table with as many threads as NumPy may use. Each thread has its own rows.

NumPy uses several threads for matrix products only, and they wait for each other after each product. With our threads,
each thread runs all operations on its rows, and they wait once, at the end."""

import functools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import ThreadpoolController

# OpenBLAS, the BLAS of NumPy's wheels, computes a product with m * n * k up to this on the calling thread
# (interface/gemm.c: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD). Two larger products at once would wait for each
# other.
LARGEST_PRODUCT_OF_ONE_THREAD = 2**18
# OpenBLAS reads the kernel anew for each block. With fewer rows per block this costs too much (measured for AVX2 and
# AVX512).
LEAST_ROWS_OF_PRODUCT = 16
# Between NumPy's operations a thread holds Python's lock, some 3 % of the time. More threads would wait for the lock.
MOST_THREADS = 8


def is_for_one_thread(kernel):
    """Whether `product` with this kernel loses little by using one thread."""
    return kernel.size * LEAST_ROWS_OF_PRODUCT <= LARGEST_PRODUCT_OF_ONE_THREAD


def product(rows, kernel):
    """``rows @ kernel`` on the calling thread, in blocks of rows, with one call of NumPy.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs)
        In C order.
    kernel : ndarray of shape (n_inputs, n_outputs)
        `is_for_one_thread(kernel)` must be true.

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
    if not n_inputs:  # the rarest columns of a sparse table have no input
        return np.zeros((n_rows, n_outputs), np.result_type(rows, kernel))
    at_once = LARGEST_PRODUCT_OF_ONE_THREAD // kernel.size
    even = n_rows - n_rows % at_once
    outputs = np.empty((n_rows, n_outputs), np.result_type(rows, kernel))
    np.matmul(rows[:even].reshape(-1, at_once, n_inputs), kernel, out=outputs[:even].reshape(-1, at_once, n_outputs))
    np.matmul(rows[even:], kernel, out=outputs[even:])
    return outputs


def n_threads():
    """The number of threads that NumPy's OpenBLAS may use now, at most `MOST_THREADS`; 1 with another BLAS.

    It obeys environment variables, limits of threadpoolctl, and limits of joblib's workers.
    """
    allowed = [library["num_threads"] for library in _openblas().info()]
    return min(MOST_THREADS, *allowed) if allowed else 1


def on_one_thread():
    """A context in which NumPy's OpenBLAS uses the calling thread only: small products wait longer than they take."""
    return _openblas().limit(limits=1)


@functools.cache
def _openblas():
    return ThreadpoolController().select(internal_api="openblas")  # cached: the search takes a millisecond


def for_each(function, parts, n_threads):
    """Call a function for each part, on several threads including the calling thread.

    Parameters
    ----------
    function : callable
        Its result is ignored. If it raises, no new part is begun, and the error is raised here.
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
            for _ in left:  # after an error or an interrupt, no part is left for other threads
                pass

    if n_threads == 1:
        work()
        return
    with ThreadPoolExecutor(n_threads - 1, thread_name_prefix="robust_mlp") as pool:
        others = [pool.submit(work) for _ in range(n_threads - 1)]
        work()
    for other in others:
        other.result()
