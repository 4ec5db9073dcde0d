"""Axes to draw on: those of the caller, or new ones. Imports matplotlib only to make new ones."""

import math

# Figures beside each other.
N_ACROSS = 3


def axes_or_new(ax, size=None):
    """The caller's axes, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
    size : (float, float) or None, default=None
        Width and height of a new figure in inches. None: as matplotlib's settings say.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout=None if size is None else "constrained")[1]


def axes_for_each(ax, n_wanted, size, what):
    """Several axes of the caller, or those of a new figure, at most three beside each other.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, sequence of these, or None
    n_wanted : int
    size : (float, float)
        Width and height of each of the new axes in inches.
    what : str
        What is drawn on each of them, for the error.

    Returns
    -------
    axes : list of matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the caller's axes are not as many as wanted.
    """
    if ax is not None:
        axes = list(ax) if hasattr(ax, "__len__") else [ax]
        if len(axes) != n_wanted:
            raise ValueError(f"ax holds {len(axes)} axes, and there are {n_wanted} {what}. Pass one for each.")
        return axes
    import matplotlib.pyplot as plt

    n_down, n_across = math.ceil(n_wanted / N_ACROSS), min(n_wanted, N_ACROSS)
    size = (size[0] * n_across, size[1] * n_down)
    grid = plt.subplots(n_down, n_across, figsize=size, layout="constrained", squeeze=False)[1].ravel()
    for unused in grid[n_wanted:]:
        unused.remove()
    return list(grid[:n_wanted])
