"""An archive is a zip that other programs read, its own bytes come back, and any other byte is noticed."""

import hashlib
import io
import struct
import zipfile

import numpy as np
import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format import archive
from robust_mlp.persistence.file_format.archive import Archive, write_archive

ENTRIES = [("model.json", [b'{"a": 1}']), ("network/0.npy", [b"head", b"", b"numbers" * 20]), ("empty.npy", [])]


@pytest.fixture
def written(tmp_path):
    """The path of an archive."""
    path = tmp_path / "m.rmlp"
    with open(path, "wb") as file:
        write_archive(file, ENTRIES, "1.2.3")
    return path


def opened(path):
    return read(path.read_bytes())


def read(data):
    found = Archive(io.BytesIO(data))
    return found, {name: found.read(name) for name in found.names}


def refused(data):
    """The error for an archive of these bytes."""
    with pytest.raises(ModelFileError) as caught:
        read(data)
    return str(caught.value)


def rehashed(data):
    """The bytes with the right hash, as a stranger can write them."""
    return data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode()


def test_what_is_read_is_what_was_written(written):
    found, entries = opened(written)
    assert entries == {name: b"".join(parts) for name, parts in ENTRIES}
    assert (found.package_version, found.n_bytes) == ("1.2.3", written.stat().st_size)
    assert found.size_of("network/0.npy") == 144


def test_other_programs_read_the_zip(written):
    with zipfile.ZipFile(written) as file:
        assert file.testzip() is None
        assert file.namelist() == [name for name, _ in ENTRIES]
        assert file.read("network/0.npy") == b"head" + b"numbers" * 20
        assert file.comment.startswith(b"robust_mlp model, format 1, written by 1.2.3, sha256 ")


def test_the_same_entries_give_the_same_bytes(written, tmp_path):
    with open(tmp_path / "again", "wb") as file:
        write_archive(file, ENTRIES, "1.2.3")
    assert (tmp_path / "again").read_bytes() == written.read_bytes()


def test_every_flip_of_a_bit_is_noticed(written, tmp_path):
    data = written.read_bytes()
    rng = np.random.default_rng(0)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        refused(bytes(changed))


def test_every_cut_is_noticed(written, tmp_path):
    data = written.read_bytes()
    for n_bytes in range(len(data)):
        refused(data[:n_bytes])
    refused(data + b"\0")


def test_with_a_right_hash_every_flip_outside_the_entries_is_noticed_still(written, tmp_path):
    """The headers and the directory; in an entry the check sum is wrong."""
    data = written.read_bytes()
    end_of_comment = len(data) - 64
    for place in range(data.rfind(b"PK\x05\x06") + 22):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        refused(rehashed(bytes(changed[:end_of_comment]) + data[end_of_comment:]))


def test_a_damaged_file_is_told_from_a_foreign_one(written, tmp_path):
    data = written.read_bytes()
    text = refused(data.replace(b"numbers", b"mumbers", 1))
    assert text == (
        "is damaged: its bytes do not match its hash (sha256). Copy it again from where it came, or save the "
        "classifier again."
    )
    assert refused(data[:-1]) == ("is no model file that save_model wrote, but another zip, or one that was cut off.")
    assert refused(b"") == "is empty."


def test_a_later_format_says_which_version_wrote_it(written, tmp_path):
    later = rehashed(written.read_bytes().replace(b"format 1, written by 1.2.3", b"format 7, written by 9.0.0"))
    assert refused(later) == (
        "was written by robust_mlp 9.0.0 in format 7; this version reads format 1. Install robust_mlp 9.0.0 or later."
    )


def test_a_compressed_zip_is_refused_before_anything_is_unpacked(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("model.json", b"0" * 10_000_000)
        file.comment = b"robust_mlp model, format 1, written by 1.2.3, sha256 " + b"0" * 64
    text = refused(rehashed(bomb.getvalue()))
    assert text.startswith("is damaged: the directory of the zip is wrong.")


@pytest.mark.parametrize(
    "name", ["../up.npy", "/root.npy", "a//b.npy", "A.npy", "c.exe", "a\\b.npy", "a\x1b.npy", ".npy"]
)
def test_foreign_names_are_refused(name, tmp_path):
    with open(tmp_path / "m.rmlp", "wb") as file:
        write_archive(file, [("model.json", [b"{}"]), (name, [b"x"])], "1.2.3")
    with pytest.raises(ModelFileError) as caught:
        opened(tmp_path / "m.rmlp")
    assert "an entry is called" in str(caught.value) and "\x1b" not in str(caught.value)


def test_a_name_that_comes_twice_is_refused(tmp_path):
    with open(tmp_path / "m.rmlp", "wb") as file:
        write_archive(file, [("model.json", [b"{}"]), ("model.json", [b"x"])], "1.2.3")
    with pytest.raises(ModelFileError, match="the directory of the zip is wrong"):
        opened(tmp_path / "m.rmlp")


def test_entries_that_lie_on_each_other_are_refused(written, tmp_path):
    """As in zip bombs, where many entries share their bytes: the second begins where the first does."""
    data = written.read_bytes()
    second = data.rfind(b"network/0.npy") - 4
    assert struct.unpack_from("<L", data, second)[0] > 0
    text = refused(rehashed(data[:second] + struct.pack("<L", 0) + data[second + 4 :]))
    assert text.startswith("is damaged: the directory of the zip is wrong.")


def test_more_entries_than_any_model_has_are_refused_before_they_are_read(tmp_path, monkeypatch):
    with open(tmp_path / "m.rmlp", "wb") as file:
        write_archive(file, [(f"a{i}.npy", []) for i in range(50)], "1.2.3")
    opened(tmp_path / "m.rmlp")
    monkeypatch.setattr(archive, "MOST_ENTRIES", 49)
    with pytest.raises(ModelFileError, match="its directory has 50 entries"):
        opened(tmp_path / "m.rmlp")


def test_what_a_zip_cannot_hold_is_refused_before_anything_is_written(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    file = io.BytesIO()
    with pytest.raises(ModelFileError, match="a model file holds at most 1,000 bytes"):
        write_archive(file, [("model.json", [b"x" * 900])], "1.2.3")
    assert file.getvalue() == b""


@pytest.mark.parametrize(
    "start, kind",
    [
        (b"\x80\x04\x95", "a pickle, which can run any code"),
        (b"\x1f\x8b\x08", "a gzip file, perhaps a compressed pickle"),
        (b"x\x9c\x01", "a zlib file, perhaps a compressed pickle"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"PK\x03\x04", "another zip"),
    ],
)
def test_an_error_says_what_else_a_file_is(start, kind, tmp_path):
    text = refused(start + b"0" * 500)
    assert kind in text
    assert ("joblib.load" in text) is ("pickle" in kind)
