"""The figures of the documentation: mean ranks with their critical difference, and time against accuracy."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

from benchmarks.accuracy import ranks

FOLDER = Path(__file__).parents[2] / "docs" / "figures"
LEVELS = 5  # at which names stand above each other, so that neighbours can be read
SHORT = {
    "robust_mlp": "RobustMLPClassifier",
    "logistic": "logistic regression",
    "mlp": "MLPClassifier",
    "mlp_early_stopping": "MLPClassifier, early stopping",
    "random_forest": "random forest",
    "hist_gradient_boosting": "HistGradientBoosting",
    "lightgbm_td": "LightGBM-TD",
    "xgboost_td": "XGBoost-TD",
    "realmlp_td": "RealMLP-TD",
    "soft_vote_4": "vote of four families",
}


def draw(scores, ours):
    """Write `accuracy_ranks.png` and `accuracy_time.png` into the folder of the documentation's figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    models = [ours, *ranks.PEERS]
    table, n_cells = ranks.mean_ranks(scores, models)
    _draw_ranks(table, ranks.critical_difference(len(models), n_cells), ours, n_cells)
    _draw_time(scores, models, ours)


def _draw_ranks(table, difference, ours, n_cells):
    """One line a metric: a dot a model at its mean rank, and a bar as long as the critical difference from ours."""
    figure, axes = plt.subplots(len(table.columns), 1, figsize=(9, 8), sharex=True, layout="constrained")
    for ax, metric in zip(axes, table.columns, strict=True):
        ordered = table[metric].sort_values()
        for place, (model, rank) in enumerate(ordered.items()):
            is_ours = model == ours
            ax.plot(rank, 0, "o", color="C3" if is_ours else "C0", zorder=3)
            ax.annotate(
                SHORT.get(model, model),
                (rank, 0),
                xytext=(0, 10 + 13 * (place % LEVELS)),
                textcoords="offset points",
                ha="center",
                arrowprops={"arrowstyle": "-", "color": "0.8", "shrinkA": 0},
                fontsize=8,
                color="C3" if is_ours else "black",
            )
        ax.plot([table.loc[ours, metric], table.loc[ours, metric] + difference], [-0.5, -0.5], color="C3", lw=3)
        ax.set(yticks=[], ylim=(-1, 5), ylabel=metric.replace("_", " "))
        ax.spines[["left", "top", "right"]].set_visible(False)
    axes[-1].set_xlabel(f"mean rank over {n_cells} folds; red bar: critical difference (Nemenyi, 5 %)")
    figure.savefig(FOLDER / "accuracy_ranks.png", dpi=120)
    plt.close(figure)


def _draw_time(scores, models, ours):
    """Median time of a fit against the mean rank in log loss."""
    ranked, _ = ranks.mean_ranks(scores, models)
    seconds = scores[scores["model"].isin(models)].groupby("model")["seconds"].median()
    frame = pd.DataFrame({"seconds": seconds, "rank": ranked["log_loss"]}).loc[models]
    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    for model, row in frame.iterrows():
        color = "C3" if model == ours else "C0"
        ax.plot(row["seconds"], row["rank"], "o", color=color)
        label = SHORT.get(model, model)
        ax.annotate(label, (row["seconds"], row["rank"]), xytext=(6, 4), textcoords="offset points", fontsize=8)
    ax.set(
        xscale="log", xlabel="median seconds of a fit (peers: one thread, a busy machine)", ylabel="mean rank, log loss"
    )
    ax.invert_yaxis()
    figure.savefig(FOLDER / "accuracy_time.png", dpi=120)
    plt.close(figure)
