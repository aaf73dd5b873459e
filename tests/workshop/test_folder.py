"""The folder of own modules: where it is, what counts as a module, what changed."""

import os

from chronus import limits
from chronus.workshop.folder import Folder, modules_folder


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path))
    monkeypatch.delenv("CHRONUS_MODULES", raising=False)
    assert modules_folder() == tmp_path / "modules"
    monkeypatch.setenv("CHRONUS_MODULES", str(tmp_path / "mine"))
    assert modules_folder() == tmp_path / "mine"


def test_new_saved_and_gone(tmp_path):
    folder = Folder(tmp_path)
    assert folder.changed() == ([], [])
    for name in ("wobble.py", "bend.py"):
        (tmp_path / name).write_text("1")
    assert folder.changed() == ([tmp_path / "bend.py", tmp_path / "wobble.py"], [])
    assert folder.changed() == ([], [])
    (tmp_path / "bend.py").write_text("22")
    (tmp_path / "wobble.py").unlink()
    assert folder.changed() == ([tmp_path / "bend.py"], ["wobble"])
    (tmp_path / "saved").write_text("33")
    os.utime(tmp_path / "saved", ns=(1, os.stat(tmp_path / "bend.py").st_mtime_ns))
    os.replace(tmp_path / "saved", tmp_path / "bend.py")            # same size, same time: another file, as careful editors save
    assert folder.changed() == ([tmp_path / "bend.py"], [])


def test_what_editors_leave_is_no_module(tmp_path):
    for name in (".bend.py", ".#bend.py", "#bend.py#", "bend.py~", "bend.py.swp", "_draft.py", "notes.txt", "4913"):
        (tmp_path / name).write_text("1")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "gone.py")
    assert Folder(tmp_path).changed() == ([], [])


def test_a_folder_that_is_not_there_and_one_that_is_too_full(tmp_path):
    assert Folder(tmp_path / "none").changed() == ([], [])
    for i in range(limits.OWN_MODULES + 3):
        (tmp_path / f"m{i}.py").write_text("1")
    folder = Folder(tmp_path)
    assert len(folder.changed()[0]) == limits.OWN_MODULES and folder.left_out == 3
