"""Processes that find no packages but those of the small installation: what only predicts, nothing that trains.

`SmallInstall(folder)` makes a folder of links to these packages; `run` starts Python with nothing else on its path."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import robust_mlp

# What docs/examples/serving/requirements.txt has for prediction.
TO_PREDICT = ("numpy", "scikit-learn")
# And for the application beside it.
TO_SERVE = ("fastapi", "uvicorn")

_PRELUDE = "import sys; sys.path.insert(0, sys.argv.pop(1)); "


def with_dependencies(names):
    """Distributions of these names, and of everything that they require where nobody asks for extras."""
    from packaging.requirements import Requirement

    found, waiting = {}, list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return list(found.values())


class SmallInstall:
    """A folder of links to the packages that a small installation has.

    Parameters
    ----------
    folder : Path
        Empty.
    names : sequence of str, default=TO_PREDICT
        Of distributions; what they require comes with them.
    """

    def __init__(self, folder, names=TO_PREDICT):
        self.folder = folder
        self._link("robust_mlp", Path(robust_mlp.__file__).parent)
        for found in with_dependencies(names):
            for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
                self._link(top, found.locate_file(top))

    def _link(self, name, target):
        if not (self.folder / name).exists():
            (self.folder / name).symlink_to(Path(str(target)).resolve())

    def command(self, code, *arguments):
        """The command line of a Python that runs `code` with these packages; a warning is an error there."""
        return [
            sys.executable,
            "-I",
            "-S",
            "-W",
            "error",
            "-c",
            _PRELUDE + code,
            str(self.folder),
            *map(str, arguments),
        ]

    def run(self, code, *arguments):
        """What `code` prints. It finds its arguments in sys.argv[1:]."""
        ended = subprocess.run(self.command(code, *arguments), capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout
