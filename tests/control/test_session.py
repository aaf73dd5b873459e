"""Where sessions live: ids and paths, and what is said of a folder that cannot be used."""

import os
import time

import pytest

from chronus.control import session as sessions
from chronus.control.session import SessionError, journal_path, new_session, prepare, session_path
from chronus.shared import files


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "state"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return tmp_path / "state" / "sessions"


def test_new_sessions_have_ids_of_their_own(state, monkeypatch):
    monkeypatch.setattr(sessions.time, "strftime", lambda pattern: "20250131-184502")
    paths = [new_session() for _ in range(3)]
    assert [path.name for path in paths] == ["20250131-184502", "20250131-184502-2", "20250131-184502-3"]
    assert all(path.parent == state and path.is_dir() for path in paths)


def test_an_id_is_a_name(state):
    path = new_session()
    assert files.is_name(path.name) and session_path(path.name) == path
    assert time.strptime(path.name[:15], "%Y%m%d-%H%M%S")


def test_without_chronus_state_it_is_the_users_state_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("CHRONUS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert new_session().parent == tmp_path / "xdg" / "music-chronus" / "sessions"


def test_a_path_is_taken_as_it_is(state, tmp_path):
    here = tmp_path / "here"
    (here / "jam").mkdir()
    assert session_path(str(tmp_path / "x")) == tmp_path / "x"
    assert session_path("./x") == here / "x"
    assert session_path("Takes") == here / "Takes"
    assert session_path("jam") == here / "jam", "a folder here, where no session has that name"
    (state / "jam").mkdir(parents=True)
    assert session_path("jam") == state / "jam"
    assert session_path("new") == state / "new"


def test_prepare_makes_what_is_needed_and_removes_torn_saves(tmp_path):
    path = tmp_path / "a" / "b"
    assert prepare(path) == path and (path / "recordings").is_dir()
    (path / f"{files.TEMPORARY}torn").write_bytes(b"x")
    (path / "recordings" / "take.wav").write_bytes(b"x")
    prepare(path)
    assert sorted(p.name for p in path.rglob("*")) == ["recordings", "take.wav"]
    assert journal_path(path) == path / "journal.jsonl"


def test_a_folder_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    for bad in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(SessionError, match=f"{tmp_path}/file.*--session"):
            prepare(bad)
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path / "file"))
    with pytest.raises(SessionError, match=f"{tmp_path}/file.*CHRONUS_STATE"):
        new_session()


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    """By trying: permission bits say nothing about a read-only disk, and nothing at all to root."""
    def refuse(dir):
        raise PermissionError(13, os.strerror(13), str(dir))
    monkeypatch.setattr(sessions.tempfile, "TemporaryFile", refuse)
    with pytest.raises(SessionError, match=f"{tmp_path}/s.*Permission denied.*--session"):
        prepare(tmp_path / "s")


def test_a_session_writes_into_its_own_folder_only(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "s" / "recordings").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SessionError, match="is a link"):
        prepare(tmp_path / "s")


@pytest.mark.parametrize("name", ["x" * 1024, "a\0b", "\udcff"])
def test_a_path_that_the_engine_could_not_keep_is_refused(tmp_path, name):
    with pytest.raises(SessionError, match="--session"):
        prepare(tmp_path / name)
