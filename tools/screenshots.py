"""Takes pictures of ten pages of the built documentation, on a telephone and a notebook, and checks them.

    python tools/screenshots.py [--html docs/_build/html] [--out docs/screenshots] [--page faq.html ...]

Prints a line for each window. Ends with 1 if a page is wider than the window, has an error in its console, or has a
finding of axe-core that is serious. `make screenshots` builds the documentation before."""

import argparse
import sys
from pathlib import Path

from browser import SCHEMES, WIDTHS, accessibility_findings, measure, opened_browser

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "index.html",
    "install.html",
    "guide/quickstart.html",
    "guide/my_network_predicts_one_class.html",
    "gallery/index.html",
    "gallery/plot_report_page.html",
    "api.html",
    "generated/robust_mlp.RobustMLPClassifier.html",
    "faq.html",
    "measured.html",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--html", type=Path, default=ROOT / "docs" / "_build" / "html")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--page", nargs="+", default=PAGES, metavar="PAGE")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    n_faults = 0
    with opened_browser() as browser:
        for name in arguments.page:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    picture = arguments.out / f"{name.removesuffix('.html').replace('/', '-')}_{width}_{scheme}.png"
                    n_faults += shoot(browser, arguments.html / name, picture, width, scheme)
    print(f"{n_faults} faults in {len(arguments.page) * len(WIDTHS) * len(SCHEMES)} windows")
    sys.exit(bool(n_faults))


def shoot(browser, path, picture, width, scheme):
    """Write the picture of one page in one window, print what is wrong with it, and count that."""
    seen = measure(browser, path, width=width, scheme=scheme)
    picture.write_bytes(seen.picture)
    faults = [*seen.errors, *seen.too_wide, *accessibility_findings(browser, path, width=width, scheme=scheme)]
    print(f"{picture.stem}: {'; '.join(faults) or 'fine'}", flush=True)
    return len(faults)


if __name__ == "__main__":
    main()
