"""F-10: a module that crashes, in both replicas. Bypassed from that block on, with a fade, the same everywhere; the rest untouched."""

import os
import signal
import time

import bad_modules as bad
import numpy as np
import pytest
from bad_modules import heard_of, quarantined
from engine_process import until

from chronus import linux
from chronus.control.journal import entries as journal_lines
from chronus.control.replay import BYPASSED
from chronus.control.session import journal_path
from chronus.replica.bypass import FADE_FRAMES
from chronus.shared import layout as at

CRASHES = {"SIGSEGV": bad.NULL_WRITE, "SIGFPE": bad.DIVIDE, "SIGILL": bad.ILLEGAL, "SIGBUS": bad.BUS}
SOME = (("SIGSEGV", None), ("SIGBUS", "audio"))


@pytest.mark.parametrize("name, bypass", [(name, bypass) for name in CRASHES for bypass in (None, "audio") if bad.ALL or (name, bypass) in SOME])
@bad.once_more
def test_it_is_bypassed_and_the_rest_is_untouched(start, tmp_path, name, bypass):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine, bypass)
    engine.redundant()
    assert engine.ask("/notify", 1).ok
    lost = engine[at.UNDERRUNS]
    with engine.take("crash"):
        engine.advance(100)
        assert engine.ask("/mod/bad/trouble", CRASHES[name]).ok
        block, said = heard_of(engine, "/module/quarantined")[::2]
        assert "'bad'" in said and name in said and "/module/retry bad" in said
        told = quarantined(engine)
        assert name in told["reason"]
        engine.redundant()
        engine.advance(100)
    bad.nothing_lost(engine, lost)
    faults = [fault for fault in engine.client.status()["faults"] if fault["module"] is not None]
    assert [(fault["module"], fault["block"], name in fault["what"]) for fault in faults] == [("bad", told["block"], True)] * len(faults) and faults
    assert engine[at.DISAGREEMENTS] == 0
    played, wanted = bad.heard(engine, engine.takes[-1]), bad.unharmed(engine, engine.takes[-1])
    assert np.array_equal(played[:, 1], wanted[:, 1]) and played[:, 1].any()
    assert bad.step_db(played[:, 0] - wanted[:, 0]) <= -40
    begin = told["block"] * 64 - engine.takes[-1].first
    assert np.array_equal(played[:begin, 0], wanted[:begin, 0]) and played[begin - 4800:begin, 0].any()
    after = played[begin + FADE_FRAMES:, 0]
    assert bad.alike(after, 2 * wanted[begin + FADE_FRAMES:, 0] if bypass else 0.0)


def test_a_retry_brings_it_back_from_rest(start):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    engine.redundant()
    with engine.take("retry"):
        assert engine.ask("/mod/bad/trouble", bad.NULL_WRITE).ok
        quarantined(engine)
        assert engine.ask("/mod/bad/trouble", bad.FINE).ok
        back = engine.ask("/module/retry", "bad")
        assert back.ok
        until(lambda: not engine.client.status()["quarantined"], "it plays again")
        engine.advance(200)
    played, wanted = bad.heard(engine, engine.takes[-1])[:, 0], bad.unharmed(engine, engine.takes[-1])[:, 0]
    ramp = back.frame - engine.takes[-1].first
    assert bad.step_db(played - wanted) <= -40
    assert not bad.alike(played[ramp + FADE_FRAMES:ramp + bad.RAMP_FRAMES], wanted[ramp + FADE_FRAMES:ramp + bad.RAMP_FRAMES])
    assert bad.alike(played[ramp + bad.RAMP_FRAMES:], wanted[ramp + bad.RAMP_FRAMES:]) and played[-4800:].any()


def test_one_that_crashes_at_the_first_block_is_refused_and_not_heard(start):
    engine, refused = bad.refused_at_once(start, bad.NULL_WRITE)
    assert "'bad'" in refused.message and "SIGSEGV" in refused.message
    assert not [fault for fault in engine.client.status()["faults"] if fault["module"] is not None]


@pytest.mark.parametrize("name", CRASHES if bad.ALL else ["SIGFPE"])
def test_one_that_crashes_on_probation_takes_its_patch_back(start, name):
    engine, said = bad.taken_back(start, CRASHES[name])
    assert name in said and "probation" in said
    assert not engine.ask("/mod/bad/trouble", 0.0).ok and engine.ask("/mod/sine/freq", 300.0).ok


def test_it_is_bypassed_while_control_is_dead_and_journaled_when_it_is_back(start):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    engine.redundant()
    with engine.take("without-control"):
        supervisor, head, verdicts = engine.memory.pid("supervisor"), engine[at.LOG_HEAD], engine[at.VERDICT_HEAD]
        engine.client.post("/mod/bad/trouble", bad.NULL_WRITE, tag=time.time() + 0.5)
        until(lambda: engine[at.LOG_HEAD] > head, "the command in the log")
        os.kill(supervisor, signal.SIGSTOP)             # or it would have a new control there before the time of the command
        try:
            old = engine.kill("control")
            until(lambda: not linux.alive(old), "the end of control")
            until(lambda: engine[at.VERDICT_HEAD] > verdicts, "the crash")
            engine.advance(50)
        finally:
            os.kill(supervisor, signal.SIGCONT)
        engine.meet()
        block = quarantined(engine)["block"]
        engine.redundant()
    lines = [line for line in journal_lines(journal_path(engine.session)) if line.command == BYPASSED]
    assert [(line.frame, line.args[:2]) for line in lines] == [(block * 64, ["bad", "crashed (SIGSEGV)"])]
    played, wanted = bad.heard(engine, engine.takes[-1]), bad.unharmed(engine, engine.takes[-1])
    assert np.array_equal(played[:, 1], wanted[:, 1]) and bad.step_db(played[:, 0] - wanted[:, 0]) <= -40


def test_a_session_that_is_taken_up_again_hears_its_next_verdict(start):
    """An engine that begins has reached none, however many there were in the session before."""
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    engine.redundant()
    assert engine.ask("/mod/bad/trouble", bad.NULL_WRITE).ok
    first = quarantined(engine)["block"]
    engine.redundant()
    assert engine.ask("/mod/bad/trouble", bad.FINE).ok and engine.ask("/module/retry", "bad").ok
    engine.advance(1000)
    engine.down()
    engine.start()
    engine.redundant()
    with engine.take("again"):
        assert not engine.client.status()["quarantined"]
        assert engine.ask("/mod/bad/trouble", bad.NULL_WRITE).ok
        second = quarantined(engine)["block"]
        engine.redundant()
        engine.advance(100)
    lines = [line for line in journal_lines(journal_path(engine.session)) if line.command == BYPASSED]
    assert sorted({line.frame // 64 for line in lines}) == [first, second] and engine[at.DISAGREEMENTS] == 0
