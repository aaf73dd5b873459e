"""F-12: a module that emits NaN, infinity or a blast, in both replicas. It never leaves the module; twice, and the module is quarantined."""

import bad_modules as bad
import numpy as np
import pytest
from bad_modules import heard_of, quarantined
from engine_process import until

from chronus.replica.bypass import FADE_FRAMES
from chronus.shared import layout as at

TROUBLES = {"NaN": bad.NAN, "infinity": bad.INFINITE, "1e30": bad.BLAST}
SOME = (("NaN", None), ("1e30", "audio"))


@pytest.mark.parametrize("trouble, bypass", [(trouble, bypass) for trouble in TROUBLES for bypass in (None, "audio") if bad.ALL or (trouble, bypass) in SOME])
@bad.once_more
def test_it_is_quarantined_nobody_hears_it_and_no_process_ends(start, tmp_path, trouble, bypass):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine, bypass)
    engine.redundant()
    assert engine.ask("/notify", 1).ok
    pids, lost = engine.client.status()["processes"], engine[at.UNDERRUNS]
    with engine.take("numbers"):
        engine.advance(100)
        turned = engine.ask("/mod/bad/trouble", TROUBLES[trouble])
        assert turned.ok
        assert "no number, or a blast" in heard_of(engine, "/module/quarantined")[2]
        assert "no number, or a blast" in quarantined(engine)["reason"]
        engine.advance(100)
    bad.nothing_lost(engine, lost)
    assert engine.client.status()["processes"] == pids and engine[at.DISAGREEMENTS] == 0
    played, wanted = bad.heard(engine, engine.takes[-1]), bad.unharmed(engine, engine.takes[-1])
    assert np.isfinite(played).all() and np.array_equal(played[:, 1], wanted[:, 1]) and played[:, 1].any()
    assert bad.step_db(played[:, 0] - wanted[:, 0]) <= -40
    begin = turned.frame - engine.takes[-1].first
    assert np.array_equal(played[:begin, 0], wanted[:begin, 0]) and played[begin - 4800:begin, 0].any()
    after = played[begin + 2 * FADE_FRAMES:, 0]
    assert bad.alike(after, 2 * wanted[begin + 2 * FADE_FRAMES:, 0] if bypass else 0.0)


def test_the_first_time_it_begins_anew_after_the_block(start):
    """200 ms after its state began it puts out NaN: from there it begins anew, and 200 ms later it is quarantined."""
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    assert engine.ask("/notify", 1).ok
    with engine.take("twice"):
        engine.advance(20)
        assert engine.ask("/mod/bad/trouble", bad.LATE + bad.NAN).ok
        first, _, said = heard_of(engine, "/module/bypassed")
        assert "'bad'" in said and "no number, or a blast" in said and "in a moment" in said
        second = heard_of(engine, "/module/quarantined")[0]
        engine.advance(50)
    assert 0 <= second - first - 64 - bad.LATE_FRAMES < 64
    played, wanted = bad.heard(engine, engine.takes[-1])[:, 0], bad.unharmed(engine, engine.takes[-1])[:, 0]
    again = first + 64 - engine.takes[-1].first
    assert bad.step_db(played - wanted) <= -40
    assert not bad.alike(played[again + FADE_FRAMES:again + bad.RAMP_FRAMES], wanted[again + FADE_FRAMES:again + bad.RAMP_FRAMES])
    end = again + bad.LATE_FRAMES
    assert bad.alike(played[again + bad.RAMP_FRAMES:end], wanted[again + bad.RAMP_FRAMES:end]) and played[end - 4800:end].any()


def test_a_retry_brings_it_back(start):
    engine = start(lead=bad.LEAD)
    bad.play_branches(engine)
    with engine.take("retry"):
        assert engine.ask("/mod/bad/trouble", bad.NAN).ok
        quarantined(engine)
        assert engine.ask("/mod/bad/trouble", bad.FINE).ok
        back = engine.ask("/module/retry", "bad")
        assert back.ok
        until(lambda: not engine.client.status()["quarantined"], "it plays again")
        engine.advance(100)
    again = back.frame + bad.RAMP_FRAMES - engine.takes[-1].first
    played, wanted = bad.heard(engine, engine.takes[-1])[:, 0], bad.unharmed(engine, engine.takes[-1])[:, 0]
    assert bad.step_db(played - wanted) <= -40
    assert bad.alike(played[again:], wanted[again:]) and played[again:].any()


@pytest.mark.parametrize("trouble", TROUBLES if bad.ALL else ["infinity"])
def test_one_that_does_so_at_the_first_block_is_refused(start, trouble):
    _, refused = bad.refused_at_once(start, TROUBLES[trouble])
    assert "'bad'" in refused.message and "no number" in refused.message


@pytest.mark.parametrize("trouble", TROUBLES if bad.ALL else ["infinity"])
def test_one_that_does_so_on_probation_takes_its_patch_back(start, trouble):
    engine, said = bad.taken_back(start, TROUBLES[trouble])
    assert "no number, or a blast" in said
    assert np.isfinite(bad.heard(engine, engine.takes[-1])).all()


def test_knobs_are_told_as_they_stood_before_a_commit_that_was_taken_back(start):
    """The commit turns a knob and brings a module that goes bad when it has played for 200 ms."""
    engine = start()
    bad.install(engine, "bad")
    assert engine.ask("/mod/filter/cutoff", 444.0).ok and engine.ask("/notify", 1).ok
    bad.stage(engine, ("/patch/create", "bad", "bad"), ("/patch/set", "bad", "trouble", float(bad.LATE + bad.NAN)), ("/patch/connect", "filter", "bad"),
              ("/patch/connect", "bad", "out", 0.1), ("/patch/set", "filter", "cutoff", 999.0))
    bad.commit(engine)
    assert engine.ask("/mod/filter/cutoff").args == (999.0,)
    until(lambda: engine.client.status()["patch"]["modules"].get("bad") is None, "the commit is taken back")
    assert engine.ask("/mod/filter/cutoff").args == (444.0,)
