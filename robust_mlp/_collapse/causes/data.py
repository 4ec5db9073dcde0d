"""Causes in the table: columns of wild size, heavy tails, sorted rows. Reads facts; never sees a row."""

from robust_mlp._collapse.causes.cause import Cause

# A column this many times larger than standardized ones starts the network far from where its initial weights were
# meant to work; steps of Adam's usual .001 need thousands of updates to undo it.
CERTAIN_SIZE = 100.0
# Labels sorted by class run through the classes once; random order changes class at about every second row.
SORTED_RUNS_SHARE = 0.1


def unscaled_columns(inputs):
    """Columns reach the network as they are, and their size alone can stop it."""
    facts = inputs.facts
    if facts is None or inputs.plan.scale is not None or not facts.badly_scaled:
        return None
    worst = max(facts.badly_scaled, key=lambda j: column_size(facts, j))
    smallest = min(facts.badly_scaled, key=lambda j: column_size(facts, j))
    numbers = {
        "n_columns": len(facts.badly_scaled),
        "names": tuple(facts.feature_names[j] for j in facts.badly_scaled),
        "name": facts.feature_names[worst],
        "mean": facts.locations[worst],
        "deviation": facts.scales[worst],
    }
    size = column_size(facts, worst)
    # Only small columns: they are starved rather than deafening, and other settings may be at fault as well.
    is_certain = size >= CERTAIN_SIZE or column_size(facts, smallest) <= 1 / CERTAIN_SIZE
    return Cause(code="unscaled_columns", numbers=numbers, is_certain=is_certain)


def heavy_tailed_columns(inputs):
    """A few giant cells set the scale of a column, so that all other cells look alike."""
    facts = inputs.facts
    if facts is None or inputs.plan.scale != "standard" or facts.heavy_tailed is None:
        return None
    names = tuple(facts.feature_names[j] for j in facts.heavy_tailed())
    if not names:
        return None
    numbers = {"n_columns": len(names), "names": names, "name": names[0]}
    return Cause(code="heavy_tailed_columns", numbers=numbers, is_certain=2 * len(names) >= facts.n_columns)


def sorted_rows(inputs):
    """Rows sorted by class are taken in that order, so that each batch holds a single class."""
    facts = inputs.facts
    if facts is None or inputs.plan.shuffle or facts.label_order is None:
        return None
    order = facts.label_order()
    if order.n_runs > SORTED_RUNS_SHARE * order.expected_runs:
        return None
    numbers = {"n_runs": order.n_runs, "expected_runs": order.expected_runs, "n_rows": order.n_rows}
    return Cause(code="sorted_rows", numbers=numbers, is_certain=True)


def column_size(facts, j):
    """How large a typical cell of a column is: the larger of |mean| and standard deviation."""
    return max(abs(facts.locations[j]), facts.scales[j])
