"""Draws `report.png`, the picture of a report in the README (needs Chromium).

    python docs/figures/report_picture.py [--chromium /usr/bin/chromium]

The report is that of the README's example of a collapse."""

import argparse
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier

WIDTH, HEIGHT = 1000, 1085  # pixels; down to the curves of the first attempt
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    arguments = parser.parse_args()
    X, y = make_classification(n_samples=600, n_features=10, n_informative=6, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(learning_rate=1e-7, max_iter=60, random_state=0).fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        clf.report_.to_html(page)
        picture = Path(__file__).with_name("report.png")
        command = [arguments.chromium, *QUIET, "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
