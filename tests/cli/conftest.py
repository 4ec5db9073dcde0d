"""The program run in an empty folder, and a model that it fitted."""

import pytest

from robust_mlp import cli
from tests.cli.examples import FAST, mixed_table


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the program in an empty folder; gives (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def run_program(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_program


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Folder with data.csv, data.parquet, and m.rmlp fitted on the CSV through the program; the fit's output."""
    folder = tmp_path_factory.mktemp("trained")
    table = mixed_table()
    table.to_csv(folder / "data.csv", index=False)
    table.to_parquet(folder / "data.parquet", index=False)
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda *args, **kwargs: lines.append(" ".join(map(str, args))))
        model = str(folder / "m.rmlp")
        code = cli.main(["fit", str(folder / "data.csv"), "--target", "label", "--model-out", model, *FAST])
    assert code == 0
    return folder, "\n".join(lines)
