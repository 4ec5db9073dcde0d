"""Checks of the parameters that all exports share.

Imports nothing, because the classifier imports it."""

DTYPES = ("float64", "float32")


def check_export_parameters(dtype, missing_texts):
    """Raise for a parameter out of range.

    Parameters
    ----------
    dtype, missing_texts
        As in `to_onnx`.

    Raises
    ------
    ValueError
    """
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ValueError(f"dtype={dtype!r} is not one of {', '.join(map(repr, DTYPES))}.")
    if isinstance(missing_texts, str) or not all(isinstance(text, str) for text in missing_texts):
        raise ValueError(f"missing_texts={missing_texts!r} is no sequence of texts. Pass for example ('', 'NA').")
