"""Outputs of an encoding by the user's columns: each output belongs to one column, and changes with it alone."""

import numpy as np
import pytest

from robust_mlp.explanation._swaps.encoded_columns import features_of_outputs, matrix_columns, outputs_of_columns
from tests.explanation.known_answers import embedding_network, mixed_network, numbers_network


@pytest.mark.parametrize("network", [numbers_network, mixed_network, embedding_network])
def test_each_output_belongs_to_exactly_one_column(network):
    encoding = network()[0]._fitted.encoding
    outputs = outputs_of_columns(encoding)
    assert len(outputs) == network()[0].n_features_in_
    assert sorted(np.concatenate(outputs).tolist()) == list(range(encoding.n_outputs))


@pytest.mark.parametrize("network", [mixed_network, embedding_network])
def test_a_change_of_one_column_changes_its_outputs_alone(network):
    clf, frame, _ = network()
    encoding, matrix = clf._fitted.encoding, clf._read(frame)
    outputs, where = outputs_of_columns(encoding), matrix_columns(clf._reader)
    for column in range(frame.shape[1]):
        other = matrix.copy()
        other[:, where[column]] = np.roll(matrix[:, where[column]], 1, axis=0)
        differs = (encoding.transform(other) != encoding.transform(matrix)).any(axis=0)
        assert differs.any()
        assert set(np.flatnonzero(differs)) <= set(outputs[column])


def test_codes_become_the_places_of_their_vectors():
    embeddings = (np.zeros((1, 9, 2)), np.zeros((1, 9, 3)))
    assert features_of_outputs(np.array([0, 2, 4]), 5, embeddings).tolist() == [0, 2, 5, 6, 7]
    assert features_of_outputs(np.array([3]), 5, embeddings).tolist() == [3, 4]
    assert features_of_outputs(np.array([1]), 5, ()).tolist() == [1]
