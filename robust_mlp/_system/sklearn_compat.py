"""Differences between the supported versions of scikit-learn, and between its settings."""

from contextlib import nullcontext

import sklearn

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # before scikit-learn 1.9 there are no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Replacement if scikit-learn has no callbacks: none can be set."""

    def with_callbacks(method):
        """Return the method unchanged."""
        return method


def looking_at_values():
    """A context in which scikit-learn's checks look for NaN and infinity, also if the user switched that off.

    With ``assume_finite=True`` infinity would reach the scaling, and every probability would be NaN.
    """
    if not sklearn.get_config()["assume_finite"]:
        return nullcontext()
    return sklearn.config_context(assume_finite=False)


__all__ = ["CallbackSupportMixin", "looking_at_values", "with_callbacks"]
