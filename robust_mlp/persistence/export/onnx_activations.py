"""Activations in an ONNX graph, from operators that onnxruntime has in float64 as well.

The same functions as in `_core/activations`; a test compares them."""

import numpy as np

from robust_mlp._core.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE, activation_called

# Degree of the polynomial in `_erf`. The coefficients shrink to rounding errors at about 25.
ERF_DEGREE = 27
# Beyond this, erf is 1 to the last bit of float64.
ERF_END = 6.0
# t = 2 / (2 + x) goes from this to 1 for x from `ERF_END` to 0, and t * PLACE_SLOPE - PLACE_SHIFT from -1 to 1.
LEAST_T = 2 / (2 + ERF_END)
PLACE_SLOPE = 2 / (1 - LEAST_T)
PLACE_SHIFT = (1 + LEAST_T) / (1 - LEAST_T)


def activate(graph, name, z, dtype):
    """The activation of `z`.

    Parameters
    ----------
    graph : Graph
    name : str
        Of an activation, or an alias.
    z : str
    dtype : dtype
        That of `z`: float32 or float64.

    Returns
    -------
    name : str
    """
    return _Functions(graph, dtype).by_name[activation_called(name).name](z)


class _Functions:
    """Elementwise functions of arrays of one dtype."""

    def __init__(self, graph, dtype):
        self.graph, self.dtype = graph, dtype
        self.by_name = {
            "relu": lambda z: self.do("Max", z, 0),
            "leaky_relu": lambda z: self.do("Max", z, self.do("Mul", z, LEAKY_SLOPE)),
            "relu6": lambda z: self.do("Clip", z, 0, 6),
            "elu": lambda z: self._elu(z, 1.0),
            "selu": lambda z: self.do("Mul", self._elu(z, SELU_ALPHA), SELU_SCALE),
            "gelu": self._gelu,
            "silu": self._silu,
            "mish": lambda z: self.do("Mul", z, self.do("Tanh", self._softplus(z))),
            "softplus": self._softplus,
            "softsign": lambda z: self.do("Div", z, self.do("Add", self.do("Abs", z), 1)),
            "tanh": lambda z: self.do("Tanh", z),
            "sigmoid": self._sigmoid,
            "hard_sigmoid": lambda z: self.do("Clip", self.do("Add", self.do("Div", z, 6), 0.5), 0, 1),
            "exponential": lambda z: self.do("Exp", z),
            "linear": lambda z: z,
        }

    def do(self, operator, *values):
        """A node; numbers among the values become constants."""
        names = [v if isinstance(v, str) else self.graph.constant(v, self.dtype, "number") for v in values]
        return self.graph.add(operator, *names)

    def _elu(self, z, alpha):
        negative = self.do("Sub", self.do("Exp", self.do("Min", z, 0)), 1)
        is_positive = self.do("Greater", z, 0)
        return self.graph.add("Where", is_positive, z, self.do("Mul", negative, alpha))

    def _sigmoid(self, z):
        return self.do("Add", self.do("Mul", self.do("Tanh", self.do("Mul", z, 0.5)), 0.5), 0.5)

    def _silu(self, z):
        half = self.do("Mul", z, 0.5)
        return self.do("Mul", self.do("Add", self.do("Tanh", half), 1), half)

    def _softplus(self, z):
        rest = self.do("Log", self.do("Add", self.do("Exp", self.do("Neg", self.do("Abs", z))), 1))
        return self.do("Add", self.do("Max", z, 0), rest)

    def _gelu(self, z):
        return self.do("Mul", self.do("Mul", z, 0.5), self.do("Add", self._erf(self.do("Mul", z, np.sqrt(0.5))), 1))

    def _erf(self, z):
        """The error function. onnxruntime has the operator in float32 only."""
        if self.dtype == np.float32:
            return self.do("Erf", z)
        distance = self.do("Min", self.do("Abs", z), ERF_END)
        t = self.do("Div", 2, self.do("Add", distance, 2))
        place = self.do("Sub", self.do("Mul", t, PLACE_SLOPE), PLACE_SHIFT)
        lead, *middle, last = _erf_coefficients()
        exponent = self.do("Mul", place, lead)
        for coefficient in middle:
            exponent = self.do("Mul", self.do("Add", exponent, coefficient), place)
        exponent = self.do("Add", exponent, last)
        exponent = self.do("Sub", exponent, self.do("Mul", distance, distance))
        size = self.do("Sub", 1, self.do("Mul", t, self.do("Exp", exponent)))
        return self.do("Mul", size, self.do("Sign", z))


def _erf_coefficients():
    """Coefficients of log(erfc(x) exp(x^2) / t) as a polynomial, the highest power first.

    The logarithm varies little, so that a polynomial gives erf to the last bits of float64: Press et al. (2007),
    "Numerical Recipes", 3rd edition, section 6.2.2.
    """
    from numpy.polynomial import chebyshev
    from scipy.special import erfcx

    def target(place):
        t = (place + PLACE_SHIFT) / PLACE_SLOPE
        return np.log(erfcx(2 / t - 2) / t)

    return chebyshev.cheb2poly(chebyshev.chebinterpolate(target, ERF_DEGREE))[::-1]
