"""A session goes on where it ended: the same time line, the same knobs, and recordings of both runs that the journal still gives."""

import time

from engine_process import chronus, end_processes

from chronus import linux
from chronus.control.journal import entries
from chronus.control.replay import END
from chronus.control.session import journal_path
from chronus.shared import layout as at


def test_down_and_up_again_goes_on(start):
    engine = start()
    with engine.take("first-run"):
        engine.play(10)
        assert engine.ask("/mod/sine/freq", 432.0).ok
        assert engine.ask("/gate/adsr", 1.0).ok
        engine.advance(50)
    engine.down()
    end = list(entries(journal_path(engine.session)))[-1]
    assert end.command == END and end.actor == "engine"
    engine.start()
    began = engine[at.PLAYED] * engine[at.H_BLOCK]
    assert end.frame <= began < end.frame + 30 * 48_000, "it does not go on where it ended"
    assert engine.client.ask("/mod/sine/freq").args == (432.0,)
    with engine.take("second-run"):
        engine.advance(20)
        engine.play(10, seed=1)
        engine.replaced("replica 0", engine.kill("replica 0"))
        engine.redundant()
    for take in engine.takes:
        engine.prove(take)
    assert engine.takes[1].first >= end.frame


def test_what_waits_at_the_end_still_waits(start):
    """A command tagged into the future belongs to its frame, and time does not jump there when the session goes on."""
    engine = start()
    engine.play(2)
    reply = engine.ask("/mod/sine/freq", 987.0, tag=time.time() + 60)
    engine.down()
    end = list(entries(journal_path(engine.session)))[-1].frame
    assert reply.ok and reply.frame > end
    engine.start()
    assert engine[at.PLAYED] * engine[at.H_BLOCK] < end + 30 * 48_000, "time has jumped"
    with engine.take("second-run"):
        engine.play(4)


def test_a_burst_just_before_the_end_is_in_the_journal(start):
    """More than one settling takes: what is heard must be in the render."""
    engine = start()
    with engine.take("burst"):
        for number in range(3000):
            engine.client.send("/mod/sine/freq", 100.0 + number / 4)
        assert engine.ask("/sync", 1).ok
    for number in range(3000):
        engine.client.send("/mod/filter/cutoff", 100.0 + number / 4)
    engine.down()
    lines = list(entries(journal_path(engine.session)))
    assert lines[-1].command == END
    heads = [line.args[0] for line in lines if line.command == "/mod/filter/cutoff"]
    assert heads == [100.0 + number / 4 for number in range(len(heads))]
    engine.prove(engine.takes[0])


def test_what_a_panic_forgot_is_forgotten_when_the_session_goes_on(start):
    engine = start()
    assert engine.ask("/gate/adsr", 1.0).ok
    assert engine.ask("/mod/sine/freq", 987.0, tag=time.time() + 0.5).ok
    assert engine.ask("/panic").ok
    engine.advance(600)
    engine.down()
    engine.start()
    with engine.take("second-run"):
        engine.play(8)
    assert engine[at.BAD_ENTRIES] == 0


def test_a_killed_session_does_not_play_the_same_frames_twice(start):
    """Without an end in the journal the session goes on behind all that was recorded."""
    engine = start()
    engine.play(4)
    with engine.take("before-the-kill"):
        engine.advance(2400)
    engine.let_go()
    linux.kill(engine.ready["pid"])
    end_processes(engine.folder)
    engine.start()
    with engine.take("after-the-kill"):
        engine.play(8, seed=1)
    before, after = engine.takes
    assert after.first >= before.first + before.frames
    engine.prove(before)


def test_down_on_the_command_line(start):
    engine = start()
    engine.let_go()
    result = chronus("down", "--osc", f"127.0.0.1:{engine.port}", folder=engine.folder)
    assert result.returncode == 0, result.stderr
    assert engine.supervisors[-1].wait(10) == 0
