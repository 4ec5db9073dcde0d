"""Whether a network that beats the prior may owe it to memory or to luck. Decides by the simple models."""

# `association` of a repaired network from which on no simple model need speak for it: one-sided p = 1e-5, so that the
# several trainings of a repair, each with the luckiest of its epochs, stay below 1 % on tables without signal.
BEYOND_LUCK = 4.3
# Where rows that were trained on are all that is judged, simple models alone decide: their rate of false signals, 2 %,
# is then that of verdicts, which is to stay below 1 %.
LARGEST_P_VALUE_IN_SAMPLE = 0.004


def may_be_memorized(judged, signal):
    """Whether only rows that were trained on speak for the network, and no simple model clearly for the table.

    Parameters
    ----------
    judged : JudgedAttempt
    signal : Signal or None
        None if there was no probe: nothing is then in doubt.
    """
    if judged.comparison is None or not judged.comparison.in_sample or signal is None:
        return False
    return not signal.summary.found or signal.summary.p_value > LARGEST_P_VALUE_IN_SAMPLE


def is_within_luck(judged):
    """Whether a repaired network does hardly better than chance allows; simple models must then speak for the table."""
    return judged.comparison is not None and judged.comparison.association < BEYOND_LUCK


def finds_nothing(signal):
    """Whether simple models were asked and found nothing."""
    return signal is not None and not signal.summary.found
