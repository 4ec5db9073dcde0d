"""The errors and warnings of robust_mlp. Decides nothing."""


class CollapseWarning(UserWarning):
    """Training collapsed; ``report_`` says why and what was tried.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import CollapseWarning, RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = RobustMLPClassifier(learning_rate=1e-7, n_members=2, max_iter=5, collapse_guard="warn", random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, y)
    >>> any(issubclass(warning.category, CollapseWarning) for warning in caught)
    True
    """


class UnderfitWarning(UserWarning):
    """The network learned something, and a setting held it back: simple models do clearly better; see ``report_``.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier, UnderfitWarning
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = RobustMLPClassifier(weight_decay=50, n_members=2, max_iter=20, collapse_guard="warn", random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, y)
    >>> any(issubclass(warning.category, UnderfitWarning) for warning in caught)
    True
    """


class RepairWarning(UserWarning):
    """A setting that was typed was overridden in the network that is kept; ``overridden_`` says which.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RepairWarning, RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = RobustMLPClassifier(learning_rate=1e-7, n_members=2, max_iter=20, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, y)
    >>> any(issubclass(warning.category, RepairWarning) for warning in caught)
    True
    >>> clf.overridden_["learning_rate"][0]
    1e-07
    """


class NoSignalWarning(UserWarning):
    """No model could tell the classes apart by the features.

    Examples
    --------
    >>> import warnings
    >>> from robust_mlp import NoSignalWarning, RobustMLPClassifier
    >>> from robust_mlp.datasets import make_pure_noise
    >>> X, y = make_pure_noise(300, random_state=0)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=10, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, y)
    >>> any(issubclass(warning.category, NoSignalWarning) for warning in caught)
    True
    """


class OneClassWarning(UserWarning):
    """`predict` gives every held-out row to one class, although no collapse was found.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from robust_mlp import OneClassWarning, RobustMLPClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(1500, 3))
    >>> is_ill = rng.random(1500) < 0.033 * np.exp(1.2 * X[:, 0] - 0.72)  # one row in thirty
    >>> clf = RobustMLPClassifier((8,), n_members=2, max_iter=60, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, is_ill)
    >>> any(issubclass(warning.category, OneClassWarning) for warning in caught)
    True
    """


class CheckpointWarning(UserWarning):
    """A checkpoint file can no longer be written, or a fit begins anew beside one; the message says what it holds.

    Examples
    --------
    >>> import warnings
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import CheckpointWarning, RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> with TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("error", CheckpointWarning)  # a fit that cannot be kept shall stop
    ...     clf = RobustMLPClassifier(n_members=2, max_iter=20, checkpoint=Path(folder) / "fit.rmlp", random_state=0)
    ...     clf = clf.fit(X, y)
    >>> clf.report_.verdict == "HEALTHY"
    True
    """


class DataQualityWarning(UserWarning):
    """A column was read as what it is not, so that the fit is worth little; ``report_`` has all findings.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import pandas as pd
    >>> from robust_mlp import DataQualityWarning, RobustMLPClassifier
    >>> price = np.random.default_rng(0).normal(20, 5, 300)
    >>> X = pd.DataFrame({"price": [f"CHF {100 * value:.2f}" for value in price]})
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=5, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     clf = clf.fit(X, price > 20)
    >>> any(issubclass(warning.category, DataQualityWarning) for warning in caught)
    True
    """


class DriftWarning(UserWarning):
    """Rows to predict are unlike those of the training: values far outside their range, unknown levels, all missing.

    `partial_fit` warns of columns that come in another unit than in the calls before.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import DriftWarning, RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     labels = clf.predict(1000 * X)  # another unit
    >>> any(issubclass(warning.category, DriftWarning) for warning in caught)
    True
    """


class CollapseError(RuntimeError):
    """Training collapsed, or a setting held the network back, and ``collapse_guard='raise'``.

    Attributes
    ----------
    report : TrainingReport
        The report that ``report_`` would hold.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import CollapseError, RobustMLPClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = RobustMLPClassifier(learning_rate=1e-7, n_members=2, max_iter=5, collapse_guard="raise", random_state=0)
    >>> try:
    ...     clf = clf.fit(X, y)
    ... except CollapseError as error:
    ...     print(error.report.verdict)
    COLLAPSED
    """

    def __init__(self, message, report):
        super().__init__(message, report)
        self.report = report

    def __str__(self):
        return self.args[0]


class ModelFileError(ValueError):
    """A model file is damaged, foreign or of a later version; or a classifier holds what such a file cannot hold.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from robust_mlp import ModelFileError, load_model
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.rmlp"
    ...     _ = path.write_text("no model")
    ...     try:
    ...         load_model(path)
    ...     except ModelFileError:
    ...         print("refused")
    refused
    """
