"""Prior shift in arrays of probabilities: estimating new class shares, testing for a change, calibrating first."""
