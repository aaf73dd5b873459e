"""Staged edits: each client has its own, they move to what plays now, they are bounded, and a killed control finds them again."""

import errno
import os

import pytest

from chronus import limits
from chronus.control.staged_file import StagedFile
from chronus.control.staging import Staging
from chronus.patch.edits import EDITS
from chronus.patch.errors import PatchError
from chronus.patch.graph import default

ANN, BEN = "osc:127.0.0.1:40001", "osc:127.0.0.1:40002"


def ids(patch) -> list[str]:
    return list(patch.modules)


def staged(staging, client, current, *ids_):
    for id_ in ids_:
        staging.edit(client, current, "create", id_, "sine")
    return staging


def again(path) -> Staging:
    """What a control that starts anew finds."""
    return Staging(StagedFile(path))


def test_each_client_edits_for_itself():
    current, staging = default(), Staging()
    assert staging.edit(ANN, current, "create", "a", "sine") == ("a", "sine")
    staging.edit(ANN, current, "connect", "a", "out")
    staging.edit(BEN, current, "delete", "sine")
    assert "a" in ids(staging.working(ANN, current)) and ids(staging.working(BEN, current)) == ["adsr", "filter"]
    assert (staging.count(ANN), staging.count(BEN), staging.count("osc:nobody")) == (2, 1, 0)
    assert staging.working("osc:nobody", current) is current and ids(current) == ids(default())


def test_a_commit_takes_all_and_leaves_what_came_later():
    current, staging = default(), staged(Staging(), ANN, default(), "a", "b")
    taken = staging.take(ANN, current)
    assert ids(taken.patch)[-2:] == ["a", "b"] and taken.base is current
    assert [str(edit) for edit in taken.edits] == ["/patch/create a sine", "/patch/create b sine"]
    staging.edit(ANN, current, "connect", "b", "out")
    staging.settle(ANN, taken.serial)
    assert staging.count(ANN) == 1
    after = staging.take(ANN, taken.patch)
    assert after.base is taken.patch and ids(after.patch) == ids(taken.patch) and after.patch.cables[-1].source == "b"
    staging.settle(ANN, after.serial)
    assert staging.count(ANN) == 0


def test_a_commit_that_was_refused_loses_nothing():
    current, staging = default(), staged(Staging(), ANN, default(), "a")
    staging.take(ANN, current)
    staging.edit(ANN, current, "delete", "a")
    assert ids(staging.take(ANN, current).patch) == ids(current)


def test_an_edit_that_is_refused_is_not_staged():
    staging = Staging()
    with pytest.raises(PatchError):
        staging.edit(ANN, default(), "create", "a", "sien")
    assert staging.count(ANN) == 0 and not staging.clients


def test_edits_move_to_what_another_client_committed():
    current = default()
    staging = staged(staged(Staging(), ANN, current, "a"), BEN, current, "b")
    taken = staging.take(BEN, current)
    staging.settle(BEN, taken.serial)
    moved = staging.take(ANN, taken.patch)
    assert ids(moved.patch) == [*ids(default()), "b", "a"] and moved.base is taken.patch


def test_an_edit_that_no_longer_fits_is_named_and_the_rest_stays():
    current, staging = default(), staged(Staging(), ANN, default(), "a", "same", "c")
    other = EDITS["create"](current, "same", "mix")[0]
    with pytest.raises(PatchError, match=r"edit 2 of 3, /patch/create same sine, does not fit .* there is a module 'same' \(mix\)") as caught:
        staging.take(ANN, other)
    assert caught.value.code == "state" and "/patch/abort" in str(caught.value)
    assert staging.count(ANN) == 3 and ids(staging.take(ANN, current).patch)[-3:] == ["a", "same", "c"]


def test_nothing_staged_is_no_commit():
    with pytest.raises(PatchError, match="nothing is staged") as caught:
        Staging().take(ANN, default())
    assert caught.value.code == "state"


def test_abort_says_how_many_it_forgot():
    staging = staged(staged(Staging(), ANN, default(), "a", "b"), BEN, default(), "c")
    assert (staging.abort(ANN), staging.abort(ANN), staging.count(BEN)) == (2, 0, 1)
    assert staging.working(ANN, current := default()) is current


def test_one_client_has_its_bound(monkeypatch):
    monkeypatch.setattr(limits, "STAGED_EDITS", 3)
    staging = staged(Staging(), ANN, default(), "a", "b", "c")
    with pytest.raises(PatchError, match="/patch/commit plays them") as caught:
        staged(staging, ANN, default(), "d")
    assert caught.value.code == "busy" and staging.count(ANN) == 3
    staged(staging, BEN, default(), "d")


def test_all_clients_have_theirs_and_only_the_long_silent_make_room():
    now = [0.0]
    staging = Staging(clock=lambda: now[0])
    for number in range(limits.CLIENTS):
        staged(staging, f"osc:{number}", default(), "a")
    now[0] = limits.STAGED_SECONDS - 1.0
    staged(staging, "osc:0", default(), "b")
    with pytest.raises(PatchError, match="try again") as caught:
        staged(staging, ANN, default(), "a")
    assert caught.value.code == "busy" and len(staging.clients) == limits.CLIENTS
    now[0] = limits.STAGED_SECONDS + 0.0
    staged(staging, ANN, default(), "a")
    assert (staging.count("osc:0"), staging.count("osc:1"), staging.count("osc:2"), staging.count(ANN)) == (2, 0, 1, 1)


def test_a_killed_control_finds_every_edit_again(tmp_path):
    path, current = tmp_path / "staged.jsonl", default()
    staging = staged(staged(Staging(StagedFile(path)), ANN, current, "a"), BEN, current, "b")
    staging.edit(ANN, current, "set", "a", "freq", 300)
    staging.edit(ANN, current, "connect", "a", "filter/q", 0.25)
    found = again(path)
    assert found.take(ANN, current).patch.as_dict() == staging.take(ANN, current).patch.as_dict()
    assert found.take(ANN, current).edits == staging.take(ANN, current).edits and found.count(BEN) == 1
    assert found.edit(ANN, current, "delete", "a") == ("a", 1)
    assert again(path).count(ANN) == 4


def test_a_kill_between_journal_and_settling_makes_no_edit_twice(tmp_path):
    path, current = tmp_path / "staged.jsonl", default()
    taken = staged(Staging(StagedFile(path)), ANN, current, "a").take(ANN, current)
    found = again(path)
    found.settle(ANN, taken.serial)
    assert found.count(ANN) == 0
    staged(found, ANN, taken.patch, "b")
    assert [edit.serial for edit in found.take(ANN, taken.patch).edits] == [taken.serial + 1]
    found.settle(ANN, taken.serial)
    assert again(path).count(ANN) == found.count(ANN) == 1


def test_what_was_dropped_stays_dropped_and_numbers_go_on(tmp_path):
    path = tmp_path / "staged.jsonl"
    staging = staged(staged(Staging(StagedFile(path)), ANN, default(), "a", "b"), BEN, default(), "c")
    staging.abort(ANN)
    assert (again(path).count(ANN), again(path).count(BEN)) == (0, 1)
    staging.abort(BEN)
    assert path.read_bytes().count(b"\n") == 1
    found = staged(again(path), ANN, default(), "d")
    assert found.take(ANN, default()).serial == 4


def test_the_file_does_not_grow_with_what_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "STAGED_EDITS", 20)
    path = tmp_path / "staged.jsonl"
    staging = staged(Staging(StagedFile(path)), BEN, default(), "stays")
    for number in range(200):
        staged(staging, ANN, default(), f"a{number}")
        staging.abort(ANN)
    assert path.read_bytes().count(b"\n") <= 25
    assert (again(path).count(ANN), again(path).count(BEN)) == (0, 1)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_row_is_cut_off(tmp_path, cut):
    path = tmp_path / "staged.jsonl"
    staged(Staging(StagedFile(path)), ANN, default(), "a", "b")
    second = len(path.read_bytes().splitlines(keepends=True)[1])
    path.write_bytes(path.read_bytes()[:-cut])
    found = again(path)
    left = found.count(ANN)
    assert left == (1 if cut <= second else 0)
    staged(found, ANN, default(), "z")
    assert again(path).count(ANN) == left + 1


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\n", b"{}\n", b"[]\n", b"[1]\n", b'["a", "b"]\n', b'[9, "x", ["y"]]\n', b'[9, "x", "explode"]\n',
                                     b"\0" * 4096 + b"\n"])
def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path, rubbish):
    path = tmp_path / "staged.jsonl"
    staged(Staging(StagedFile(path)), ANN, default(), "a")
    path.write_bytes(rubbish + path.read_bytes())
    assert again(path).count(ANN) == 1 and list(again(path).clients) == [ANN]


def test_edits_with_wrong_arguments_in_a_damaged_file_are_a_refusal(tmp_path):
    path = tmp_path / "staged.jsonl"
    path.write_text(f'[1, "{ANN}", "create"]\n')
    found = again(path)
    with pytest.raises(PatchError, match="edit 1 of 1") as caught:
        found.edit(ANN, default(), "create", "a", "sine")
    assert caught.value.code == "state" and found.abort(ANN) == 1


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_edit_that_cannot_be_kept_is_not_made(tmp_path, monkeypatch):
    path = tmp_path / "staged.jsonl"
    staging = staged(Staging(StagedFile(path)), ANN, default(), "a")
    with monkeypatch.context() as patched:
        patched.setattr("chronus.control.staged_file.files.write_all", full_disk)
        with pytest.raises(OSError, match="No space"):
            staged(staging, ANN, default(), "b")
    assert staging.count(ANN) == again(path).count(ANN) == 1
    staged(staging, ANN, default(), "b")
    assert again(path).count(ANN) == 2


def test_a_full_disk_does_not_hold_up_a_commit(tmp_path, monkeypatch):
    path = tmp_path / "staged.jsonl"
    staging = staged(staged(Staging(StagedFile(path)), ANN, default(), "a"), BEN, default(), "b")
    with monkeypatch.context() as patched:
        patched.setattr("chronus.control.staged_file.files.write_all", full_disk)
        staging.settle(ANN, staging.take(ANN, default()).serial)
    assert staging.count(ANN) == 0
    staged(staging, BEN, default(), "c")
    assert (again(path).count(ANN), again(path).count(BEN)) == (0, 2)
