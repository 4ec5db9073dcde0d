"""What each column adds to each row's log-odds: Shapley values, integrated gradients, and their figure."""

from robust_mlp.explanation.contributions._contributions import contributions
from robust_mlp.explanation.contributions._display import ContributionDisplay
from robust_mlp.explanation.contributions._evidence import ColumnContribution, RowEvidence
from robust_mlp.explanation.contributions._record import Contributions

__all__ = ["contributions", "Contributions", "ContributionDisplay", "ColumnContribution", "RowEvidence"]
