"""A session that ended in peace is taken up from the state in which it ended, whatever came after: what it plays from there is what a replay plays."""

import json

import numpy as np
import pytest
from engine_process import end_processes

from chronus import linux
from chronus.control.replay import Session
from chronus.control.session import journal_path
from chronus.replica import resting
from chronus.supervisor.start import as_it_ended, blocks_to_replay, offline_of

BAND = (("/patch/create", "echo", "delay"), ("/patch/create", "room", "plate"), ("/patch/create", "keys", "notes"), ("/patch/create", "tone", "pluck"),
        ("/patch/connect", "keys/gate", "tone/gate"), ("/patch/connect", "keys/freq", "tone/freq"), ("/patch/connect", "tone", "echo"),
        ("/patch/connect", "adsr", "echo"), ("/patch/connect", "echo", "room"), ("/patch/connect", "room", "out"), ("/patch/commit",),
        ("/seq/create", "tick", "adsr", "x..x"), ("/seq/create", "tune", "keys", "X.x"), ("/seq/notes", "tune", "c4 e4 g4 b4"), ("/seq/start",))


def do(engine, *commands) -> None:
    for command in commands:
        reply = engine.ask(*command)
        assert reply.ok, reply.line()


def taken_up(engine):
    """The session as the next `up` begins with it, and as a replay of all of it has it."""
    session = Session(engine.session)
    blocks = blocks_to_replay(session)
    found, whole = as_it_ended(session, engine.session, blocks), offline_of(session, engine.session)
    assert found is not None, "no state was kept"
    whole.run(found.next_block)
    return found, whole, blocks


def plays_the_same(engine, least: int) -> None:
    """Bit for bit, to the end and half a second beyond; what was kept is from behind block `least`."""
    found, whole, blocks = taken_up(engine)
    assert least < found.next_block <= blocks
    count = blocks + 375 - found.next_block
    mine, all_of_it = found.run(count), whole.run(count)
    assert np.abs(all_of_it).max() > 0.01 and mine.tobytes() == all_of_it.tobytes()


def commits(engine, count: int) -> None:
    """More of them than there are areas for programs."""
    for number in range(count):
        do(engine, ("/patch/create", f"more{number}", "gain"), ("/patch/connect", "adsr", f"more{number}"), ("/patch/set", "room", "mix", 0.1 + number / 40),
           ("/patch/commit",), ("/mod/echo/feedback", 0.1 + number / 40))
        engine.advance(60)


@pytest.mark.parametrize("peaceful", (True, False), ids=("ended", "killed"))
def test_what_was_kept_goes_on_as_a_replay_does(start, peaceful):
    engine = start()
    do(engine, *BAND, ("/gate/adsr", 1.0), ("/tempo", 133.0))
    engine.advance(600)
    do(engine, ("/mod/echo/time", 200.0), ("/seq/pattern", "tick", "xx.x", "bar"), ("/tempo/double",))
    engine.down()
    plays_the_same(engine, 600)
    engine.start()
    with engine.take("again"):
        commits(engine, 17)
        do(engine, ("/seq/pattern", "tune", "x...", "bar"), ("/note/keys", 60.0, 0.8), ("/patch/delete", "more1"), ("/patch/commit",))
        engine.advance(100)
    first = engine.takes[-1].first // 64
    if peaceful:
        engine.down()
    else:
        engine.let_go()
        linux.kill(engine.ready["pid"])
        end_processes(engine.folder)
    plays_the_same(engine, first if peaceful else 600)
    engine.start()
    with engine.take("at-last"):
        do(engine, ("/mod/echo/feedback", 0.7))
        engine.advance(200)
    for take in engine.takes:
        engine.prove(take)


def test_only_what_this_program_kept_of_this_journal_counts(start, monkeypatch):
    engine = start()
    do(engine, ("/gate/adsr", 1.0))
    engine.advance(300)
    engine.down()
    kept, journal = engine.session / resting.NAME, journal_path(engine.session)
    content, journaled = kept.read_bytes(), journal.read_bytes()

    def is_read() -> bool:
        return resting.read(engine.session, journal) is not None
    assert is_read()
    head, _, rest = content.partition(b"\n")
    header = json.loads(head)
    damages = [b"", head, head + b"\n", content[:-1], content[:-1] + bytes([content[-1] ^ 1]), b"[]\n" + rest, b"null\n" + rest, b"{}\n" + rest,
               *(json.dumps({**header, name: value}).encode() + b"\n" + rest
                 for name, value in (("parts", {}), ("parts", 3), ("journal", 1), ("journal", [-1, "x"]), ("sha256", None), ("program", "another")))]
    for damaged in damages:
        kept.write_bytes(damaged)
        assert not is_read(), damaged[:200]
    kept.write_bytes(content)
    journal.write_bytes(journaled.replace(b"/gate/adsr", b"/gate/ardsr"))
    assert not is_read()
    journal.write_bytes(journaled + b"more")
    assert is_read()
    monkeypatch.setattr(resting, "identity", lambda: "that of another program")
    assert not is_read()
    kept.unlink()
    assert not is_read()


def test_what_came_in_ahead_of_the_end_is_there_when_the_session_goes_on(start):
    """Replicas play ahead: a commit and a pattern that they had were not heard yet when the engine ended."""
    engine = start()
    do(engine, *BAND, ("/gate/adsr", 1.0), ("/patch/set", "room", "mix", 0.9), ("/patch/commit",), ("/seq/pattern", "tick", "xxxx", "now"))
    brought = max(line.frame for line in engine.journal())
    engine.advance(200)
    engine.down()
    (engine.session / resting.NAME).unlink()
    journal = journal_path(engine.session)
    *kept, end = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(kept) + json.dumps({**json.loads(end), "frame": brought - 10 * 64}).encode() + b"\n")
    engine.start()
    assert engine.client.ask("/mod/room/mix").args == (pytest.approx(0.9),)
    with engine.take("going-on"):
        engine.advance(600)
