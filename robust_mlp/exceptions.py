"""What robust_mlp raises and warns with. Nothing here decides anything."""


class CollapseWarning(UserWarning):
    """Training collapsed; ``report_`` says why and what was tried."""


class NoSignalWarning(UserWarning):
    """No model found anything in the features that tells the classes apart."""


class OneClassWarning(UserWarning):
    """Training did not collapse, as far as one can tell, and yet `predict` gives every held-out row to one class."""


class DataQualityWarning(UserWarning):
    """A column was read as what it is not, so that the fit is worth little; ``report_`` has all findings."""


class DriftWarning(UserWarning):
    """Rows to predict are unlike those of the training: values far outside their range, unknown levels, all missing."""


class CollapseError(RuntimeError):
    """Training collapsed and ``collapse_guard='raise'`` was asked for.

    Attributes
    ----------
    report : TrainingReport
        The same record that ``report_`` would have held.
    """

    def __init__(self, message, report):
        super().__init__(message, report)
        self.report = report

    def __str__(self):
        return self.args[0]
