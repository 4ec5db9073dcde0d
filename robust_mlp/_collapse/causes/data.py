"""Causes in the table: badly scaled columns, heavy tails, sorted rows. Reads facts; never sees a row."""

from robust_mlp._collapse.causes.cause import Cause

# Initial weights are made for standardized columns. A column this many times larger gives far too large activations at
# the start. With Adam's usual learning rate of .001, it takes thousands of updates to correct this.
CERTAIN_SIZE = 100.0
# Columns as many times too small stop a training if they are most of what the network is given.
TINY_SHARE = 0.5
# Rows count as sorted if the number of runs of equal labels is at most this share of its expected value in random
# order.
SORTED_RUNS_SHARE = 0.1


def unscaled_columns(inputs):
    """Columns reach the network unscaled. Their size alone can prevent learning."""
    facts = inputs.facts
    if facts is None or inputs.plan.scale is not None or not facts.badly_scaled:
        return None
    worst = max(facts.badly_scaled, key=lambda j: column_size(facts, j))
    numbers = {
        "n_columns": len(facts.badly_scaled),
        "names": tuple(facts.feature_names[j] for j in facts.badly_scaled),
        "name": facts.feature_names[worst],
        "mean": facts.locations[worst],
        "deviation": facts.scales[worst],
    }
    size = column_size(facts, worst)
    n_tiny = sum(column_size(facts, j) <= 1 / CERTAIN_SIZE for j in facts.badly_scaled)
    # Below these bounds columns are badly scaled, too, but other settings may be the cause as well. One large column
    # drives all units. A tiny one is not seen, and the others are: pixels at the edge of pictures, for example.
    is_certain = size >= CERTAIN_SIZE or n_tiny >= TINY_SHARE * facts.n_columns
    return Cause(code="unscaled_columns", numbers=numbers, is_certain=is_certain)


def heavy_tailed_columns(inputs):
    """A few huge cells determine the scale of a column, so that all other cells become nearly equal."""
    facts = inputs.facts
    if facts is None or inputs.plan.scale != "standard" or facts.heavy_tailed is None:
        return None
    names = tuple(facts.feature_names[j] for j in facts.heavy_tailed())
    if not names:
        return None
    numbers = {"n_columns": len(names), "names": names, "name": names[0]}
    return Cause(code="heavy_tailed_columns", numbers=numbers, is_certain=2 * len(names) >= facts.n_columns)


def sorted_rows(inputs):
    """Rows are sorted by class and are not shuffled, so that each batch holds a single class."""
    facts = inputs.facts
    if facts is None or inputs.plan.shuffle or facts.label_order is None:
        return None
    order = facts.label_order()
    if order.n_runs > SORTED_RUNS_SHARE * order.expected_runs:
        return None
    numbers = {"n_runs": order.n_runs, "expected_runs": order.expected_runs, "n_rows": order.n_rows}
    return Cause(code="sorted_rows", numbers=numbers, is_certain=True)


def column_size(facts, j):
    """Size of a typical cell of a column: the larger of |mean| and standard deviation."""
    return max(abs(facts.locations[j]), facts.scales[j])
