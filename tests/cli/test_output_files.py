"""Places to write to: refused before any work where they are something else, and whole or untouched afterwards."""

import errno
import os
import resource
from pathlib import Path

import joblib
import pytest

from robust_mlp.cli import _output_files
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._output_files import (
    check_model_place,
    check_page_place,
    check_place,
    check_table_place,
    is_table_name,
    written_whole,
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["m.rmlp", "m", "models/m.model"])
def test_a_place_for_a_model_is_tried_and_left_as_it_is(name):
    Path("models").mkdir()
    check_model_place(name, "--model-out", ["data.csv"])
    assert sorted(os.listdir()) == ["models"] and os.listdir("models") == []
    joblib.dump({"a": 1}, name)
    old = Path(name).read_bytes()
    check_model_place(name, "--model-out", ["data.csv"])
    assert Path(name).read_bytes() == old


@pytest.mark.parametrize(
    "name, is_table",
    [
        ("a.csv", True),
        ("A.TSV.GZ", True),
        ("a.parquet", True),
        ("a.zip", True),
        ("a.gz", False),
        ("m.rmlp", False),
    ],
)
def test_names_of_tables(name, is_table):
    assert is_table_name(name) is is_table


def test_a_link_to_a_file_that_is_read_is_that_file():
    Path("data.csv").write_text("x\n1\n")
    Path("link").symlink_to("data.csv")
    with pytest.raises(InputError, match=r"^--model-out 'link' is a file that is read"):
        check_model_place("link", "--model-out", ["data.csv"])
    check_place("other", "--model-out", ["-", "data.csv"])


def test_a_folder_that_cannot_be_written_is_told(monkeypatch):
    def refuse(path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(_output_files, "try_to_write", refuse)
    with pytest.raises(InputError) as error:
        check_page_place("r.html", "--report")
    assert str(error.value) == "--report: cannot write 'r.html': Read-only file system."


def test_a_table_takes_the_place_of_a_table():
    Path("p.csv").write_text("predicted_class\nyes\n")
    check_table_place("p.csv", "--out", [".csv"], [".csv", ".tsv"])


@pytest.mark.parametrize("old", [None, "an old file"])
def test_a_full_disk_is_one_line_and_leaves_the_old_file(old):
    if old is not None:
        Path("p.csv").write_text(old)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # a file can grow no further, as on a full disk
    try:
        with pytest.raises(InputError) as error, written_whole("p.csv", "--out") as path:
            Path(path).write_text("x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    left = "No file was made." if old is None else "The old file is as it was."
    assert str(error.value) == f"--out: cannot write 'p.csv': File too large. {left}"
    assert [path.read_text() for path in Path().iterdir()] == ([] if old is None else [old])
