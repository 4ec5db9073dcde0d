"""Runs all situations; ``--only NAME ...`` some, ``--theme THEME ...`` those of a file.

Each situation runs in this process, unless it changes settings of the whole process: then in one of its own. Prints a
line for each and ends in PASS or FAIL with the count."""

import argparse
import importlib
import sys

from benchmarks.reports_further.cases import CASES

THEMES = (
    "text_numbers", "labels", "tables", "weights", "held_out", "streams", "refits", "own_networks", "own_repairs",
    "predicting", "saved", "saved_elsewhere", "advice", "scikit_learn", "command_line",
    "beside_the_classifier", "settings",
)  # fmt: skip


def main(arguments=None):
    """Run the cases; returns 1 if one ended wrongly.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        None: those of the command line.

    Returns
    -------
    code : int
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=THEMES, metavar="THEME")
    options = parser.parse_args(arguments)
    for theme in options.theme:
        importlib.import_module(f"benchmarks.reports_further.{theme}")
    names = options.only or list(CASES)
    if unknown := [name for name in names if name not in CASES]:
        parser.error(f"no such situation: {', '.join(unknown)}")
    wrong = []
    for name in names:
        try:
            CASES[name]()
        except Exception as error:
            wrong.append(name)
            print(f"wrong  {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
        else:
            print(f"right  {name}", flush=True)
    print(f"{'FAIL' if wrong else 'PASS'}: {len(names) - len(wrong)} of {len(names)} right")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
