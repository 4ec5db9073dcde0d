"""Parameters of a constructor in a model file: which may be left out, and how the others are written.

The same for every classifier. What cannot be written is an error that names it, never left out in silence."""

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.values import UnwritableError, write_value


def names_left_out(leave_out, known, needed):
    """The names in `leave_out`, if each of them can be left out.

    Parameters
    ----------
    leave_out : sequence of str
        As the user passed it.
    known : collection of str
        What the classifier has.
    needed : collection of str
        What of it cannot be left out.

    Returns
    -------
    names : set of str

    Raises
    ------
    TypeError
        If `leave_out` is one text.
    ValueError
        For a name that the classifier does not have, or cannot do without.
    """
    if isinstance(leave_out, str):
        raise TypeError(f"leave_out={leave_out!r} is a text. Pass a list of names: [{leave_out!r}].")
    for name in leave_out:
        if name not in known:
            raise ValueError(f"leave_out names {name!r}, which this classifier does not have.")
        if name in needed:
            raise ValueError(f"leave_out names {name!r}, without which the classifier cannot predict or go on.")
    return set(leave_out)


def write_parameters(parameters, leave_out=()):
    """Parameters as what `json` can write.

    Parameters
    ----------
    parameters : dict of str to object
    leave_out : collection of str, default=()
        Names of those that are not written.

    Returns
    -------
    written : dict of str to object

    Raises
    ------
    ModelFileError
        For values that a model file cannot hold. The message names all of them.
    """
    written, wrong = {}, {}
    for name, value in parameters.items():
        if name in leave_out:
            continue
        try:
            written[name] = write_value(value)
        except UnwritableError as error:
            wrong[name] = str(error)
    if wrong:
        listed = "; ".join(f"{name} holds {what}" for name, what in wrong.items())
        raise ModelFileError(
            f"A model file holds values and arrays, and no code: {listed}. Pass leave_out={sorted(wrong)!r} to write "
            "the classifier without: it predicts the same, and the loaded one has the defaults of these parameters."
        )
    return written
