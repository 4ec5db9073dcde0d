"""A file that is written anew is whole at every moment: the old one, or the new one."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from robust_mlp._system import atomic_files
from robust_mlp._system.atomic_files import replacement, try_to_write

OLD, NEW = "old " * 1000, "new " * 5000

# Writes the new text again and again, and stops in the middle of a file for a moment, where most kills then fall.
WRITER = f"""
import sys, time
from robust_mlp._system.atomic_files import replacement
while True:
    with replacement(sys.argv[1]) as temporary, open(temporary, "w") as file:
        file.write({NEW!r}[:9000])
        file.flush()
        print("half", flush=True)
        time.sleep(0.002)
        file.write({NEW!r}[9000:])
"""


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_the_new_file_takes_the_place_of_the_old_one_and_nothing_else_stays(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(OLD)
    with replacement(path) as temporary:
        temporary.write_text(NEW)
        assert path.read_text() == OLD
        assert temporary.parent == path.parent and temporary.suffix == ".txt"
    assert path.read_text() == NEW
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_or_an_interrupt_the_old_file_is_as_it_was(error, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(OLD)
    with pytest.raises(error), replacement(path) as temporary:
        temporary.write_text(NEW[:10])
        raise error
    assert path.read_text() == OLD
    assert names(tmp_path) == ["a.txt"]


def test_a_process_killed_in_the_middle_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(OLD)
    code = f"""
import os, signal, sys
from robust_mlp._system.atomic_files import replacement
with replacement(sys.argv[1]) as temporary:
    temporary.write_text({NEW[:100]!r})
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -signal.SIGKILL
    assert path.read_text() == OLD


def test_a_process_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(OLD)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        for _ in range(20):
            assert writer.stdout.readline() == b"half\n"
            assert path.read_text() in (OLD, NEW)
        time.sleep(0.001)
        writer.kill()
    assert path.read_text() == NEW


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))  # a file can grow no further, as on a full disk
    try:
        with pytest.raises(OSError, match="File too large"), replacement(path) as temporary:
            temporary.write_text(NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == OLD
    assert names(tmp_path) == ["a.txt"]


def test_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("fsync"))
    rename = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("replace"), rename(*paths)))
    with replacement(tmp_path / "a.txt") as temporary:
        temporary.write_text(NEW)
    assert calls == ["fsync", "replace", "fsync"]


def test_permissions_and_symbolic_links_stay(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text(OLD)
    path.chmod(0o640)
    link.symlink_to(path)
    with replacement(link) as temporary:
        temporary.write_text(NEW)
    assert link.is_symlink() and path.read_text() == NEW
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_no_ordinary_file_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with replacement(pipe) as place:
        assert place == pipe
    with replacement("/dev/null") as place:
        place.write_text("nothing")
    assert not os.path.isfile("/dev/null") and names(tmp_path) == ["pipe"]


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("ä" * 120 + ".txt")
    with replacement(path) as temporary:
        temporary.write_text(NEW)
    assert path.read_text() == NEW


def test_trying_a_place_changes_nothing(tmp_path):
    path = tmp_path / "a.txt"
    try_to_write(path)
    assert names(tmp_path) == []
    path.write_text(OLD)
    try_to_write(path)
    assert path.read_text() == OLD
    assert names(tmp_path) == ["a.txt"]


def test_trying_a_place_says_why_not(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError):
        try_to_write(tmp_path / "no" / "a.txt")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        try_to_write(tmp_path)
    (tmp_path / "a.txt").write_text(OLD)
    monkeypatch.setattr(atomic_files.os, "access", lambda path, mode: False)  # root may write what is protected
    with pytest.raises(PermissionError, match="it is write-protected"):
        try_to_write(tmp_path / "a.txt")
