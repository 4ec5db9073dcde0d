"""Loads a Keras model from a file. Never trains it, and never runs code from the file."""

# Length of a Keras error in our message. The cause comes first; the model's configuration may follow for pages.
MOST_CHARACTERS = 200


class UnreadableNetworkError(Exception):
    """Keras cannot read the file here."""


def load_network(path):
    """Read a model back, compiled as it was saved.

    Parameters
    ----------
    path : str
        An existing file with an extension that Keras knows.

    Returns
    -------
    model : keras.Model

    Raises
    ------
    UnreadableNetworkError
        With Keras' message on one line.
    """
    import warnings

    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' warnings about the optimizer's state do not matter here
        try:
            return keras.saving.load_model(path)
        except Exception as error:  # a damaged or foreign file, or a layer that Keras does not know, fails in any way
            raise UnreadableNetworkError(_first_lines(error)) from error


def _first_lines(error):
    """The beginning of Keras' message on one line; the rest is the configuration of the model."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rsplit(' ', 1)[0]} ..."
