"""
A grid without surprises
========================

In a grid, some candidates collapse. With ``collapse_guard='repair'`` a candidate is repaired and gets the score of
*other* settings; with ``'warn'`` each candidate is scored as it was typed. Use ``'warn'`` in a search and
``'repair'`` in the last fit.
"""

# %%

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from robust_mlp import RobustMLPClassifier

X, y = load_digits(return_X_y=True)
rates = {"learning_rate": [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2]}
grids = {}
for guard in ("repair", "warn"):
    clf = RobustMLPClassifier((32,), n_members=1, max_iter=15, collapse_guard=guard, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # candidates that collapse say so
        grids[guard] = GridSearchCV(clf, rates, cv=2, scoring="accuracy").fit(X[:800], y[:800])
    print(f"{guard}: best {grids[guard].best_params_}, {grids[guard].best_score_:.3f}")

# %%
# With ``'repair'`` a learning rate of 1e-7 seems as good as any. ``overridden_`` of a fit says which settings were
# changed; with ``'warn'`` the figure tells the truth about each rate.

figure, ax = plt.subplots(figsize=(6.5, 3.6))
for guard, style in (("repair", "s--"), ("warn", "o-")):
    ax.plot(
        rates["learning_rate"], grids[guard].cv_results_["mean_test_score"], style, label=f"collapse_guard={guard!r}"
    )
ax.axhline(0.1, color="0.5", linestyle=":", label="always one digit")
ax.set(xscale="log", xlabel="learning rate that was typed", ylabel="accuracy in 2 folds", ylim=(0, 1.02))
ax.legend()
plt.show()
