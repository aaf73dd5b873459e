"""A control that comes back reads only the end of the journal, and all of it where the checkpoint cannot be trusted."""

from chronus.control.checkpoint import Checkpoint, checkpoint_path, keep, recall
from chronus.control.journal import Journal
from chronus.control.session import journal_path

HEADER = {"rate": 48_000, "block": 64, "seed": 7, "versions": {}, "patch": {}}


def lines(*frames):
    return [{"frame": frame, "actor": "osc:127.0.0.1:1", "command": "/panic", "args": []} for frame in frames]


def session(folder):
    """A journal of ten commands, and a checkpoint after the first six."""
    journal = Journal.create(journal_path(folder), HEADER)
    journal.append(lines(*range(6)))
    keep(folder, Checkpoint(journal.mark, journal.size, journal.count, 6))
    journal.append(lines(*range(6, 10)))
    return journal


def reopened(folder):
    known, read = recall(folder), []
    journal = Journal.open(journal_path(folder), lambda line: read.append(line.frame), known.count, known.size)
    return journal, known, read


def test_only_the_end_is_read(tmp_path):
    written = session(tmp_path)
    journal, known, read = reopened(tmp_path)
    assert read == [6, 7, 8, 9] and known.entries == 6
    assert (journal.count, journal.size, journal.mark) == (10, written.size, written.mark)
    journal.append(lines(10))
    assert reopened(tmp_path)[2] == [6, 7, 8, 9, 10]


def test_a_torn_last_line_is_cut_off(tmp_path):
    size = session(tmp_path).size
    with open(journal_path(tmp_path), "ab") as file:
        file.write(b'{"frame": 11, "act')
    journal, _, read = reopened(tmp_path)
    assert read == [6, 7, 8, 9] and journal_path(tmp_path).stat().st_size == journal.size == size


def test_a_checkpoint_that_cannot_be_trusted_is_not_used(tmp_path):
    size = session(tmp_path).size
    good = recall(tmp_path)
    for bad in (Checkpoint("other", good.size, good.count, 6), Checkpoint(good.mark, good.size - 1, good.count, 6), Checkpoint(good.mark, size + 1, 99, 99)):
        keep(tmp_path, bad)
        assert reopened(tmp_path)[2] == list(range(10))
    for content in (b"", b"{", b"[]", b'{"mark": 1}', b"\xff"):
        checkpoint_path(tmp_path).write_bytes(content)
        assert reopened(tmp_path)[2] == list(range(10))
    checkpoint_path(tmp_path).unlink()
    assert reopened(tmp_path)[2] == list(range(10))
