"""The anchors: other classifiers at their best, by name. Which package each needs stands in `NEEDS`."""

import importlib.util
import tempfile

from benchmarks.accuracy.boosters import Booster
from benchmarks.accuracy.recipes import make
from benchmarks.accuracy.rival_models import BUILT_IN, filled

OURS = "robust_mlp"
# AutoGluon's two limits: a multiple of our own fit on the same rows, and seconds.
MULTIPLE_OF_OUR_FIT = 10
SECONDS = 300
# AutoGluon refuses limits in which it cannot fit one model.
FEWEST_SECONDS = 10


class AutoGluon:
    """AutoGluon with the preset `best_quality`, for so many seconds."""

    def __init__(self, seconds, n_threads):
        self.seconds = seconds
        self.n_threads = n_threads

    def fit(self, X, y):
        from autogluon.tabular import TabularPredictor

        self.folder_ = tempfile.TemporaryDirectory()
        X = X.set_axis([f"c{i}" for i in range(X.shape[1])], axis=1)
        predictor = TabularPredictor("label", eval_metric="log_loss", path=self.folder_.name, verbosity=0)
        settings = {"presets": "best_quality", "time_limit": self.seconds, "num_cpus": self.n_threads}
        self.predictor_ = predictor.fit(X.assign(label=y), **settings)
        self.classes_ = sorted(set(y))
        return self

    def predict_proba(self, X):
        X = X.set_axis([f"c{i}" for i in range(X.shape[1])], axis=1)
        return self.predictor_.predict_proba(X).reindex(columns=self.classes_, fill_value=0.0).to_numpy()


def _tabkit(name, n_threads, **settings):
    import pytabkit

    return filled(getattr(pytabkit, name)(device="cpu", n_threads=n_threads, random_state=0, verbosity=0, **settings))


def _ebm(n_threads):
    from interpret.glassbox import ExplainableBoostingClassifier

    return ExplainableBoostingClassifier(n_jobs=n_threads, random_state=0)


# Name: from the number of threads and the seconds of our own fit to an unfitted classifier.
ANCHORS = {
    OURS: lambda n_threads, ours: make("default"),
    "catboost": lambda n_threads, ours: Booster("catboost", n_threads=n_threads),
    "lightgbm": lambda n_threads, ours: Booster("lightgbm", n_threads=n_threads),
    "xgboost": lambda n_threads, ours: Booster("xgboost", n_threads=n_threads),
    "hist_gradient_boosting": lambda n_threads, ours: BUILT_IN["hist_gradient_boosting"](),
    "random_forest": lambda n_threads, ours: BUILT_IN["random_forest"](),
    "logistic": lambda n_threads, ours: BUILT_IN["logistic"](),
    "soft_vote_4": lambda n_threads, ours: BUILT_IN["soft_vote_4"](),
    "ebm": lambda n_threads, ours: _ebm(n_threads),
    "catboost_bagged": lambda n_threads, ours: Booster("catboost", is_bagged=True, n_threads=n_threads),
    "lightgbm_bagged": lambda n_threads, ours: Booster("lightgbm", is_bagged=True, n_threads=n_threads),
    "xgboost_bagged": lambda n_threads, ours: Booster("xgboost", is_bagged=True, n_threads=n_threads),
    # Eight folds, no label smoothing and a temperature: what its authors use where the log loss counts.
    "realmlp_bagged": lambda n_threads, ours: _tabkit(
        "RealMLP_TD_Classifier",
        n_threads,
        n_cv=8,
        use_ls=False,
        val_metric_name="ref-ll-ts",
        calibration_method="ts-mix",
    ),
    "tabm_bagged": lambda n_threads, ours: _tabkit("TabM_D_Classifier", n_threads, n_cv=8),
    "autogluon_10x": lambda n_threads, ours: AutoGluon(max(FEWEST_SECONDS, MULTIPLE_OF_OUR_FIT * ours), n_threads),
    "autogluon_300s": lambda n_threads, ours: AutoGluon(SECONDS, n_threads),
}
DEFAULT_FITS = (OURS, "catboost", "lightgbm", "xgboost", "hist_gradient_boosting", "logistic", "soft_vote_4")
NEEDS = {
    "catboost": "catboost",
    "catboost_bagged": "catboost",
    "lightgbm": "lightgbm",
    "lightgbm_bagged": "lightgbm",
    "xgboost": "xgboost",
    "xgboost_bagged": "xgboost",
    "ebm": "interpret",
    "realmlp_bagged": "pytabkit",
    "tabm_bagged": "pytabkit",
    "autogluon_10x": "autogluon",
    "autogluon_300s": "autogluon",
}
NEEDS_OUR_SECONDS = ("autogluon_10x",)
# What a model imports when it is first used: imported before its time is taken.
PACKAGES = {name: (package,) for name, package in NEEDS.items()} | {
    OURS: ("tensorflow", "keras"),
    "ebm": ("interpret.glassbox",),
    "autogluon_10x": ("autogluon.tabular",),
    "autogluon_300s": ("autogluon.tabular",),
}


def check_installed(models):
    """Raise if a package that one of these models needs is missing."""
    missing = sorted({NEEDS[name] for name in models if name in NEEDS and not importlib.util.find_spec(NEEDS[name])})
    if missing:
        raise ImportError(
            f"The models asked for need {', '.join(missing)}, which is not installed. "
            "Type: pip install -e '.[rivals]' (benchmarks/README.md says how to make an environment for it)."
        )
