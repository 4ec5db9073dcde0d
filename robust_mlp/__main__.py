"""`python -m robust_mlp`: the same program as the command `robust-mlp`. Nothing else."""

import sys

from robust_mlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
