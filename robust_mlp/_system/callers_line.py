"""The line of the user's program that called this package: a warning is about that line."""

import os
import sys
from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


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
    while frame is not None and os.path.abspath(frame.f_code.co_filename).startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
