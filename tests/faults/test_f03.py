"""F-03: `kill -9` of control. Sound goes on, commands work again, and no acknowledged command is lost or moved by a frame."""

import os
import signal

from engine_process import until

from chronus import linux
from chronus.control.session import journal_path
from chronus.shared import layout as at


def test_sound_goes_on_and_commands_work_again(engine):
    with engine.take("control-killed"):
        for round_ in range(3):
            engine.play(10, seed=round_)
            old, restarts = engine.kill("control"), [engine.memory.pid(role) for role in ("device", "replica 0", "replica 1")]
            engine.advance(50)
            engine.play(10, seed=round_ + 10)
            engine.replaced("control", old)
            assert [engine.memory.pid(role) for role in ("device", "replica 0", "replica 1")] == restarts


def test_it_may_die_amid_a_burst(engine):
    """What was sent and not acknowledged may be lost; what was acknowledged may not."""
    with engine.take("control-killed-in-a-burst"):
        for round_ in range(3):
            tickets = [engine.client.post("/mod/sine/freq", 100.0 + i + 0.25 * round_) for i in range(2_000)]
            until(lambda: engine.client.poll(0.01) and tickets[200].reply, "the first answers")
            old = engine.kill("control")
            engine.replaced("control", old)
            while engine.client.poll(0.2):
                pass
            engine.acked += [(t.reply.frame, t.address, [100.0 + i + 0.25 * round_]) for i, t in enumerate(tickets) if t.reply]
            engine.meet()
            assert engine.ask("/sync", round_).ok


def test_the_door_stays_open_while_nobody_is_behind_it(engine):
    """What arrives while control is away waits in the socket."""
    until(lambda: engine.memory.alive("control"), "a control")
    supervisor = engine.memory.pid("supervisor")
    os.kill(supervisor, signal.SIGSTOP)
    try:
        old = engine.kill("control")
        until(lambda: not linux.alive(old), "the end of control")
        assert linux.port_holder(engine.port)
        for i in range(10):
            engine.client.send("/mod/sine/freq", 1234.0 + i)
    finally:
        os.kill(supervisor, signal.SIGCONT)
    engine.meet()
    assert engine.ask("/sync", 1).ok
    heard = [line.args[0] for line in engine.journal() if line.command == "/mod/sine/freq"]
    assert heard[-10:] == [1234.0 + i for i in range(10)]


def test_what_it_had_decided_but_not_written_is_written_at_the_same_frame(engine):
    """Killed between looking at the log and writing the journal, DECIDED still at the first block that is not written."""
    with engine.take("control-killed-before-it-wrote"):
        engine.play(20)
        engine.advance(200)
        supervisor, path = engine.memory.pid("supervisor"), journal_path(engine.session)
        os.kill(supervisor, signal.SIGSTOP)
        try:
            old = engine.kill("control")
            until(lambda: not linux.alive(old), "the end of control")
            lines = path.read_bytes().splitlines(keepends=True)
            os.truncate(path, sum(map(len, lines[:-10])))
            engine.memory[at.DECIDED] = engine.journal()[-1].frame // engine[at.H_BLOCK]
        finally:
            os.kill(supervisor, signal.SIGCONT)
        engine.replaced("control", old)
        assert engine.ask("/mod/sine/freq", 777.0).ok
        assert path.read_bytes().splitlines(keepends=True)[:len(lines)] == lines
    assert engine[at.BAD_ENTRIES] == 0
