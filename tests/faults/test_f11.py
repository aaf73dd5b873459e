"""F-11: a module that never returns, or takes ten times the block, in both replicas. It is bypassed for a moment, tried again, then quarantined."""

import time

import bad_modules as bad
import numpy as np
import pytest
from bad_modules import heard_of, quarantined

from chronus.control.journal import entries as journal_lines
from chronus.control.replay import BYPASSED
from chronus.control.session import journal_path
from chronus.replica.bypass import FADE_FRAMES, REST_FRAMES
from chronus.shared import layout as at

TROUBLES = {"never returns": bad.LOOP, "ten times the block": bad.SLOW}


def bypassed_at(engine) -> list[int]:
    """The blocks of all verdicts in the journal. A busy host may let both replicas into one loop: that is two verdicts about one block."""
    return sorted({line.frame // 64 for line in journal_lines(journal_path(engine.session)) if line.command == BYPASSED})


@pytest.mark.parametrize("trouble", TROUBLES)
@bad.once_more
def test_it_is_bypassed_for_a_moment_tried_again_and_quarantined(start, tmp_path, trouble):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    engine.redundant()
    assert engine.ask("/notify", 1).ok
    lost = engine[at.UNDERRUNS]
    with engine.take("loop"):
        engine.advance(100)
        assert engine.ask("/mod/bad/trouble", TROUBLES[trouble]).ok
        assert "in a moment" in heard_of(engine, "/module/bypassed")[2]
        assert "/module/retry bad" in heard_of(engine, "/module/quarantined")[2]
        assert "took too long" in quarantined(engine)["reason"]
        engine.redundant()
        engine.advance(100)
    bad.nothing_lost(engine, lost)
    first, second = bypassed_at(engine)
    assert (second - first) * 64 >= REST_FRAMES
    assert {fault["module"] for fault in engine.client.status()["faults"] if fault["module"]} == {"bad"}
    played, wanted = bad.heard(engine, engine.takes[-1]), bad.unharmed(engine, engine.takes[-1])
    assert np.array_equal(played[:, 1], wanted[:, 1]) and played[:, 1].any()
    assert bad.step_db(played[:, 0] - wanted[:, 0]) <= -40
    begin, again = first * 64 - engine.takes[-1].first, second * 64 - engine.takes[-1].first
    assert np.array_equal(played[:begin, 0], wanted[:begin, 0])
    tried = range(begin + REST_FRAMES - 64, again + FADE_FRAMES)           # with a long lead its first slow block is still heard
    assert bad.alike(np.delete(played[:, 0], tried)[begin + FADE_FRAMES:], 0.0)
    assert engine[at.DISAGREEMENTS] == 0


def test_one_that_was_too_slow_once_comes_back_by_itself(start):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    engine.redundant()
    assert engine.ask("/notify", 1).ok
    with engine.take("once"):
        assert engine.ask("/mod/bad/trouble", bad.FINE, tag=time.time() + 0.3).ok       # at its frame, before the rest is over
        assert engine.ask("/mod/bad/trouble", bad.LOOP).ok
        heard_of(engine, "/module/bypassed")
        assert heard_of(engine, "/module/returned")[1] == "bad"
        assert not engine.client.status()["quarantined"]
        engine.advance(100)
        engine.redundant()
    first, = bypassed_at(engine)
    played, wanted = bad.heard(engine, engine.takes[-1]), bad.unharmed(engine, engine.takes[-1])
    back = first * 64 + REST_FRAMES + 64 + bad.RAMP_FRAMES - engine.takes[-1].first
    assert np.array_equal(played[:, 1], wanted[:, 1])
    assert bad.step_db(played[:, 0] - wanted[:, 0]) <= -40
    assert bad.alike(played[back:, 0], wanted[back:, 0]) and played[back:, 0].any()


@pytest.mark.parametrize("trouble", TROUBLES if bad.ALL else ["never returns"])
def test_one_that_does_so_at_the_first_block_is_refused(start, trouble):
    bad.refused_at_once(start, TROUBLES[trouble])


@pytest.mark.parametrize("trouble", TROUBLES if bad.ALL else ["never returns"])
def test_one_that_does_so_on_probation_takes_its_patch_back(start, trouble):
    _, said = bad.taken_back(start, TROUBLES[trouble])
    assert "took too long" in said
