"""Differences between patches as people read them, and the way back and forth through a history of them."""

import json

import pytest

from chronus import limits
from chronus.patch.difference import difference, summary
from chronus.patch.graph import OUT, Cable, Module, Patch, PatchError, default
from chronus.patch.history import History
from chronus.patch.library import Library
from chronus.tables.builtin import DIGESTS


def patch(*modules, cables=()) -> Patch:
    return Patch([Module(*m) for m in modules], [Cable(*c) for c in cables])


A, B, F = ("a", "sine"), ("b", "sine"), ("f", "filter")


@pytest.mark.parametrize("old, new, lines", [
    (patch(A), patch(A), []),
    (patch(A), patch(("a", "sine", {"freq": 220.0})), []),
    (patch(A, B), patch(B, A), []),
    (patch(), patch(("kick", "sine")), ["+ module kick (sine)"]),
    (patch(), patch(("kick", "sine", {"gain": 0.25, "freq": 55})), ["+ module kick (sine), freq 55 Hz, gain 0.25"]),
    (patch(("kick", "sine", {"freq": 55})), patch(), ["- module kick (sine)"]),
    (patch(A), patch(("a", "gain")), ["- module a (sine)", "+ module a (gain)"]),
    (patch(("f", "filter", {"cutoff": 800})), patch(("f", "filter", {"cutoff": 1200})), ["~ f/cutoff 800 -> 1200 Hz"]),
    (patch(("f", "filter", {"cutoff": 800})), patch(F), ["~ f/cutoff 800 -> 2000 Hz"]),
    (patch(("f", "adsr")), patch(("f", "adsr", {"gate": 1})), ["~ f/gate 0 -> 1"]),
    (patch(), patch(("s", "sampler", {}, {"sample": f"kit/kick@{'0' * 32}"})), ["+ module s (sampler), sample kit/kick"]),
    (patch(("s", "sampler")), patch(("s", "sampler", {}, {"sample": "drum-loop"})), ["~ s/sample struck-string -> drum-loop"]),
    (patch(("s", "sampler", {}, {"sample": f"a@{'0' * 32}"})), patch(("s", "sampler", {}, {"sample": f"a@{'1' * 32}"})), ["~ s/sample a -> a (read again)"]),
    (patch(("s", "sampler", {}, {"sample": f"struck-string@{DIGESTS['struck-string']}"})), patch(("s", "sampler")), []),
    (patch(A), patch(("a", "sine", {"freq": 220.00001})), ["~ a/freq 220 -> 220.00001 Hz"]),
    (patch(A, F, cables=[("a", "out", "f", "audio")]), patch(A, F), ["- cable a/out -> f/audio"]),
    (patch(A, F), patch(A, F, cables=[("a", "out", "f", "cutoff", 300)]), ["+ cable a/out -> f/cutoff amount 300"]),
    (patch(A), patch(A, cables=[("a", "out", OUT, "")]), ["+ cable a/out -> out"]),
    (patch(A, cables=[("a", "out", OUT, "", 1.0)]), patch(A, cables=[("a", "out", OUT, "", 0.5)]), ["~ cable a/out -> out amount 1 -> 0.5"]),
    (patch(A, cables=[("a", "out", OUT, "")] * 2), patch(A, cables=[("a", "out", OUT, "")]), ["- cable a/out -> out"]),
    (patch(A, cables=[("a", "out", OUT, "", 1), ("a", "out", OUT, "", 2)]), patch(A, cables=[("a", "out", OUT, "", 2), ("a", "out", OUT, "", 3)]),
     ["~ cable a/out -> out amount 1 -> 3"]),
    (patch(A, B, cables=[("a", "out", OUT, ""), ("b", "out", OUT, "")]), patch(A, B, cables=[("b", "out", OUT, ""), ("a", "out", OUT, "")]),
     ["~ the cables are added up in another order"])])
def test_a_difference_reads_as_what_was_done(old, new, lines):
    assert difference(old, new) == lines


def test_no_difference_means_the_same_sound():
    patches = [Library(None).load(name) for name in Library(None).names()]
    for one in patches:
        for other in patches:
            assert (difference(one, other) == []) == (one.hash() == other.hash())


def test_a_summary_is_one_line():
    assert summary([]) == "the same sound"
    assert summary(["a", "b"]) == "a, b"
    assert summary(["a", "b", "c", "d"]) == "a, b, and 2 more"


def tuned(freq: float) -> Patch:
    return patch(("a", "sine", {"freq": freq}), cables=[("a", "out", OUT, "")])


def played(*freqs, limit=limits.HISTORY_COMMITS) -> History:
    history = History(limit)
    for i, freq in enumerate(freqs):
        history.add(tuned(freq), "osc:127.0.0.1:40212", 1000 * i)
    return history


def refused(action) -> str:
    with pytest.raises(PatchError) as caught:
        action()
    assert caught.value.code == "state"
    return str(caught.value)


def test_undo_and_redo_walk_through_what_was_committed():
    history = played(100, 200, 300)
    assert [history.undo().hash(), history.undo().hash()] == [tuned(200).hash(), tuned(100).hash()]
    assert "nothing to undo" in refused(history.undo)
    assert [history.redo().hash(), history.redo().hash()] == [tuned(200).hash(), tuned(300).hash()]
    assert "nothing to redo" in refused(history.redo)


def test_a_commit_after_an_undo_ends_what_could_be_redone():
    history = played(100, 200, 300)
    history.undo()
    history.add(tuned(250), "me", 9)
    refused(history.redo)
    assert [row["summary"] for row in history.rows()] == ["the beginning", "~ a/freq 100 -> 200 Hz", "~ a/freq 200 -> 250 Hz"]
    assert history.undo().hash() == tuned(200).hash()


def test_an_empty_history_has_nothing_to_give():
    for history in (History(), History.from_data(History().as_data())):
        refused(history.undo)
        refused(history.redo)
        assert history.rows() == []


def test_rows_say_who_when_and_what():
    history = played(100, 200)
    history.undo()
    assert history.rows() == [
        {"number": 1, "hash": tuned(100).hash()[:8], "who": "osc:127.0.0.1:40212", "frame": 0, "summary": "the beginning", "current": True},
        {"number": 2, "hash": tuned(200).hash()[:8], "who": "osc:127.0.0.1:40212", "frame": 1000, "summary": "~ a/freq 100 -> 200 Hz",
         "current": False}]


def test_the_oldest_go_first():
    history = played(100, 200, 300, 400, limit=3)
    assert [row["number"] for row in history.rows()] == [2, 3, 4]
    assert [history.undo().hash(), history.undo().hash()] == [tuned(300).hash(), tuned(200).hash()]
    refused(history.undo)


def test_its_size_is_bounded(monkeypatch):
    monkeypatch.setattr(limits, "HISTORY_BYTES", 2_000)
    history = played(*range(100, 150))
    assert 1 < len(history.rows()) < 10 and len(json.dumps(history.as_data()["commits"])) < 2_100
    monkeypatch.setattr(limits, "HISTORY_BYTES", 10)
    history.add(default(), "me", 0)
    assert len(history.rows()) == 1


@pytest.mark.parametrize("undone", (0, 1, 2))
def test_it_comes_back_from_json(undone):
    history = played(100, 200, 300)
    for _ in range(undone):
        history.undo()
    again = History.from_data(json.loads(json.dumps(history.as_data())))
    assert (again.rows(), again.as_data()) == (history.rows(), history.as_data())
    for one in (again, history):
        one.add(tuned(50), "me", 7)
    assert again.as_data() == history.as_data()


def test_a_shorter_history_keeps_its_end():
    again = History.from_data(played(100, 200, 300).as_data(), limit=2)
    assert [row["number"] for row in again.rows()] == [2, 3] and again.undo().hash() == tuned(200).hash()


@pytest.mark.parametrize("change", [
    None, [], {}, {"position": 0, "commits": []}, {"position": -1, "commits": 3}, {"position": "0", "commits": []}, {"position": 3}, {"position": -1},
    {"position": True}, {"commits": [{"number": 1}]}, {"commits": [None]}, {"number": "1"}, {"data": []}, {"frame": None}, {"more": 1}],
    ids=lambda change: repr(change)[:30])
def test_what_is_no_history_is_refused(change):
    data = played(100, 200).as_data()
    if change and set(change) <= set(data):
        data = {**data, **change}
    elif change:
        data["commits"][0] = {**data["commits"][0], **change}
    else:
        data = change
    with pytest.raises(PatchError, match="no history"):
        History.from_data(data)


def test_a_patch_that_cannot_be_played_any_more_is_refused_when_it_is_stepped_to():
    data = played(100, 200).as_data()
    data["commits"][0]["data"]["modules"][0]["type"] = "gone"
    history = History.from_data(data)
    with pytest.raises(PatchError, match="no module type 'gone'"):
        history.undo()
    assert history.rows()[1]["current"]
