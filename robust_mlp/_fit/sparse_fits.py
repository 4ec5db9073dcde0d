"""What a fit on a sparse table needs: which parameters it allows, and held-out rows in the same form.

Checked before any training."""

from dataclasses import replace

from scipy import sparse

from robust_mlp._data.sampling import is_one_of
from robust_mlp._data.sparse_rows import as_rows

# Samplers that choose rows. All others make rows between rows, which needs dense columns.
CHOOSING = ("over", "under", "balanced_batches")


def check_fits_sparse(estimator, shape):
    """Raise if a parameter would make a sparse table dense.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        With checked parameters.
    shape : tuple of int
        Of the table.

    Raises
    ------
    ValueError
        The message says what to type.
    """
    kept = f"X is a sparse table of shape {shape}, which stays sparse"
    if estimator.sampler is not None and not is_one_of(estimator.sampler, *CHOOSING):
        raise ValueError(
            f"{kept}, and sampler={estimator.sampler!r} makes rows between its rows. Pass sampler='over', 'under' or "
            "'balanced_batches', or class_weight='balanced'."
        )
    if estimator.numerical_embedding not in ("auto", None):
        raise ValueError(
            f"{kept}, and numerical_embedding={estimator.numerical_embedding!r} gives each cell of 0 inputs that are "
            "not 0. Pass numerical_embedding='auto', or fewer columns as a dense table."
        )


def alike(held_out, table):
    """The user's own held-out rows in the form of the table.

    Parameters
    ----------
    held_out : LabelledTable or None
        A few rows of a sparse table are read as dense ones.
    table : LabelledTable

    Returns
    -------
    held_out : LabelledTable or None
    """
    if held_out is None or sparse.issparse(held_out.X) or not sparse.issparse(table.X):
        return held_out
    return replace(held_out, X=as_rows(sparse.csr_array(held_out.X)))
