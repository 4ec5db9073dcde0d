"""All scripts of this folder, one after the other, each in a process of its own.

    python -m benchmarks.speed [--only epoch grid ...]

Needs an idle machine. Contenders that are not installed are left out and named: `pip install '.[rivals]'`."""

import argparse
import os
import subprocess
import sys

SCRIPTS = (
    "startup",
    "predict",
    "threads",
    "grid",
    "epoch",
    "matmul",
    "compiled",
    "slicing",
    "executors",
    "rewriting",
    "heads",
    "memory",
    "large",
    "scaling",
)


def main(arguments=None):
    """Run the scripts; returns 0 if all claims hold."""
    parser = argparse.ArgumentParser(prog="speed", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=SCRIPTS, choices=SCRIPTS)
    options = parser.parse_args(arguments)
    codes = []
    for name in options.only:
        print(f"\n-- {name}", flush=True)
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        codes.append(
            subprocess.run([sys.executable, "-m", f"benchmarks.speed.{name}"], env=quiet, check=False).returncode
        )
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
