"""The network in ONNX graphs: probabilities of FittedNetwork, labels of Decision."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.calibration import Calibration
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._decision.decision import Decision
from robust_mlp.persistence.export.exported import Adjustment
from robust_mlp.persistence.export.onnx_encoding import EncodedRows
from robust_mlp.persistence.export.onnx_network import adjusted, labels_of, probabilities_of
from tests.persistence.export.graph_runs import new_graph, run
from tests.persistence.export.made_networks import LEVELS, encoded_rows, expected, made_networks

NETWORKS = made_networks()
CODES = tuple(f"code {i}" for i in range(len(LEVELS)))


@pytest.mark.parametrize("dtype, digits", [(np.float64, 1e-14), (np.float32, 1e-5)])
@pytest.mark.parametrize("name", NETWORKS)
def test_probabilities_are_those_of_the_network(name, dtype, digits):
    fitted, (plain, codes) = NETWORKS[name], encoded_rows(200)
    graph, feeds, names = new_graph(), {"plain": plain}, ()
    if fitted.weights.n_embedded:
        names = CODES
        feeds |= dict(zip(names, codes.T.copy(), strict=True))
    output = probabilities_of(graph, EncodedRows("plain", names), fitted, np.dtype(dtype))
    (found,) = run(graph, feeds, {output: dtype})
    assert found.dtype == dtype
    assert_allclose(found, expected(fitted, plain, codes), rtol=0, atol=digits)


DECISIONS = {
    "none": None,
    "argmax": Decision(kind="argmax", offsets=np.zeros(3)),
    "offsets": Decision(kind="scorer", offsets=np.array([1.0, -0.5, -0.5])),
    "costs": Decision(
        kind="costs",
        offsets=np.zeros(3),
        costs=np.array([[0.0, 1.0, 5.0], [2.0, 0.0, 1.0], [9.0, 3.0, 0.0]]),
        honest_offsets=np.array([0.7, 0.0, -0.7]),
    ),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_labels_are_those_of_the_decision(name):
    P = np.random.default_rng(0).dirichlet(np.ones(3), 500)
    P[0], P[1] = [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]
    classes, decision = np.array(["a", "b, c", "d"]), DECISIONS[name]
    graph = new_graph()
    labels_of(graph, "P", classes, decision, np.dtype(np.float64), "label")
    codes = P.argmax(axis=1) if decision is None else decision.decide(P)
    (found,) = run(graph, {"P": P}, {"label": object})
    assert_array_equal(found, classes[codes])
    if name in ("offsets", "costs"):
        assert (codes != P.argmax(axis=1)).any()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_adjusted_probabilities_are_finite_where_a_probability_is_0(dtype):
    P = np.array([[1.0, 0.0, 0.0], [0.2, 0.5, 0.3]], dtype=dtype)
    steps = (Adjustment(0.7, np.array([0.0, 1.0, -1.0]), 1e-3), Adjustment(1.0, np.array([2.0, 0.0, 0.0]), 1e-300))
    graph = new_graph()
    name = adjusted(graph, "P", steps, np.dtype(dtype))
    (found,) = run(graph, {"P": P}, {name: dtype})
    expected = shift_log_odds(Calibration(0.7, steps[0].offsets, 1e-3)(P), steps[1].offsets)
    assert_allclose(found, expected, rtol=0, atol=1e-15 if dtype is np.float64 else 1e-6)
    assert np.isfinite(found).all()
