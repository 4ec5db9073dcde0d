"""What a user would pick instead, with default parameters, to be fitted on the same folds in the same run."""

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def encoded(classifier):
    """`classifier` behind mean imputation, scaling and one-hot columns."""
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_exclude="category")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
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


def tabkit(name):
    """A model of pytabkit: 'pip install pytabkit' brings PyTorch with it."""
    import pytabkit

    return getattr(pytabkit, name)(device="cpu", n_threads=2, random_state=0, verbosity=0)


BUILT_IN = {
    "logistic": lambda: encoded(LogisticRegression(max_iter=1000)),
    "mlp": lambda: encoded(MLPClassifier(random_state=0)),
    "random_forest": lambda: encoded(RandomForestClassifier(300, random_state=0)),
    "hist_gradient_boosting": lambda: HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0),
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
