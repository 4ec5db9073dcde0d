"""Properties that hold for every table, label, weight, parameter and order of calls. Hypothesis invents them."""
