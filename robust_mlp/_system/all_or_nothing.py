"""`all_or_nothing`: a fit sets its attributes at its end, or leaves the estimator as it was."""

from contextlib import contextmanager


@contextmanager
def all_or_nothing(estimator):
    """Undo every change of an estimator's attributes if the body raises, Ctrl-C included.

    A refit that fails half-way would else leave the old network under new class names.

    Parameters
    ----------
    estimator : object
        Attributes are put back as they were. Objects that they hold are not copied: who changes one in place puts it
        back.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> estimator = SimpleNamespace(classes_=["no", "yes"])
    >>> try:
    ...     with all_or_nothing(estimator):
    ...         estimator.classes_ = ["red", "green"]
    ...         raise ValueError("no such column")
    ... except ValueError:
    ...     print(estimator.classes_)
    ['no', 'yes']
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        attributes = vars(estimator)
        attributes.clear()
        attributes.update(before)
        raise
