"""The Keras layers of `RobustMLPClassifier.model_`. Importing this module lets Keras load a file of that network.

Examples
--------
>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> import keras
>>> import robust_mlp.layers  # in the process that loads the file
>>> from sklearn.datasets import load_wine
>>> X, y = load_wine(return_X_y=True)
>>> clf = robust_mlp.RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
>>> with TemporaryDirectory() as folder:
...     clf.model_.save(Path(folder) / "network.keras")
...     network = keras.saving.load_model(Path(folder) / "network.keras")
>>> network.output_shape
(None, 3)

A process without this package cannot load such a file. `RobustMLPClassifier.to_keras` makes a model that needs Keras
alone.
"""

from robust_mlp._network.architecture import LevelEmbedding, PathsAdded, StackedBatchNormalization
from robust_mlp._network.graph.dense import StackedDense
from robust_mlp._network.graph.masks import MaskedDropout
from robust_mlp._network.public_model import GaussianUnits, MeanOverMembers, RandomEffects, SameRowsForEachMember

__all__ = [
    "GaussianUnits",
    "LevelEmbedding",
    "MaskedDropout",
    "MeanOverMembers",
    "PathsAdded",
    "RandomEffects",
    "SameRowsForEachMember",
    "StackedBatchNormalization",
    "StackedDense",
]
