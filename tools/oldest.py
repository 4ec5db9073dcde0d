"""The lowest versions pyproject.toml admits, as constraints for pip: what `make test-oldest` installs.

Every ">=" of the package and of the extras it tests becomes "==". Needs nothing but the standard library, as it runs
before anything is installed."""

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
EXTRAS = (
    "browser", "plot", "tables", "excel", "progress", "onnx", "skl2onnx", "shap", "dask", "serving", "mlflow", "test",
)  # fmt: skip


def oldest_requirements(project):
    """Pin the package's own requirements and those of `EXTRAS`.

    Parameters
    ----------
    project : dict
        The table ``[project]`` of pyproject.toml.

    Returns
    -------
    lines : list of str
        ``name==version``; references to the project's own extras are left out.
    """
    lines = list(project["dependencies"])
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    return [pinned(line) for line in lines if not line.startswith(f"{project['name']}[")]


def pinned(line):
    """`name>=1.2` as `name==1.2`; `name==1.2` stays. A constraint has no extras: `name[more]>=1.2` is `name==1.2`, too.

    Raises
    ------
    ValueError
        If the requirement is not a name and one lower bound.
    """
    match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?\s*(?:>=|==)\s*([0-9][\w.]*)", line)
    if match is None:
        raise ValueError(f"cannot pin {line!r} to its lowest version: write it as 'name>=1.2'.")
    return f"{match[1]}=={match[2]}"


if __name__ == "__main__":
    print("\n".join(oldest_requirements(tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"])))
