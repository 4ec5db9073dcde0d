"""Training and prediction on Dask collections: tables that are larger than one machine's memory.

Needs the extra `dask`: ``pip install "robust_mlp[dask]"``."""

try:
    import dask  # noqa: F401
except ImportError as error:
    raise ImportError(
        'robust_mlp.dask needs Dask, which is not installed. Type: pip install "robust_mlp[dask]"'
    ) from error

from robust_mlp.dask._classifier import DaskRobustMLPClassifier

__all__ = ["DaskRobustMLPClassifier"]
