"""Which inputs of a network come from which column of the user's table.

Reads an Encoding. Encodes nothing."""

import numpy as np


def outputs_of_columns(encoding):
    """The encoded outputs that each input column becomes.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    outputs : list of ndarray of int
        One array for each column of the user's table, ascending. Each output is in exactly one of them.
    """
    reader = encoding.reader
    of_matrix: list[list[int]] = [[] for _ in reader.kinds]
    for output, j in enumerate(encoding.numbers):
        of_matrix[j].append(output)
    start = encoding.numbers.size
    for position, i in enumerate([*encoding.flagged, *encoding.pieced]):
        of_matrix[encoding.numbers[i]].append(start + position)
    for j, slots in zip(encoding.categories, encoding.slots, strict=True):
        of_matrix[j].extend(np.unique(slots[slots >= 0]).tolist())
    first_code = encoding.n_outputs - encoding.n_codes
    for position, j in enumerate(encoding.code_columns):
        of_matrix[j].append(first_code + position)
    outputs: list[list[int]] = [[] for _ in range(reader.n_features)]
    for j, column in enumerate(reader.input_of):
        outputs[column].extend(of_matrix[j])
    return [np.array(sorted(found), dtype=np.intp) for found in outputs]


def matrix_columns(reader):
    """The columns of the matrix that each input column becomes: list of ndarray of int."""
    if reader.inputs is None:
        return list(np.arange(reader.n_features)[:, np.newaxis])
    input_of = np.array(reader.input_of, dtype=np.intp)
    return [np.flatnonzero(input_of == column) for column in range(reader.n_features)]


def features_of_outputs(outputs, n_outputs, embeddings):
    """Positions, among the inputs of a network's first layer, of some encoded outputs.

    Parameters
    ----------
    outputs : ndarray of int
    n_outputs : int
        Of the encoding.
    embeddings : tuple of ndarray of shape (n_members, n_levels, width)
        The last outputs are codes, and each becomes a vector.

    Returns
    -------
    features : ndarray of int
    """
    first_code = n_outputs - len(embeddings)
    ends = first_code + np.cumsum([0, *(vectors.shape[-1] for vectors in embeddings)])
    plain = outputs[outputs < first_code]
    vectors = [np.arange(ends[e - first_code], ends[e - first_code + 1]) for e in outputs[outputs >= first_code]]
    return np.concatenate([plain, *vectors]).astype(np.intp)
