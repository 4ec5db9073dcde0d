"""What a user would pick instead, with default parameters, to be fitted on the same folds in the same run."""

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.utils.fixes import parse_version

# HistGradientBoostingClassifier takes no category of more levels.
MOST_LEVELS = 255
# Below this share of values that are not 0, encoded rows stay sparse: the one-hot columns of a category of thousands of
# levels would take gigabytes.
SPARSE_SHARE = 0.02


def encoded(classifier):
    """`classifier` behind mean imputation, scaling and one-hot columns."""
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_exclude="category")),
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_include="category"),
        ),
        sparse_threshold=SPARSE_SHARE,
    )
    return make_pipeline(columns, classifier)


def filled(classifier):
    """`classifier` behind mean imputation, for one that takes no missing numbers; frames and categories stay."""
    columns = make_column_transformer(
        (SimpleImputer(keep_empty_features=True), make_column_selector(dtype_exclude="category")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns.set_output(transform="pandas"), classifier)


def large_categories(X):
    """The names of categories of more than `MOST_LEVELS` levels."""
    is_category = [isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes]
    return [name for name in X.columns[is_category] if len(X[name].cat.categories) > MOST_LEVELS]


def with_target_codes(classifier):
    """`classifier` behind scikit-learn's cross-fitted target encoding of large categories; the other columns stay."""
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        encoder = TargetEncoder(cv=StratifiedKFold(5, shuffle=True, random_state=0))
    else:
        encoder = TargetEncoder(random_state=0)  # which says the same before 1.9
    columns = make_column_transformer(
        (encoder, large_categories), remainder="passthrough", verbose_feature_names_out=False
    )
    return make_pipeline(columns.set_output(transform="pandas"), classifier)


def hist_gradient_boosting():
    """HistGradientBoostingClassifier; it is told the categories by the dtypes of the columns."""
    return with_target_codes(HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0))


def tabkit(name):
    """A model of pytabkit: 'pip install pytabkit' brings PyTorch with it."""
    import pytabkit

    return getattr(pytabkit, name)(device="cpu", n_threads=2, random_state=0, verbosity=0)


BUILT_IN = {
    "logistic": lambda: encoded(LogisticRegression(max_iter=1000)),
    "mlp": lambda: encoded(MLPClassifier(random_state=0)),
    "random_forest": lambda: encoded(RandomForestClassifier(300, random_state=0)),
    "hist_gradient_boosting": hist_gradient_boosting,
    "soft_vote_4": lambda: VotingClassifier(
        [(name, BUILT_IN[name]()) for name in ("logistic", "random_forest", "hist_gradient_boosting", "mlp")],
        voting="soft",
    ),
}
PYTABKIT = {
    "realmlp_td": lambda: filled(tabkit("RealMLP_TD_Classifier")),
    "tabm_d": lambda: filled(tabkit("TabM_D_Classifier")),
    # LightGBM and XGBoost take missing numbers; pytabkit refuses them.
    "lightgbm_td": lambda: filled(tabkit("LGBM_TD_Classifier")),
    "xgboost_td": lambda: filled(tabkit("XGB_TD_Classifier")),
}
PEERS = BUILT_IN | PYTABKIT


def classes_of(fitted):
    """The labels that the columns of `predict_proba` are for."""
    return np.asarray(fitted.classes_)
