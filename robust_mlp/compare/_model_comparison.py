"""`ModelComparison`: scores of several models on the same folds, and how they are shown. Never fits anything."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from robust_mlp._core.printable import printable_name
from robust_mlp._report.score_tables import as_text
from robust_mlp.compare._metrics import MODEL_METRICS, shares_text


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """Scores of several models on the same folds.

    ``print`` shows a leaderboard with sentences below. A notebook shows it as HTML.

    Attributes
    ----------
    names : tuple of str
        The models, lowest log loss first.
    fold_scores : dict of str to ndarray of shape (n_models, n_folds)
        By metric: ``log_loss`` (nats; probabilities below 1e-7 count as 1e-7), ``roc_auc`` (of more than two classes
        the mean of each class against the others), ``accuracy``, ``balanced_accuracy``, ``seconds`` (of the fit).
    verdicts : dict of str to tuple of str
        Of each model that has a report: its verdict in each fold.
    sentences : tuple of str
        Which model has the lowest log loss, and which differences may be chance.
    n_rows : int
    class_shares : ndarray of shape (n_classes,), dtype float64
        Share of rows of each class.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from robust_mlp import RobustMLPClassifier, compare_models
    >>> clf = RobustMLPClassifier((16,), n_members=2, max_iter=60, random_state=0)
    >>> comparison = compare_models(clf, *load_wine(return_X_y=True), models=["class prior"], cv=2)
    >>> comparison.fold_scores["log_loss"].shape
    (2, 2)
    """

    names: tuple
    fold_scores: dict
    verdicts: dict
    sentences: tuple
    n_rows: int
    class_shares: np.ndarray

    @property
    def n_folds(self):
        """Number of folds."""
        return self.fold_scores["log_loss"].shape[1]

    def mean(self, metric):
        """Mean over the folds of one metric.

        Parameters
        ----------
        metric : str
            A key of `fold_scores`.

        Returns
        -------
        means : ndarray of shape (n_models,)
            NaN where a metric is not defined in any fold.

        Raises
        ------
        ValueError
            If the metric is unknown.
        """
        if metric not in self.fold_scores:
            raise ValueError(f"metric={metric!r} is not known. Pass one of {', '.join(map(repr, self.fold_scores))}.")
        scores = self.fold_scores[metric]
        known = ~np.isnan(scores)
        counts = known.sum(axis=1)
        sums = np.where(known, scores, 0.0).sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def to_frame(self):
        """Mean scores as a table (needs pandas).

        Returns
        -------
        frame : pandas.DataFrame
            One row per model, lowest log loss first; one column per metric.
        """
        import pandas as pd

        return pd.DataFrame({metric: self.mean(metric) for metric in self.fold_scores}, index=list(self.names))

    def to_html(self, path):
        """Write the comparison as one HTML page, which needs no other file.

        Parameters
        ----------
        path : str or path-like
        """
        from robust_mlp.compare._model_page import write_page

        write_page(self, path)

    def verdict_sentences(self):
        """A sentence for each model whose report did not say HEALTHY in every fold.

        Returns
        -------
        sentences : list of str
        """
        said = []
        for name, verdicts in self.verdicts.items():
            counts = Counter(verdicts)
            if set(counts) != {"HEALTHY"}:
                listed = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common())
                said.append(f"Verdicts of {name} over the folds: {listed}.")
        return said

    def cells(self):
        """The leaderboard as text cells.

        Returns
        -------
        head : list of str
        body : list of list of str
            A line for each model.
        """
        head = ["", *(metric.title for metric in MODEL_METRICS.values())]
        columns = [[_cell(value, metric) for value in self.mean(metric)] for metric in MODEL_METRICS]
        return head, [[name, *line] for name, line in zip(self.names, zip(*columns, strict=True), strict=True)]

    def caption(self):
        """What the figures are means of, as a sentence."""
        return (
            f"Means over {self.n_folds} folds of {self.n_rows:,} rows; seconds of one fit. Class shares from the "
            f"rarest: {shares_text(self.class_shares)}."
        )

    def __str__(self):
        head, body = self.cells()
        table = as_text(head, [[printable_name(name), *rest] for name, *rest in body])
        said = [f"- {printable_name(sentence)}" for sentence in (*self.sentences, *self.verdict_sentences())]
        return "\n".join([table, self.caption(), "", *said])

    __repr__ = __str__

    def _repr_html_(self):
        from robust_mlp.compare._model_page import as_fragment

        return as_fragment(self)


def _cell(value, metric):
    """A figure as text; a dash where it is not defined."""
    if np.isnan(value):
        return "-"
    return f"{value:.3g}" if metric == "seconds" else f"{value:.4f}"
