"""The library: names are ids, nothing outside its folder is touched, and a save that is cut short leaves the old patch or the new one."""

import os

import pytest

from chronus import limits
from chronus.patch import library
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError, default
from chronus.patch.library import Library, patches_folder
from chronus.shared.files import TEMPORARY

HOSTILE = ("../../x", "..", ".", "/etc/x", "a/b", "a\\b", "", " ", "-x", "x.json", "X", "x" * 65, "x" * 4096, "x\0y", "%2e%2e", "~", "$HOME",
           "x\n", "\ud800", "ä", None, 1, 1.5, True, b"x", ["x"])
STEPS = ("mkdir", "open", "write", "fsync", "close", "replace", "unlink")


class Killed(BaseException):
    """What a process that is killed does not live to see."""


def tuned(freq: float) -> Patch:
    return Patch([Module("sine", "sine", {"freq": freq})], [Cable("sine", "out", OUT, "")])


OLD, NEW = tuned(110.0), tuned(220.0)


@pytest.fixture
def own(tmp_path):
    """A library in a folder of its own, next to a file that nobody may touch."""
    (tmp_path / "x.json").write_text("precious")
    return Library(tmp_path / "state" / "patches")


def fails(action, *args) -> PatchError:
    with pytest.raises(PatchError) as caught:
        action(*args)
    return caught.value


def test_what_is_saved_is_loaded_under_its_name(own):
    patch = Patch([Module("a", "sine", {"freq": 55})], [Cable("a", "out", OUT, "", 0.5)], "other", about="A sine: /gate/a 1.")
    path = own.save("my-bass", patch)
    again = own.load("my-bass")
    assert path.parent == own.folder and again.hash() == patch.hash()
    assert (again.name, again.about, again.warnings, patch.name) == ("my-bass", "A sine: /gate/a 1.", [], "other")
    assert own.names()["my-bass"] == "yours" and own.names()["fm-bell"] == "built-in"


def test_ones_own_patch_hides_the_built_in_one(own):
    built_in = own.load("wobble").hash()
    own.save("wobble", NEW)
    assert own.names()["wobble"] == "yours" and own.load("wobble").hash() == NEW.hash() != built_in
    (own.folder / "wobble.json").unlink()
    assert own.load("wobble").hash() == built_in


def test_it_needs_no_folder_to_list_and_load(own):
    assert not own.folder.exists()
    assert set(own.names().values()) == {"built-in"} and own.load("default").hash() == default().hash()
    assert not own.folder.exists()


def test_the_folder_is_where_people_keep_their_data(monkeypatch, tmp_path):
    monkeypatch.setenv("CHRONUS_STATE", str(tmp_path))
    assert Library().folder == patches_folder() == tmp_path / "patches"
    monkeypatch.delenv("CHRONUS_STATE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert patches_folder() == tmp_path / "data" / "music-chronus" / "patches"


def test_a_name_that_nobody_has_is_answered_with_the_one_that_was_meant(own):
    own.save("night-bass", NEW)
    error = fails(own.load, "nigth-bass")
    assert error.code == "unknown-name" and "did you mean 'night-bass'" in str(error)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name)[:16])
def test_what_is_no_name_is_refused(own, tmp_path, name):
    own.save("good", OLD)
    before = sorted(tmp_path.rglob("*"))
    assert fails(own.load, name).code == fails(own.save, name, NEW).code == "name"
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "x.json").read_text() == "precious"


def test_a_link_is_neither_read_nor_written_through(own, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_text(OLD.text())
    own.folder.mkdir(parents=True)
    (own.folder / "link.json").symlink_to(outside)
    assert "link" not in own.names() and fails(own.load, "link").code == "unknown-name"
    own.save("link", NEW)
    assert outside.read_text() == OLD.text() and own.load("link").hash() == NEW.hash()
    assert not (own.folder / "link.json").is_symlink()


def test_a_folder_that_is_a_link_is_not_used(own, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own.folder.parent.mkdir()
    own.folder.symlink_to(elsewhere)
    for action in (lambda: own.save("x", NEW), lambda: own.load("x"), own.names):
        error = fails(action)
        assert error.code == "io" and "remove the link" in str(error)
    assert not list(elsewhere.iterdir())


def test_what_else_lies_in_the_folder_is_no_patch(own):
    own.save("good", OLD)
    (own.folder / "folder.json").mkdir()
    for name in ("Upper.json", "no-suffix", "two.dots.json", f"{TEMPORARY}1-2-3", ".json"):
        (own.folder / name).write_text(OLD.text())
    os.mkfifo(own.folder / "pipe.json")
    assert [name for name, whose in own.names().items() if whose == "yours"] == ["good"]
    error = fails(own.save, "folder", NEW)
    assert error.code == "io" and "could not be saved" in str(error)


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    error = fails(Library(tmp_path / "file" / "patches").save, "x", NEW)
    assert error.code == "io" and str(tmp_path) in str(error)


def test_the_number_of_patches_is_bounded(own, monkeypatch):
    monkeypatch.setattr(limits, "LIBRARY_PATCHES", 3)
    for name in "abc":
        own.save(name, OLD)
    assert fails(own.save, "d", NEW).code == "too-large"
    own.save("c", NEW)
    assert own.load("c").hash() == NEW.hash()


def test_a_text_that_a_file_cannot_hold_is_refused(own):
    for about in ("two\nlines", "x" * (limits.ABOUT_CHARACTERS + 1), "\ud800", "\0", None, 3):
        own.save("x", OLD)
        patch = tuned(330.0)
        patch.about = about
        assert "one line" in str(fails(own.save, "x", patch))
        assert own.load("x").hash() == OLD.hash()


class Watched:
    """Counts what a save asks of the system; at the n-th time `stop(n)` comes in its place, or, `after` it, right behind it."""

    def __init__(self, monkeypatch, at: int, after: bool, failure):
        self.count, self.at, self.after, self.failure = 0, at, after, failure
        for name in STEPS:
            monkeypatch.setattr(os, name, self.step(getattr(os, name)))

    def step(self, original):
        def instead(*args, **kwargs):
            self.count += 1
            dead = self.count > self.at and issubclass(self.failure, Killed)
            if dead or (self.count == self.at and not self.after):
                raise self.failure(28, "No space left on device")
            result = original(*args, **kwargs)
            if self.count == self.at and self.after:
                raise self.failure(28, "No space left on device")
            return result
        return instead


def steps_of_a_save(own, patch) -> int:
    with pytest.MonkeyPatch.context() as monkeypatch:
        watched = Watched(monkeypatch, 0, False, OSError)
        own.save("x", patch)
    return watched.count


@pytest.mark.parametrize("after", (False, True), ids=("before", "after"))
def test_a_save_that_is_killed_leaves_the_old_patch_or_the_new_one(own, after):
    """F-41, every kill point: a process that dies at one step takes no other."""
    own.save("x", OLD)
    steps, seen = steps_of_a_save(own, OLD), set()
    assert steps >= 7                                    # mkdir; open, write, fsync, close; replace; the folder's open, fsync, close
    for at in range(1, steps + 1):
        own.save("x", OLD)
        with pytest.MonkeyPatch.context() as monkeypatch, pytest.raises(Killed):
            Watched(monkeypatch, at, after, Killed)
            own.save("x", NEW)
        found = Library(own.folder).load("x").hash()
        assert found in (OLD.hash(), NEW.hash())
        seen.add(found)
    assert len(seen) == 2, "the kill points do not lie on both sides of the rename"


@pytest.mark.parametrize("old", (False, True), ids=("none", "old"))
def test_a_first_save_that_is_killed_leaves_nothing_or_the_whole(own, old):
    other = tuned(330.0)
    own.save("first", other)
    for at in range(1, steps_of_a_save(own, OLD) + 1):
        (own.folder / "x.json").unlink(missing_ok=True)
        with pytest.MonkeyPatch.context() as monkeypatch, pytest.raises(Killed):
            Watched(monkeypatch, at, old, Killed)
            own.save("x", NEW)
        assert "x" not in own.names() or own.load("x").hash() == NEW.hash()
        assert own.load("first").hash() == other.hash()


def test_a_system_that_refuses_any_step_is_told_and_harms_nothing(own):
    own.save("x", OLD)
    refusals = 0
    for at in range(1, steps_of_a_save(own, OLD) + 1):
        with pytest.MonkeyPatch.context() as monkeypatch:
            Watched(monkeypatch, at, False, OSError)
            try:
                own.save("x", NEW)
            except PatchError as error:
                assert error.code == "io" and "No space left" in str(error)
                refusals += 1
        assert own.load("x").hash() in (OLD.hash(), NEW.hash())
        assert not [p for p in own.folder.iterdir() if p.name.startswith(TEMPORARY)]
        own.save("x", OLD)
    assert refusals >= 6


def test_what_a_killed_writer_left_is_swept_by_the_next(own):
    own.save("x", OLD)
    left = own.folder / f"{TEMPORARY}4194305-1-aa"       # beyond the largest pid
    left.write_text("half")
    own.save("x", NEW)
    assert [p.name for p in own.folder.iterdir()] == ["x.json"]


def test_every_truncation_is_refused_and_says_where(own):
    """F-41, every length: a file without its end is never taken for a patch, and never more than refused."""
    path = own.save("x", own.load("chord-pad"))
    content = path.read_bytes()
    for length in range(len(content) - 1):               # the last byte is the end of the last line: without it nothing is missing
        path.write_bytes(content[:length])
        error = fails(own.load, "x")
        assert str(path) in str(error) and "line" in str(error)
    path.write_bytes(content[:-1])
    assert own.load("x").hash() == own.load("chord-pad").hash()


def test_the_built_in_folder_is_the_packages(own):
    assert own.built_in.name == "patches" and (own.built_in / "__init__.py").exists()
    assert library.BUILT_IN in own.names().values()
