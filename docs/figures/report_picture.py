"""Draws `report.png` and `report_dark.png`, pictures of a report for the README and the landing page (needs Chromium).

    python docs/figures/report_picture.py

The report is that of the README's example of a collapse."""

import sys
import tempfile
import warnings
from pathlib import Path

from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools"))

from browser import opened_browser, opened_page  # noqa: E402  (tools is no package)

WIDTH, HEIGHT = 1000, 1085  # pixels; down to the curves of the first attempt
PICTURES = {"light": "report.png", "dark": "report_dark.png"}


def main():
    X, y = make_classification(n_samples=600, n_features=10, n_informative=6, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(learning_rate=1e-7, max_iter=60, random_state=0).fit(X, y)
    with tempfile.TemporaryDirectory() as folder, opened_browser() as browser:
        page = Path(folder) / "report.html"
        clf.report_.to_html(page)
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
        for scheme, name in PICTURES.items():
            with opened_page(browser, page, width=WIDTH, scheme=scheme) as (window, _):
                window.screenshot(path=HERE / name, clip=clip, full_page=True)


if __name__ == "__main__":
    main()
