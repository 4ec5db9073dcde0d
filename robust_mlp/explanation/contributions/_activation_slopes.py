"""Derivatives of the activations by name, in NumPy. Integrated gradients need them; nothing else does."""

import numpy as np

from robust_mlp._core.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE, activation_called, sigmoid, softplus


def slope_of(name):
    """The derivative of an activation.

    Parameters
    ----------
    name : str
        A name or an alias that `activation_called` knows.

    Returns
    -------
    slope : callable
        Takes inputs of the activation, an ndarray, and returns the derivative at each, an ndarray of the same shape.
        At a kink it is one of the two one-sided derivatives.

    Examples
    --------
    >>> import numpy as np
    >>> slope_of("relu")(np.array([-1.0, 2.0]))
    array([0., 1.])
    """
    return _SLOPES[activation_called(name).name]


def _silu(z):
    s = sigmoid(z)
    return s * (1 + z * (1 - s))


def _gelu(z):
    from scipy.special import erf  # imported here, because scipy.special would slow down the import of the package

    return 0.5 * (1 + erf(z * np.sqrt(0.5))) + z * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def _mish(z):
    t = np.tanh(softplus(z))
    return t + z * sigmoid(z) * (1 - t * t)


def _selu(z):
    return SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0)))


_SLOPES = {
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, LEAKY_SLOPE),
    "relu6": lambda z: np.where((z > 0) & (z < 6), 1.0, 0.0),
    "elu": lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": sigmoid,
    "softsign": lambda z: 1 / (1 + np.abs(z)) ** 2,
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "hard_sigmoid": lambda z: np.where(np.abs(z) < 3, 1 / 6, 0.0),
    "exponential": np.exp,
    "linear": np.ones_like,
}
