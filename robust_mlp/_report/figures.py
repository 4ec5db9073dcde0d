"""Draws the report with matplotlib. Only this module imports matplotlib, and only when it draws."""

import math

MAX_CLASSES_DRAWN = 10  # matplotlib's colour cycle has ten colours


def draw_loss(ax, attempt, prior_loss=math.nan):
    """Draw training and held-out loss over the epochs, with the prior's loss and the epoch that was kept.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    attempt : AttemptSummary
    prior_loss : float, default=nan
        Left out if NaN.

    Returns
    -------
    lines : list of matplotlib.lines.Line2D
        Training loss, then held-out loss if it was measured.
    """
    lines = ax.plot(attempt.epochs, attempt.loss, label="training")
    if attempt.validation_loss:
        lines += ax.plot(attempt.epochs, attempt.validation_loss, label="held out")
    if math.isfinite(prior_loss):
        ax.axhline(prior_loss, color="0.4", linestyle="--", label="class prior")
    ax.axvline(attempt.best_epoch, color="0.6", linestyle=":", label="kept epoch")
    ax.set(xlabel="Epoch", ylabel="Log loss (nats)")
    ax.legend()
    return lines


def draw_shares(ax, attempt, class_names, true_share=()):
    """Draw the share of held-out rows predicted as each class over the epochs, with true shares as marks at the right.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    attempt : AttemptSummary
    class_names : sequence of str
    true_share : sequence of float, default=()

    Returns
    -------
    lines : list of matplotlib.lines.Line2D
        One per class drawn.
    """
    n_classes = len(attempt.predicted_share[0]) if attempt.predicted_share else 0
    order = sorted(range(n_classes), key=lambda k: -max(row[k] for row in attempt.predicted_share))
    lines = []
    for k in sorted(order[:MAX_CLASSES_DRAWN]):
        lines += ax.plot(attempt.epochs, [row[k] for row in attempt.predicted_share], label=str(class_names[k]))
        if len(true_share):
            ax.plot([1.0, 1.03], [true_share[k]] * 2, color=lines[-1].get_color(), lw=3, **_beside(ax))
    ax.set(xlabel="Epoch", ylabel="Share of held-out rows predicted as the class", ylim=(-0.02, 1.02))
    if lines:
        ax.legend(title="Class")
    return lines


def draw_report(report):
    """Draw loss and class shares of the attempt that was kept.

    Parameters
    ----------
    report : TrainingReport

    Returns
    -------
    figure : matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    attempt = report.attempts[report.kept - 1]
    c = report.comparison
    figure = Figure(figsize=(11, 4), layout="constrained")
    loss_axes, share_axes = figure.subplots(1, 2)
    draw_loss(loss_axes, attempt, math.nan if c is None else c.prior_loss)
    draw_shares(share_axes, attempt, report.class_names, () if c is None else c.true_share)
    figure.suptitle(f"{report.verdict.value}: attempt {report.kept} of {len(report.attempts)}")
    return figure


def _beside(ax):
    """Transform for marks just right of the axes: x is a share of the width, y is in data units."""
    return {"transform": ax.get_yaxis_transform(), "clip_on": False}
