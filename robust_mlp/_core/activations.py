"""Activations by name: the NumPy function, the Keras name, and the scale of initial weights.

A test compares each function with Keras' own. Nothing here imports Keras."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Constants of the self-normalizing activation, Klambauer et al. (2017), https://arxiv.org/abs/1706.02515, eq. 2.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
LEAKY_SLOPE = 0.2  # Keras' default for the string "leaky_relu"


def sigmoid(z):
    """1 / (1 + exp(-z)), computed with tanh, which neither overflows nor warns."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def _silu(z):
    """z * sigmoid(z), computed as h * (tanh(h) + 1) with h = z / 2: the same bits with fewer arrays."""
    z *= 0.5
    curve = np.tanh(z)
    curve += 1
    curve *= z
    return curve


def softplus(z):
    """log(1 + exp(z)) without overflow."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _gelu(z):
    from scipy.special import erf  # imported here, because scipy.special would slow down the import of the package

    return (0.5 * z * (1 + erf(z * 0.7071067811865476))).astype(z.dtype, copy=False)


def _elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _exponential(z):
    with np.errstate(over="ignore"):
        return np.exp(z)


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation function. The function may overwrite its argument."""

    name: str  # Keras' name
    function: Callable[[np.ndarray], np.ndarray]
    gain: float  # variance of the initial weights times fan-in: 2 for rectifiers, 1 otherwise
    saturates: bool = False  # flat at both ends


# He et al. (2015), https://arxiv.org/abs/1502.01852, eq. 10: rectifiers halve the variance, so weights double it.
# LeCun et al. (1998), "Efficient BackProp", section 4.6: variance 1 / fan-in elsewhere.
_RECTIFIER, _PLAIN = 2.0, 1.0
_BY_NAME = {
    a.name: a
    for a in (
        Activation("relu", lambda z: np.maximum(z, 0, out=z), _RECTIFIER),
        Activation("leaky_relu", lambda z: np.maximum(z, LEAKY_SLOPE * z), _RECTIFIER),
        Activation("relu6", lambda z: np.clip(z, 0, 6), _RECTIFIER),
        Activation("elu", _elu, _RECTIFIER),
        Activation("selu", lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))), _PLAIN),
        Activation("gelu", _gelu, _RECTIFIER),
        Activation("silu", _silu, _RECTIFIER),
        Activation("mish", lambda z: z * np.tanh(softplus(z)), _RECTIFIER),
        Activation("softplus", softplus, _PLAIN),
        Activation("softsign", lambda z: z / (1 + np.abs(z)), _PLAIN, saturates=True),
        Activation("tanh", np.tanh, _PLAIN, saturates=True),
        Activation("sigmoid", sigmoid, _PLAIN, saturates=True),
        Activation("hard_sigmoid", lambda z: np.clip(z / 6 + 0.5, 0, 1), _PLAIN, saturates=True),
        Activation("exponential", _exponential, _PLAIN),
        Activation("linear", lambda z: z, _PLAIN),
    )
}
_ALIASES = {"identity": "linear", "logistic": "sigmoid", "swish": "silu"}  # MLPClassifier's and Keras' other spellings
ACTIVATION_NAMES = (*_BY_NAME, *_ALIASES)


def activation_called(name):
    """The Activation of a (checked) name or alias."""
    return _BY_NAME[_ALIASES.get(name, name)]
