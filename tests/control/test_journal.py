"""The journal: every line whole, every float exact, a torn end cut, everything else that is wrong named by its line."""

import json
import math
import os
import resource
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.control import journal as journal_module
from chronus.control.journal import Journal, JournalError, Line, encode, entries, read_header

HEADER = {"rate": 48_000, "block": 64, "seed": 7, "versions": {"chronus": "0.1.0"}, "patch": {"z": 1, "a": {"gain": 0.1, "name": "é"}}}
TURN = {"frame": 12_345, "actor": "osc:127.0.0.1:40212", "command": "/mod/sine/freq", "args": [440.0]}
VALUES = st.one_of(st.booleans(), st.integers(-2**63, 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False),
                   st.text(st.characters(exclude_categories=["Cs"])))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def made(path, count=5):
    journal = Journal.create(path, HEADER)
    journal.append([{**TURN, "frame": frame} for frame in range(count)])
    journal.close()
    return path


def frames(path):
    return [line.frame for line in entries(path)]


def test_the_file_is_what_the_interface_says(path):
    journal = Journal.create(path, HEADER)
    journal.append([TURN])
    journal.append([Line(12_346, "prompt", "/panic", [])])
    journal.sync()
    header, first, second = map(json.loads, path.read_text().splitlines())
    assert list(header.items()) == [("format", "chronus-journal"), ("version", 1), *HEADER.items()]
    assert list(first.items()) == list(TURN.items())
    assert second == {"frame": 12_346, "actor": "prompt", "command": "/panic", "args": []}
    assert list(read_header(path)["patch"]) == ["z", "a"], "the order of a patch is kept"
    assert journal.count == 2 and list(entries(path))[0] == Line(**TURN)


@given(st.lists(VALUES, max_size=8), st.integers(0, 2**62), st.text(st.characters(exclude_categories=["Cs"])))
def test_values_come_back_to_the_bit(args, frame, actor):
    line = journal_module.DECODER.decode(encode({"frame": frame, "actor": actor, "command": "/x", "args": args}))
    assert (line.frame, line.actor) == (frame, actor)
    assert [(type(a), repr(a)) for a in line.args] == [(type(a), repr(a)) for a in args]
    assert encode(line).count(b"\n") == 1


@pytest.mark.parametrize("change", [{"args": [math.nan]}, {"args": [1.0, math.inf]}, {"args": [-math.inf]}, {"args": [None]},
                                    {"args": [[1]]}, {"args": ["\ud800"]}, {"frame": -1}, {"frame": 1.5}, {"actor": None}, {"extra": 1}])
def test_what_could_not_be_read_back_is_not_written(path, change):
    journal = Journal.create(path, HEADER)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="does not fit into the journal"):
        journal.append([TURN, {**TURN, **change}])
    assert path.read_bytes() == before and journal.count == 0
    if "extra" not in change:
        with pytest.raises(JournalError):
            journal.append([Line(**{**TURN, **change})])


@pytest.mark.parametrize("change", [{"seed": math.nan}, {"patch": {"gain": math.inf}}, {"patch": {1, 2}}, {"rate": "48000"},
                                    {"format": "x"}, {"line_kept": 65}, {"line_kept": "64"}, {"line_kept": None}])
def test_a_header_that_could_not_be_read_back_is_not_written(path, change):
    with pytest.raises(JournalError):
        Journal.create(path, {**HEADER, **change})
    assert not path.exists()


def test_a_journal_is_never_made_over_another_one(path):
    content = made(path).read_bytes()
    with pytest.raises(JournalError, match="exists already"):
        Journal.create(path, HEADER)
    assert path.read_bytes() == content


def test_torn_at_every_length(path):
    whole = made(path).read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        if length < ends[0]:
            with pytest.raises(JournalError, match="line 1"):
                Journal.open(path)
            continue
        kept = sum(end <= length for end in ends) - 1
        assert frames(path) == list(range(kept)) and path.stat().st_size == length, "a reader touches nothing"
        journal = Journal.open(path)
        assert journal.count == kept and path.read_bytes() == whole[:ends[kept]]
        journal.append([{**TURN, "frame": 99}])
        journal.close()
        assert frames(path) == [*range(kept), 99]


@pytest.mark.parametrize("line, content", [(3, b"garbage"), (2, b""), (4, b"\xff\xfe"), (4, b"\0" * 50), (6, b'{"frame": 1}'),
                                           (5, b'{"frame":1,"actor":"a","command":"/x","args":[1e999]}'),
                                           (3, b'{"frame":1,"actor":"a","command":"/x","args":[NaN]}'),
                                           (6, b'{"frame":-1,"actor":"a","command":"/x","args":[]}')])
def test_damage_is_named_by_its_line(path, line, content):
    rows = made(path).read_bytes().split(b"\n")
    rows[line - 1] = content
    path.write_bytes(b"\n".join(rows))
    damaged = path.read_bytes()
    for reader in (Journal.open, lambda p: list(entries(p))):
        with pytest.raises(JournalError, match=f"line {line}: "):
            reader(path)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("header, words", [(b"", "no journal"), (b"[]", "no journal"), (b'{"format":"x"}', "no journal"),
                                           (b"\xff", "no journal"), (b'{"format":"chronus-journal","version":2}', "version 2"),
                                           (b'{"format":"chronus-journal","version":1,"rate":1.5}', "`rate`")])
def test_a_header_that_is_wrong_is_said(path, header, words):
    path.write_bytes(header + b"\n")
    for reader in (Journal.open, read_header, lambda p: list(entries(p))):
        with pytest.raises(JournalError, match=f"line 1.*{words}"):
            reader(path)


def test_a_missing_journal_is_said(path):
    for reader in (Journal.open, read_header, lambda p: list(entries(p))):
        with pytest.raises(JournalError, match="cannot be read"):
            reader(path)


def test_a_line_without_an_end_is_read_no_further_than_its_bound(path, monkeypatch):
    monkeypatch.setattr(journal_module, "LINE_BYTES", 1000)
    made(path).write_bytes(path.read_bytes() + b"x" * 1001)
    with pytest.raises(JournalError, match="line 7: longer than 1000"):
        Journal.open(path)


def test_one_write_for_each_append(path, monkeypatch):
    journal, calls, real = Journal.create(path, HEADER), [], os.write
    monkeypatch.setattr(os, "write", lambda *args: calls.append(len(args[1])) or real(*args))
    journal.append([TURN] * 1000)
    assert len(calls) == 1 and len(frames(path)) == 1000


def test_a_full_disk_leaves_the_journal_as_it_was(path):
    """A limit on the size of files stands for the disk."""
    made(path, 3)
    size = path.stat().st_size
    journal, soft = Journal.open(path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, soft[1]))
    try:
        with pytest.raises(JournalError, match="make room"):
            journal.append([TURN])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, soft)
    assert path.stat().st_size == size and journal.count == 3
    journal.append([{**TURN, "frame": 3}])
    assert frames(path) == [0, 1, 2, 3]


def test_a_killed_writer_loses_nothing_that_was_appended(path):
    Journal.create(path, HEADER).close()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        journal = Journal.open(path)
        for frame in range(1 << 40):
            journal.append([{**TURN, "frame": frame}])
            os.write(write_end, frame.to_bytes(8, "little"))
    os.close(write_end)
    said = os.read(read_end, 8 * 500)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while more := os.read(read_end, 1 << 16):
        said += more
    os.close(read_end)
    acknowledged = int.from_bytes(said[len(said) // 8 * 8 - 8:len(said) // 8 * 8], "little")
    journal = Journal.open(path)
    assert journal.count > acknowledged and frames(path) == list(range(journal.count))


def test_sync_waits_for_the_disk(path, monkeypatch):
    journal, synced = Journal.create(path, HEADER), []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    journal.append([TURN])
    assert synced == [], "nobody who plays waits for the disk"
    journal.sync()
    assert synced == [journal.descriptor]


def test_a_disk_that_loses_what_was_written_is_said(path, monkeypatch):
    def broken(descriptor: int) -> None:
        raise OSError(5, os.strerror(5))
    monkeypatch.setattr(os, "fdatasync", broken)
    with pytest.raises(JournalError, match="cannot be written"):
        Journal.create(path, HEADER).sync()
