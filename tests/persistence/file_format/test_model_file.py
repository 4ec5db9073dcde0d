"""A description goes through a file; saving replaces a file whole; and what is not JSON as we write it is refused."""

import json
import os

import pytest

from robust_mlp import ModelFileError, __version__
from robust_mlp.persistence.file_format import model_file
from robust_mlp.persistence.file_format.model_file import opened, write_model_file
from tests.persistence.rewriting import entries_of, write_entries

CONTENT = {"a": [1, 2.5, "b\ud800"], "c": {"d": None}}


@pytest.fixture
def path(tmp_path):
    write_model_file(tmp_path / "m.rmlp", "Kind", lambda arrays: CONTENT, more={"note": "x"})
    return tmp_path / "m.rmlp"


def test_a_description_comes_back(path):
    with opened(path) as found:
        assert (found.kind, found.content, found.more) == ("Kind", CONTENT, {"note": "x"})
        assert (found.package_version, found.n_bytes) == (__version__, path.stat().st_size)


def test_the_description_can_be_read_by_people(path):
    text = entries_of(path)["model.json"].decode("ascii")
    assert text.startswith('{\n "format": "robust_mlp model",\n "package_version": ')
    assert '\n  "a": [1, 2.5, "b\\ud800"],\n' in text
    assert json.loads(text)["content"] == CONTENT


def test_an_error_begins_with_the_path(path):
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelFileError) as caught, opened(path):
        pass
    assert str(caught.value).startswith(f"{str(path)!r} is ")


def test_a_save_that_fails_leaves_the_old_file_and_no_other(path):
    old = path.read_bytes()

    def fail(arrays):
        raise ModelFileError("no")

    with pytest.raises(ModelFileError):
        write_model_file(path, "Kind", fail)
    assert path.read_bytes() == old and os.listdir(path.parent) == ["m.rmlp"]


def test_a_full_disk_leaves_the_old_file_and_names_the_path(path, monkeypatch):
    old = path.read_bytes()

    def no_space(*arguments):
        raise OSError(28, "No space left on device", "/other")

    monkeypatch.setattr(model_file, "write_archive", no_space)
    with pytest.raises(OSError) as caught:
        write_model_file(path, "Kind", lambda arrays: CONTENT)
    assert (caught.value.errno, caught.value.filename) == (28, str(path))
    assert path.read_bytes() == old and os.listdir(path.parent) == ["m.rmlp"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        write_model_file(tmp_path / "no" / "m.rmlp", "Kind", lambda arrays: CONTENT)
    assert caught.value.filename == str(tmp_path / "no" / "m.rmlp")


def refusal(path, text):
    """The error for a description of this text, under a right hash."""
    write_entries(path, {"model.json": text if isinstance(text, bytes) else text.encode()}, __version__)
    with pytest.raises(ModelFileError) as caught, opened(path):
        pass
    return str(caught.value).removeprefix(repr(str(path)))


HEAD = {"format": "robust_mlp model", "package_version": __version__, "kind": "Kind", "content": {}, "more": {}}


def test_the_head_as_it_should_be_is_read(path):
    write_entries(path, {"model.json": json.dumps(HEAD).encode()}, __version__)
    with opened(path) as found:
        assert found.content == {}


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "model.json is no JSON"),
        ("{", "model.json is no JSON"),
        (b"\xff", "model.json is no JSON"),
        ('{"a": NaN}', "model.json holds NaN"),
        ('{"a": -Infinity}', "model.json holds -Infinity"),
        ('{"a": 1, "a": 2}', "model.json holds a key twice"),
        ('{"a": ' + "9" * 5000 + "}", "model.json is no JSON"),
        ("[]", "model.json must have the keys format, package_version, kind, content, more"),
        ("{}", "model.json must have the keys"),
        (json.dumps(HEAD | {"command": "ls"}), "model.json must have the keys"),
        (json.dumps(HEAD | {"kind": 1}), "kind of model.json is wrong"),
        (json.dumps(HEAD | {"content": []}), "content of model.json is wrong"),
        (json.dumps(HEAD | {"format": "other"}), "the head of model.json is wrong"),
        (json.dumps(HEAD | {"package_version": "8"}), "the head of model.json is wrong"),
        ("[" * 9000, "model.json is no JSON"),
        ('{"a":' * 9000, "model.json is no JSON"),
        ("[" * 10**6, "model.json holds too many lists, objects or items"),
        ("[" + "[]," * 20_000 + "[]]", "model.json holds too many lists, objects or items"),
        ("[" + "1," * 500_000 + "1]", "model.json holds too many lists, objects or items"),
    ],
)
def test_other_descriptions_are_refused(text, message, path):
    assert refusal(path, text).startswith(f" is no valid model file: {message}")


def test_a_description_that_is_too_large_is_neither_written_nor_read(path, monkeypatch):
    monkeypatch.setattr(model_file, "MOST_JSON_BYTES", 150)
    with pytest.raises(ModelFileError, match=r"model\.json is larger than 150 bytes"), opened(path):
        pass
    with pytest.raises(ModelFileError, match="Most of it are levels of categories"):
        write_model_file(path, "Kind", lambda arrays: {"a": "b" * 200})


def test_another_first_entry_is_refused(path):
    write_entries(path, {"other.json": b"{}"}, __version__)
    with pytest.raises(ModelFileError, match=r"its first entry is not model\.json"), opened(path):
        pass


def test_a_mistake_that_no_check_knows_is_the_same_error(path):
    message = r"is no valid model file \(KeyError while it was read\)"
    with pytest.raises(ModelFileError, match=message), opened(path) as found:
        found.content["no such key"]
