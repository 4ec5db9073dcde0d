"""Results as JSON lines that a run adds to: what is there already is not measured again."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


class ResultLines:
    """A file of JSON objects, one a line, found again by the values of `keys`."""

    def __init__(self, path, keys):
        self.path = Path(path)
        self.keys = keys
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        self.lines = [json.loads(line) for line in text.splitlines() if line.strip()]

    def find(self, **key):
        """The line with this key, or None."""
        wanted = [key[name] for name in self.keys]
        return next((line for line in self.lines if [line[name] for name in self.keys] == wanted), None)

    def add(self, line):
        """Write a line at once, so that an interrupted run loses nothing."""
        self.lines.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def drop(self, **values):
        """Forget the lines that hold all of these values."""
        self.lines = [line for line in self.lines if any(line.get(name) != value for name, value in values.items())]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")


def versions():
    """The versions a figure was measured with."""
    names = ("robust-mlp", "scikit-learn", "numpy", "tensorflow", "keras")
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name):
    """The installed version; the working tree's own where robust-mlp is not installed."""
    if name == "robust-mlp":
        from robust_mlp import __version__

        return __version__
    return version(name)
