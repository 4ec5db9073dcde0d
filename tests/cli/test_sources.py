"""A table's bytes: by the end of the name, or by the first bytes where there is no name."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from robust_mlp.cli import _sources
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._sources import find_source

TEXT = b"x,y\n1,a\n"


def zipped(name, content):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, content)
        file.writestr("__MACOSX/._rubbish", b"")
    return archive.getvalue()


SQUEEZED = {
    "": TEXT,
    ".gz": gzip.compress(TEXT),
    ".bz2": bz2.compress(TEXT),
    ".xz": lzma.compress(TEXT),
    ".zip": zipped("t.csv", TEXT),
}


def contents(source):
    with source.open() as file:
        return file.read()


@pytest.fixture
def standard_input(monkeypatch):
    return lambda content: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("ending", SQUEEZED)
def test_a_file_is_opened_as_its_name_says(ending, tmp_path):
    path = tmp_path / f"T.CSV{ending}"
    path.write_bytes(SQUEEZED[ending])
    source = find_source(str(path))
    assert (source.format, source.compression, source.shown) == ("csv", ending, repr(str(path)))
    assert contents(source) == contents(source) == TEXT


@pytest.mark.parametrize("ending", SQUEEZED)
def test_standard_input_is_opened_as_its_first_bytes_say(ending, standard_input):
    standard_input(SQUEEZED[ending])
    source = find_source("-")
    assert (source.format, source.compression, source.shown) == ("csv", ending, "standard input")
    assert contents(source) == contents(source) == TEXT


@pytest.mark.parametrize("known", ["parquet", "feather", "jsonl", "csv"])
def test_standard_input_tells_its_format(known, standard_input):
    frame, file = pd.DataFrame({"x": [1]}), io.BytesIO()
    if known == "csv":
        file.write(TEXT)
    elif known == "jsonl":
        file.write(b' {"x": 1}\n')
    else:
        getattr(frame, f"to_{known}")(file)
    standard_input(file.getvalue())
    assert find_source("-").format == known


def test_standard_input_tells_a_workbook_from_an_archive(standard_input):
    standard_input(zipped(_sources.XLSX_PART, b""))
    assert find_source("-").format == "xlsx"


@pytest.mark.parametrize("member, known", [("a.tsv", "tsv"), ("deep/b.JSONL", "jsonl"), ("c.parquet", "parquet")])
def test_the_file_in_an_archive_says_its_format(member, known, tmp_path):
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(member, TEXT))
    source = find_source(str(path))
    assert (source.format, contents(source)) == (known, TEXT)


@pytest.mark.parametrize("signature", _sources.SIGNATURES)
def test_a_binary_file_is_not_read_as_text(signature, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(signature + TEXT)
    with pytest.raises(InputError, match="whatever its name says"):
        find_source(str(path))


def test_a_folder_that_cannot_be_read_suggests_nothing(monkeypatch):
    def refuse(folder):
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert _sources.nearby("data.csv") == ""
