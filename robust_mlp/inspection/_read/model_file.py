"""A Keras model from a file that Keras wrote. Never trains it, and runs no code that the file may hold."""

# Of an error of Keras' that are shown: the cause comes first, the model's configuration may follow for pages.
MOST_CHARACTERS = 200


class UnreadableNetworkError(Exception):
    """The file is no network that Keras can read here."""


def load_network(path):
    """Read a model back, compiled as it was saved.

    Parameters
    ----------
    path : str
        A file that exists, with an ending that Keras knows.

    Returns
    -------
    model : keras.Model

    Raises
    ------
    UnreadableNetworkError
        With what Keras says of it, on one line.
    """
    import warnings

    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras makes of an optimizer's state says nothing of the network
        try:
            return keras.saving.load_model(path)
        except Exception as error:  # a damaged or foreign file, or a layer that Keras does not know, fails in any way
            raise UnreadableNetworkError(_first_lines(error)) from error


def _first_lines(error):
    """The beginning of Keras' message on one line: what follows is the whole configuration of the model."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rsplit(' ', 1)[0]} ..."
