"""The errors and warnings of robust_mlp. Decides nothing."""


class CollapseWarning(UserWarning):
    """Training collapsed; ``report_`` says why and what was tried."""


class UnderfitWarning(UserWarning):
    """The network learned something, and a setting held it back: simple models do clearly better; see ``report_``."""


class RepairWarning(UserWarning):
    """A setting that was typed was overridden in the network that is kept; ``overridden_`` says which."""


class NoSignalWarning(UserWarning):
    """No model could tell the classes apart by the features."""


class OneClassWarning(UserWarning):
    """`predict` gives every held-out row to one class, although no collapse was found."""


class CheckpointWarning(UserWarning):
    """A checkpoint file can no longer be written, or a fit begins anew beside one; the message says what it holds."""


class DataQualityWarning(UserWarning):
    """A column was read as what it is not, so that the fit is worth little; ``report_`` has all findings."""


class DriftWarning(UserWarning):
    """Rows to predict are unlike those of the training: values far outside their range, unknown levels, all missing."""


class CollapseError(RuntimeError):
    """Training collapsed, or a setting held the network back, and ``collapse_guard='raise'``.

    Attributes
    ----------
    report : TrainingReport
        The report that ``report_`` would hold.
    """

    def __init__(self, message, report):
        super().__init__(message, report)
        self.report = report

    def __str__(self):
        return self.args[0]


class ModelFileError(ValueError):
    """A model file is damaged, foreign or of a later version; or a classifier holds what such a file cannot hold."""
