"""The line of the user's program that called this package: a warning is about that line."""

import os
import sys
from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Between the user's line and ours: scikit-learn's decorators around `fit`.
_BETWEEN = (os.sep + "sklearn" + os.sep + "callback" + os.sep,)


def level_of_caller():
    """`stacklevel` for `warnings.warn`, called by who warns: that of the first frame outside this package.

    Returns
    -------
    level : int

    Examples
    --------
    >>> level_of_caller()
    1
    """
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and _is_ours(os.path.abspath(frame.f_code.co_filename)):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(path):
    return path.startswith(_PACKAGE) or any(part in path for part in _BETWEEN)
