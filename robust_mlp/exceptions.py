"""What robust_mlp raises and warns with. Nothing here decides anything."""


class CollapseWarning(UserWarning):
    """Training collapsed; ``report_`` says why and what was tried."""


class UnderfitWarning(UserWarning):
    """The network learned something, and a setting held it back: simple models do clearly better; see ``report_``."""


class RepairWarning(UserWarning):
    """A setting that was typed was overridden in the network that is kept; ``overridden_`` says which."""


class NoSignalWarning(UserWarning):
    """No model found anything in the features that tells the classes apart."""


class OneClassWarning(UserWarning):
    """Training did not collapse, as far as one can tell, and yet `predict` gives every held-out row to one class."""


class CollapseError(RuntimeError):
    """Training collapsed, or a setting held it back, and ``collapse_guard='raise'`` was asked for.

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
