"""From the zoo's lines to its figures, and whether they are good enough. Measures nothing."""

import math
from collections import defaultdict
from statistics import median

# What the figures must reach.
MOST_FALSE_ALARMS = 0
LEAST_NOTICED, LEAST_RIGHT_CAUSE, LEAST_REPAIRED = 0.99, 0.95, 0.98
CLOSE_TO_HEALTHY, CLOSE_IN_LOSS = 0.02, 0.1  # balanced accuracy; share of the prior's log loss
LEAST_CALLED_NO_SIGNAL, MOST_SIGNAL_CALLED_NONE = 0.95, 0.01
MOST_REPAIR_TIME, MOST_GUARD_TIME = 1.6, 1.02
LEAST_BETTER_THAN_RANDOM = 0.9

# What a collapsed training may come out as. Simple models call one that learned a little UNDERFIT.
NOTICED = ("REPAIRED", "COLLAPSED", "UNDERFIT")
ALARMS = ("REPAIRED", "COLLAPSED", "NO_SIGNAL", "UNDERFIT")


def figures(lines, scenarios):
    """The zoo's figures.

    Parameters
    ----------
    lines : sequence of dict
        Of the file of results.
    scenarios : dict of str to Scenario

    Returns
    -------
    table : list of (str, str, bool)
        What, how much, and whether it is enough; one per claim that the lines can say something about.
    """
    groups = defaultdict(dict)
    for line in lines:
        groups[line["scenario"], line["table"], line["seed"]][line["contender"]] = line
    groups = [(scenarios[key[0]], cell) for key, cell in groups.items() if key[0] in scenarios and "ours" in cell]
    table = []
    table += _alarms(groups)
    table += _collapses(groups)
    table += _no_signal(groups)
    table += _rivals(groups)
    table += _timing(lines, scenarios)
    return table


def is_collapsed(cell):
    """Whether the unguarded training collapsed where a healthy one does not."""
    off, healthy = cell.get("off"), cell.get("healthy")
    if off is None or healthy is None or not healthy["beats_prior"]:
        return False
    return not off["beats_prior"] or (off["is_constant"] and not healthy["is_constant"])


def _share(what, hits, least, *, at_most=False):
    if not hits:
        return []
    share = sum(hits) / len(hits)
    text = f"{sum(hits)} of {len(hits)} ({share:.1%})"
    return [(what, text, share <= least if at_most else share >= least)]


def _alarms(groups):
    """False alarms where nothing was wrong; and what alarms were worth where a ruined training survived its ruin."""
    surviving = [(scenario, cell) for scenario, cell in groups if scenario.has_signal and _was_healthy(cell)]
    controls = [cell["ours"]["verdict"] in ALARMS for scenario, cell in surviving if not scenario.causes]
    ruined = [cell for scenario, cell in surviving if scenario.causes and cell["ours"]["verdict"] in ALARMS]
    table = []
    if controls:
        text = f"{sum(controls)} of {len(controls)}"
        table.append(("false alarms on healthy trainings", text, sum(controls) <= MOST_FALSE_ALARMS))
    if ruined:
        better = [cell["ours"]["log_loss"] <= cell["off"]["log_loss"] for cell in ruined]
        what = "ruined trainings that survived and were repaired all the same: the log loss is better"
        table.append((what, f"{sum(better)} of {len(better)}", all(better)))
    return table


def _was_healthy(cell):
    """Whether the unguarded training beat the prior and was, within the margins, as good as the healthy one."""
    off, healthy = cell["off"], cell.get("healthy", cell["off"])
    if not off["beats_prior"]:
        return False
    is_close = off["balanced_accuracy"] >= healthy["balanced_accuracy"] - CLOSE_TO_HEALTHY
    return is_close and off["log_loss"] <= healthy["log_loss"] + CLOSE_IN_LOSS * off["prior_loss"]


def _collapses(groups):
    collapsed = [(scenario, cell) for scenario, cell in groups if scenario.has_signal and is_collapsed(cell)]
    noticed = [cell["ours"]["verdict"] in NOTICED for _, cell in collapsed]
    right = [
        bool(cell["ours"]["causes"]) and cell["ours"]["causes"][0] in scenario.causes
        for (scenario, cell), seen in zip(collapsed, noticed, strict=True)
        if seen and scenario.causes
    ]
    repaired = [
        cell["ours"]["beats_prior"]
        and cell["ours"]["balanced_accuracy"] >= cell["healthy"]["balanced_accuracy"] - CLOSE_TO_HEALTHY
        for _, cell in collapsed
    ]
    beats = [cell["ours"]["beats_prior"] for _, cell in collapsed]
    return [
        *_share("collapsed trainings noticed", noticed, LEAST_NOTICED),
        *_share("right cause named first", right, LEAST_RIGHT_CAUSE),
        *_share("collapsed trainings that beat the prior on test rows in the end", beats, LEAST_REPAIRED),
        *_share("... and come within .02 balanced accuracy of a healthy one", repaired, LEAST_REPAIRED),
    ]


def _no_signal(groups):
    nothing = [cell["ours"]["verdict"] == "NO_SIGNAL" for scenario, cell in groups if not scenario.has_signal]
    something = [
        cell["ours"]["verdict"] == "NO_SIGNAL"
        for scenario, cell in groups
        if scenario.has_signal and cell.get("healthy", cell.get("off", {})).get("beats_prior")
    ]
    return [
        *_share("tables without signal called NO_SIGNAL", nothing, LEAST_CALLED_NO_SIGNAL),
        *_share("tables with signal called NO_SIGNAL", something, MOST_SIGNAL_CALLED_NONE, at_most=True),
    ]


def _rivals(groups):
    table = []
    for rival in ("MLPClassifier", "scikeras tutorial", "MLPClassifier restarted", "random search"):
        by_table = defaultdict(list)
        for _, cell in groups:
            if is_collapsed(cell) and rival in cell:
                by_table[cell["ours"]["table"]].append(
                    cell["ours"]["balanced_accuracy"] - cell[rival]["balanced_accuracy"]
                )
        better = [sum(gains) / len(gains) > 0 for gains in by_table.values()]
        least = LEAST_BETTER_THAN_RANDOM if rival == "random search" else 0.5
        table += _share(f"tables on which the repaired training is better than {rival}", better, least)
    return table


def _timing(lines, scenarios):
    found = [line for line in lines if line["contender"] == "ours"]
    # With the guard, as the repaired ones: without it a fit has no extra members.
    usual = defaultdict(list)
    for line in found:
        scenario = scenarios.get(line["scenario"])
        if scenario is not None and scenario.is_usual and line["verdict"] == "HEALTHY":
            usual[line["table"]].append(line["processor_seconds"])
    # Of the processor, since two trainings measured minutes apart may have had other company.
    repaired = [
        line["processor_seconds"] / median(usual[line["table"]])
        for line in found
        if line["verdict"] == "REPAIRED" and line["table"] in usual
    ]
    guarded = [
        1 + line["guard_seconds"] / max(line["seconds"] - line["guard_seconds"], 1e-9)
        for line in found
        if line["verdict"] == "HEALTHY"
    ]
    table = []
    if repaired:
        ratio = median(repaired)
        table.append(
            ("processor time of a repaired fit over a default one, median", f"{ratio:.2f}", ratio <= MOST_REPAIR_TIME)
        )
    if guarded:
        ratio = median(guarded)
        table.append(("time of a healthy fit with the guard's own, median", f"{ratio:.4f}", ratio <= MOST_GUARD_TIME))
    return [row for row in table if not math.isnan(float(row[1]))]
