"""Names of the user as matplotlib shows them."""

from robust_mlp._core.printable import printable_name

LONGEST_NAME = 32


def shown_text(name):
    """A name shortened, and without formulas, which matplotlib would read between dollars.

    Parameters
    ----------
    name : str

    Returns
    -------
    text : str

    Examples
    --------
    >>> shown_text("price in $")
    'price in \\\\$'
    """
    name = printable_name(name)
    return (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "...").replace("$", r"\$")
