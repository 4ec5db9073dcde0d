"""Who stands where: mean ranks, wins, distances to the best, and Elo ratings. Pure arithmetic on lines of results."""

import importlib.util

import pandas as pd

from benchmarks.accuracy import ranks

# TabArena's scale: a random forest with its defaults is at 1000.
CALIBRATED_ON, RATING_OF_IT = "random_forest", 1000
# Resampled sets of tables behind the interval of a rating, as TabArena uses.
N_RESAMPLED = 200
COSTS = ("seconds", "cpu_seconds", "predict_seconds", "start_mb", "peak_mb")


def frame_of(lines):
    """Lines of results as a frame; a failed fit has NaN in every metric."""
    scores = pd.DataFrame(lines)
    return scores.reindex(columns=scores.columns.union([*ranks.METRICS, *COSTS, "error"], sort=False))


def compared(scores, models):
    """The lines of `models` on the (table, fold) pairs that all of them were measured on, failed fits included."""
    cells = ranks.cells(scores, models, "log_loss").index
    is_compared = pd.MultiIndex.from_frame(scores[["table", "fold"]]).isin(cells)
    return scores[is_compared & scores["model"].isin(models)]


def distances(scores, ours, rivals, metric="log_loss"):
    """How far `ours` is behind the best rival, as a share of the best rival's score, table by table: Series.

    Tables are means over folds; positive is worse; largest first."""
    wide = ranks.cells(scores, [ours, *rivals], metric).groupby("table").mean()
    best = wide[list(rivals)].min(axis=1)
    return ((wide[ours] - best) / best).sort_values(ascending=False)


def errors(scores, metric):
    """What bencheval rates: columns method, task, seed and metric_error, less of which is better.

    The error of a failed fit is the largest of the cell, as a fit that gives no answer is no better than the worst."""
    wide = scores.pivot(index=["table", "fold"], columns="model", values=metric)
    error = 1 - wide if ranks.METRICS[metric] else wide
    error = error.apply(lambda row: row.fillna(row.max()), axis=1)
    long = error.rename_axis(columns="method").stack().rename("metric_error").reset_index()
    return long.rename(columns={"table": "task", "fold": "seed"})


def elo(scores, models, metric):
    """Ratings with intervals from resampled tables: DataFrame with columns elo, lower and upper, best first.

    Returns None where bencheval is not installed."""
    if importlib.util.find_spec("bencheval") is None:
        return None
    from bencheval.evaluator import BenchmarkEvaluator

    evaluator = BenchmarkEvaluator(seed_column="seed")
    calibration = {"calibration_framework": CALIBRATED_ON, "calibration_elo": RATING_OF_IT}
    ratings = evaluator.compute_elo(
        errors(compared(scores, models), metric),
        BOOTSTRAP_ROUNDS=N_RESAMPLED,
        **(calibration if CALIBRATED_ON in models else {}),
    )
    limits = {"lower": ratings["elo"] - ratings["elo-"], "upper": ratings["elo"] + ratings["elo+"]}
    return ratings[["elo"]].assign(**limits).sort_values("elo", ascending=False)


def times(scores, models):
    """Median seconds and megabytes of a fit, and how many fits failed: DataFrame, a row for each model.

    Of the (table, fold) pairs that all were measured on."""
    of_models = compared(scores, models).copy()
    of_models["fit_mb"] = of_models["peak_mb"] - of_models["start_mb"]
    by_model = of_models.groupby("model")
    medians = by_model[["seconds", "cpu_seconds", "predict_seconds", "fit_mb"]].median()
    n_failed = by_model["log_loss"].apply(lambda values: int(values.isna().sum()))
    return medians.assign(failed=n_failed).loc[list(models)]
