"""Names and saves: what may be a name, and that a save is old or new at every instant at which its writer may die."""

import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.shared import files

BAD = ["", "A", "-a", "_a", "a b", "a/b", "../x", "..", ".", "a.wav", "a\0", "a\n", "\0", "é", "a" * 65, "a" * 4096, "/etc/passwd", "~"]


@pytest.mark.parametrize("text", ["a", "0", "take-1", "a_b", "a" * 64])
def test_names(text):
    assert files.is_name(text) and files.check_name(text) == text


@pytest.mark.parametrize("text", [*BAD, None, 7, b"a"])
def test_no_names(text):
    assert not files.is_name(text)
    with pytest.raises(ValueError, match="take 1 to 64 of") as error:
        files.check_name(text)
    assert len(str(error.value)) < 160


@given(st.text())
def test_a_recording_is_always_in_its_folder(text):
    try:
        path = files.recording_path("/session", text)
    except ValueError:
        return
    assert os.path.normpath(path) == str(path) and path.parent.as_posix() == "/session/recordings"


class Deadly:
    """`os`, but the process is killed before (or, with `half`, in the middle of) its n-th call."""

    def __init__(self, calls):
        self.calls = calls

    def __getattr__(self, name):
        thing = getattr(os, name)
        if name not in ("open", "write", "fsync", "close", "replace"):
            return thing

        def call(*args, **keywords):
            self.calls -= 1
            if self.calls < 0:
                if name == "write":
                    os.write(args[0], args[1][:len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return thing(*args, **keywords)
        return call


def save_and_die(path, content, calls):
    """Whether the save came to its end in a process that dies at its call number `calls`."""
    pid = os.fork()
    if not pid:
        files.os = Deadly(calls)
        files.save(path, content)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("old", [None, b"old" * 1000], ids=["new file", "old file"])
def test_a_save_is_old_or_new_at_every_kill_point(tmp_path, old):
    path, seen = tmp_path / "patch.json", []
    for calls in range(20):
        if old is not None:
            path.write_bytes(old)
        ended = save_and_die(path, b"new" * 2000, calls)
        seen.append(path.read_bytes() if path.exists() else None)
        path.unlink(missing_ok=True)
        files.sweep(tmp_path)
        assert not list(tmp_path.iterdir())
        if ended:
            break
    assert ended and set(seen) == {old, b"new" * 2000}
    assert seen == sorted(seen, key=lambda content: content != old), "once new it stays new"


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_the_end(tmp_path, monkeypatch):
    """What a power cut needs and a kill does not: the order of the two fsyncs around the rename."""
    calls, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda d: calls.append("folder" if os.path.isdir(f"/proc/self/fd/{d}") else "file") or fsync(d))
    monkeypatch.setattr(os, "replace", lambda *paths: calls.append("rename") or replace(*paths))
    files.save(tmp_path / "x", b"x")
    assert calls == ["file", "rename", "folder"]


def test_sweep_leaves_living_writers_and_other_files(tmp_path):
    mine = tmp_path / f"{files.TEMPORARY}{os.getpid()}-{files.linux.start_time(os.getpid())}-00"
    dead = [tmp_path / f"{files.TEMPORARY}{os.getpid()}-1-00", tmp_path / f"{files.TEMPORARY}x", tmp_path / files.TEMPORARY]
    for path in (mine, *dead, tmp_path / "keep"):
        path.write_bytes(b"x")
    files.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, tmp_path / "keep"])


def test_a_save_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        files.save(tmp_path / "taken", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_save_replaces_a_link_and_not_what_it_points_at(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    files.save(tmp_path / "link", b"new")
    assert (tmp_path / "elsewhere").read_bytes() == b"mine" and (tmp_path / "link").read_bytes() == b"new"
