"""Applies a user's imbalanced-learn sampler to training rows, and finds the source row of every row that it returns.

Uses only `fit_resample`. Never imports imbalanced-learn and never changes the user's instance."""

import warnings

import numpy as np
from sklearn.base import clone

from robust_mlp._data.balancing import listed
from robust_mlp._data.column_statistics import learn_moments

# Samplers do not take weights. So a row with a whole-number weight is passed that many times. If this would make the
# table more than this many times longer (weights that are large counts), each row is passed once.
MAX_REPETITION = 4

NEIGHBOR_PARAMETERS = ("k_neighbors", "n_neighbors", "m_neighbors")


def run_foreign_sampler(sampler, matrix, kinds, codes, weights, seed, classes, names):
    """Clone, seed and run a sampler. Find the source row of every row that it returns.

    Parameters
    ----------
    sampler : object with ``fit_resample``
    matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
    kinds : sequence of {"number", "category"}, of length n_columns
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
    seed : int
    classes : ndarray of shape (n_classes,)
    names : sequence of str or None

    Returns
    -------
    found : dict
        ``made`` (n_made, n_columns), and ``codes``, ``weights``, ``source_index`` of the selected rows followed by
        the made ones.

    Raises
    ------
    ValueError
        If the sampler fails, returns rows of another shape, a label that `classes` lacks, or a value between two
        categories.
    """
    is_category = np.asarray(kinds) == "category"
    runner = _prepared(sampler, is_category, names, seed)
    handed, unit = _handed_rows(weights)
    filled, missing_levels = _missing_as_level(matrix, is_category)
    rows, labels = _run(runner, sampler, filled[handed], classes[codes[handed]], classes)
    rows = _missing_back(_checked(rows, labels, sampler, matrix, is_category), is_category, missing_levels)
    new_codes = _codes_of(labels, classes, sampler)
    source, is_made = _trace(runner, rows, new_codes, matrix, codes, handed)
    restored = _lost_rows(new_codes, codes, classes, sampler)
    index = np.concatenate([source[~is_made], restored, source[is_made]])
    return {
        "made": rows[is_made],
        "codes": np.concatenate([new_codes[~is_made], codes[restored], new_codes[is_made]]),
        # A row that was passed once keeps its whole weight, and a row made from it gets the same weight.
        "weights": unit[index],
        "source_index": index,
    }


def _prepared(sampler, is_category, names, seed):
    """A clone with a seed, if it had none, and with the category columns given as column numbers."""
    runner = clone(sampler)
    parameters = runner.get_params(deep=True)
    own_seeds = {
        name: seed
        for name, value in parameters.items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    }
    columns = {
        name: _column_numbers(value, is_category, names)
        for name, value in parameters.items()
        if name.split("__")[-1] == "categorical_features" and value is not None
    }
    return runner.set_params(**own_seeds, **columns)


def _column_numbers(categorical_features, is_category, names):
    """A sampler's ``categorical_features`` as column numbers, if it is 'auto' or holds column names."""
    if isinstance(categorical_features, str) and categorical_features == "auto":
        return np.flatnonzero(is_category)
    given = np.asarray(categorical_features)
    if given.dtype.kind not in "UO" or given.dtype == bool:
        return categorical_features
    known = [] if names is None else list(names)
    unknown = [name for name in given.tolist() if name not in known]
    if unknown:
        raise ValueError(
            f"The sampler's categorical_features hold {', '.join(map(repr, unknown))}, but X has no such column. "
            "Pass column numbers, or categorical_features='auto'."
        )
    return np.array([known.index(name) for name in given.tolist()])


def _handed_rows(weights):
    """The rows to pass to the sampler, (m,) int64, and by source row the weight of a returned row, (n_rows,)."""
    whole = np.all(weights == np.round(weights)) and weights.sum() <= MAX_REPETITION * len(weights)
    if not whole:
        return np.arange(len(weights)), weights
    return np.repeat(np.arange(len(weights)), weights.astype(np.int64)), np.ones(len(weights))


def _missing_as_level(matrix, is_category):
    """(matrix, levels): missing categories become one more level. `levels` (n_columns,) holds it for each column."""
    levels = np.zeros(matrix.shape[1])
    if not np.isnan(matrix[:, is_category]).any():
        return matrix, levels - 1.0
    filled = matrix.copy()
    for column in np.flatnonzero(is_category):
        missing = np.isnan(filled[:, column])
        levels[column] = np.max(filled[~missing, column], initial=-1.0) + 1.0
        filled[missing, column] = levels[column]
    return filled, levels


def _missing_back(rows, is_category, missing_levels):
    """Rows in which the level for a missing category is NaN again."""
    for column in np.flatnonzero(is_category & (missing_levels >= 0)):
        rows[rows[:, column] == missing_levels[column], column] = np.nan
    return rows


def _run(runner, sampler, rows, labels, classes):
    """Run the sampler. If a class has too few rows for it, run it with fewer neighbours and warn."""
    try:
        return runner.fit_resample(rows, labels)
    except Exception as error:
        retry = _with_fewer_neighbors(runner, rows, labels) if "neighbors" in str(error) else None
        if retry is None:
            raise _failure(sampler, rows, labels, classes, error) from error
    runner, rows, labels, what = retry
    try:
        result = runner.fit_resample(rows, labels)
    except Exception as error:
        raise _failure(sampler, rows, labels, classes, error) from error
    warnings.warn(f"sampler={sampler!r} needs more rows than the smallest class has: {what}.", stacklevel=2)
    return result


def _with_fewer_neighbors(runner, rows, labels):
    """The sampler with as many neighbours as the smallest class allows, with its rows; None if this changes nothing.

    The single row of a class is passed twice. A new row between two equal rows equals them, so the row is repeated.
    """
    parameters = {
        name: value
        for name, value in runner.get_params(deep=True).items()
        if name.split("__")[-1] in NEIGHBOR_PARAMETERS and isinstance(value, int)
    }
    values, counts = np.unique(labels, return_counts=True)
    single = np.flatnonzero(np.isin(labels, values[counts == 1]))
    fewest = max(2, counts.min())
    smaller = {name: min(value, fewest - 1) for name, value in parameters.items()}
    if not parameters or (smaller == parameters and not len(single)):
        return None
    what = ", ".join(f"{name}={value}" for name, value in smaller.items()) + " was used"
    if len(single):
        what += ", and single rows were repeated"
    rows, labels = np.concatenate([rows, rows[single]]), np.concatenate([labels, labels[single]])
    return clone(runner).set_params(**smaller), rows, labels, what


def _failure(sampler, rows, labels, classes, error):
    """The error to raise when a sampler failed."""
    values, counts = np.unique(labels, return_counts=True)
    smallest = counts.argmin()
    hint = (
        "Pass sampler='smote', 'over' or 'under', which take missing values, or impute first."
        if np.isnan(rows).any()
        else "Pass a sampler that fits these rows, or sampler='smote', which takes classes of any size."
    )
    return ValueError(
        f"sampler={sampler!r} failed on the {len(rows)} training rows in {len(values)} classes, the smallest of which "
        f"is {values[smallest].item()!r} with {counts[smallest]}. Its error: {error} {hint}"
    )


def _checked(rows, labels, sampler, matrix, is_category):
    """The sampler's rows as a new array of the dtype of `matrix`, after checks on shape and categories."""
    rows = np.array(rows, dtype=matrix.dtype)
    if rows.ndim != 2 or rows.shape[1] != matrix.shape[1] or len(rows) != len(labels):
        raise ValueError(
            f"sampler={sampler!r} returned X of shape {rows.shape} and y of length {len(labels)} for X with "
            f"{matrix.shape[1]} columns. Pass a sampler that keeps the columns and returns one label a row."
        )
    if not len(rows):
        raise ValueError(
            f"sampler={sampler!r} returned no rows for {len(matrix)}. Pass a sampler that leaves rows of each class."
        )
    is_infinite = np.isinf(rows).any(axis=0)
    if is_infinite.any():
        raise ValueError(
            f"sampler={sampler!r} made infinite values in column {int(is_infinite.argmax())}. Pass a sampler that "
            "makes finite ones, or scale X before the fit."
        )
    between = is_category & np.any(rows != np.round(rows), axis=0)
    if between.any():
        column = int(np.flatnonzero(between)[0])
        raise ValueError(
            f"sampler={sampler!r} made values between two categories in column {column}. Pass sampler='smote' or "
            "imblearn.over_sampling.SMOTENC(categorical_features='auto'), which know categories."
        )
    return rows


def _codes_of(labels, classes, sampler):
    """Class codes (n,) of the labels that the sampler returned."""
    labels = np.asarray(labels)
    codes = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    strange = classes[codes] != labels
    if strange.any():
        label = labels[strange].tolist()[0]
        raise ValueError(f"sampler={sampler!r} returned the label {label!r}, which y does not contain.")
    return codes


def _trace(runner, rows, new_codes, matrix, codes, handed):
    """For each returned row: the equal or nearest row of `matrix`, and whether the sampler made it."""
    from sklearn.neighbors import NearestNeighbors  # imported here because few fits need it

    told = getattr(runner, "sample_indices_", None)
    if told is not None and len(told) == len(rows) and np.max(told, initial=-1) < len(handed):
        source = handed[np.asarray(told, dtype=np.int64)]
        is_made = ~np.all((rows == matrix[source]) | (np.isnan(rows) & np.isnan(matrix[source])), axis=1)
        return source, is_made
    places = {key: place for place, key in enumerate(_keys(matrix, codes))}
    source = np.array([places.get(key, -1) for key in _keys(rows, new_codes)], dtype=np.int64)
    is_made = source < 0
    everything = np.arange(len(matrix)), np.ones(len(matrix)), np.arange(matrix.shape[1])
    spread = learn_moments(matrix, *everything).std  # 0 for a column without values; numpy.nanstd would warn
    scale = np.where(spread > 0, spread, 1.0)
    for code in np.unique(new_codes[is_made]):
        strangers, candidates = np.flatnonzero(is_made & (new_codes == code)), np.flatnonzero(codes == code)
        if not len(candidates):
            candidates = np.arange(len(codes))
        search = NearestNeighbors(n_neighbors=1).fit(np.nan_to_num(matrix[candidates] / scale))
        found = search.kneighbors(np.nan_to_num(rows[strangers] / scale), return_distance=False)[:, 0]
        source[strangers] = candidates[found]
    return source, is_made


def _keys(rows, codes):
    """Keys of rows: their bytes and class code. Equal rows have equal keys."""
    return ((row.tobytes(), code) for row, code in zip(rows, codes.tolist(), strict=True))


def _lost_rows(new_codes, codes, classes, sampler):
    """Original rows of classes that the sampler removed completely. They are put back, with a warning."""
    lost = np.setdiff1d(codes, new_codes)
    if len(lost):
        labels = listed(classes[lost].tolist())
        warnings.warn(
            f"sampler={sampler!r} removed every training row of class {labels}: its rows were put back.", stacklevel=2
        )
    return np.flatnonzero(np.isin(codes, lost))
