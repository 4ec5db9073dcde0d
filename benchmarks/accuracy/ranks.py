"""Comparing scores over tables: mean ranks, wins, and the worst case. Pure arithmetic on lines of results."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

# Metric and whether more of it is better.
METRICS = {"accuracy": True, "balanced_accuracy": True, "log_loss": False, "auc": True}
PEER_SCORES = Path(__file__).with_name("peer_scores.jsonl")
# TabM was measured on a part of the tables; it is compared on those, and does not decide which tables count.
PEERS = (
    "logistic",
    "mlp",
    "mlp_early_stopping",
    "random_forest",
    "hist_gradient_boosting",
    "lightgbm_td",
    "xgboost_td",
    "realmlp_td",
    "soft_vote_4",
)
PART_OF_THE_TABLES = ("tabm_d", "mlp_cross_fitted_8")


def read_peers():
    """The peers' scores: DataFrame with columns kind, table, fold, peer, seconds and `METRICS`; failures are NaN."""
    lines = [json.loads(line) for line in PEER_SCORES.read_text(encoding="utf-8").splitlines()]
    return pd.DataFrame(lines).rename(columns={"peer": "model"})


def cells(scores, models, metric):
    """One metric, a row for each (table, fold) that all `models` were measured on: DataFrame, NaN for a failure."""
    measured = scores[scores["model"].isin(models)]
    counts = measured.groupby(["table", "fold"])["model"].nunique()
    wide = measured.pivot(index=["table", "fold"], columns="model", values=metric)
    return wide[wide.index.isin(counts[counts == len(models)].index)]


def mean_ranks(scores, models):
    """Mean rank of each model in each metric, 1 is best; a model that fails on a table ranks last there.

    Parameters
    ----------
    scores : DataFrame
    models : sequence of str

    Returns
    -------
    ranks : DataFrame of shape (n_models, n_metrics)
    n_cells : int
        (table, fold) pairs that were compared.
    """
    columns = {}
    for metric, is_more_better in METRICS.items():
        wide = cells(scores, models, metric)
        columns[metric] = wide.rank(axis=1, ascending=not is_more_better, na_option="bottom").mean()
    return pd.DataFrame(columns), len(wide)


def wins(scores, ours, peer, metric):
    """(wins, ties, losses) of `ours` against one peer over tables, each the mean of the folds both have."""
    wide = cells(scores, [ours, peer], metric).groupby("table").mean()
    gain = (wide[ours] - wide[peer]) * (1 if METRICS[metric] else -1)
    gain = gain.where(wide[peer].notna(), 1.0).to_numpy()
    return int((gain > 0).sum()), int((gain == 0).sum()), int((gain < 0).sum())


def behind_the_median_peer(scores, ours, metric="auc"):
    """How far `ours` is behind the median of the peers, table by table: Series, largest first."""
    wide = cells(scores, [ours, *PEERS], metric).groupby("table").mean()
    return (wide[list(PEERS)].median(axis=1) - wide[ours]).sort_values(ascending=False)


def critical_difference(n_models, n_cells, alpha=0.05):
    """Difference of mean ranks that chance rarely exceeds (Nemenyi's test; Demsar 2006, equation 3.2)."""
    from scipy.stats import studentized_range

    q = studentized_range.ppf(1 - alpha, n_models, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_models * (n_models + 1) / (6 * n_cells)))
