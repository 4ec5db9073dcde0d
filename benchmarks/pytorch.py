"""PyTorch, where it is installed, in one process with TensorFlow."""

import contextlib


def load_before_tensorflow():
    """Import PyTorch's compiler: imported after TensorFlow it ends the process (PyTorch 2.13 and 2.14)."""
    with contextlib.suppress(ImportError):
        import torch._dynamo  # noqa: F401
