"""What differs between the scikit-learn versions that are supported, in one place."""

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # before scikit-learn 1.9 there are no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in where scikit-learn has no callbacks: none can be set."""

    def with_callbacks(method):
        """Leave the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "with_callbacks"]
