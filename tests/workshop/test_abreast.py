"""Some frames at once give the bits of one after the other, whatever is guessed of a module; and where the guess is right, they are played at once."""

import os
from dataclasses import replace

import numpy as np
import pytest

from chronus.dsp import kernel
from chronus.dsp.abreast import COUNTS, WIDE, Attempt, frames
from chronus.dsp.declare import Abreast, Param, inlet, line, module, phase, ratio, state
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, past_four, seldom, select, to_phase, to_whole, turns
from chronus.modules.registry import builtin
from chronus.native.build import build
from chronus.workshop import faster, harness

AT_ONCE = sorted(name for name, found in builtin().items() if found.abreast and found.states)


def standing(declaration) -> int:
    return sum(1 << j for j, port in enumerate(declaration.inputs) if isinstance(port, Param))


def address(declaration, lanes: int) -> int:
    return build(kernel.kernel_function.__wrapped__(declaration, lanes, standing(declaration)), kernel.SIGNATURE)


def test_there_are_some():
    assert {"sine", "chorus", "flanger", "fold", "tremolo", "auto_pan", "ring_modulator"} <= set(AT_ONCE)
    assert builtin()["gain"].abreast and not builtin()["saw"].abreast and not builtin()["noise"].abreast


@pytest.mark.parametrize("name", AT_ONCE)
def test_they_are_played_at_once(name, monkeypatch):
    declaration, play = builtin()[name], Attempt.play
    monkeypatch.setattr(Attempt, "play", lambda attempt, frame: play(attempt, ["return"]))           # nobody plays a frame alone
    alone = address(declaration, 2)
    inputs = harness.ordinary(declaration, 512, 2)
    inputs = [np.full(2, port.default, np.float32) if isinstance(port, Param) else signal for port, signal in zip(declaration.inputs, inputs)]
    before = harness.run(declaration, [np.concatenate([signal] * 2)[:320] if signal.ndim == 2 else signal for signal in inputs], frames=320)
    wanted, found = (harness.run(declaration, [s[:8 * frames(2)] if s.ndim == 2 else s for s in inputs], before.states, address=each, frames=8 * frames(2))
                     for each in (None, alone))
    assert wanted.bits() == found.bits() and np.abs(wanted.outlets[0]).max() > 0.1


def guessed(declaration, lanes: int) -> None:
    """Raises Difference where a kernel that guesses gives other bits."""
    faster.prove_standing(declaration, lanes, standing(declaration), 0, address(declaration, lanes))


@module(kind="test", abreast=Abreast(trails=("slow",)))
def leak(audio=inlet(), pace=ratio(0.1), slow=state(), far=state(), angle=phase(), noise=phase()):
    """What follows from itself is said to trail, what moves to stand, and what jumps to go on evenly."""
    slow, noise = fma(pace, audio - slow, slow), noise * 1664525 + 1013904223
    return slow + far + turns(noise), (slow, 0.5 * far + audio, select(turns(angle) > 0.2, 0, angle + to_phase(pace)), noise)


@module(kind="test", abreast=Abreast(trails=("place",)))
def nearly(audio=inlet(), time=ratio(30.0, low=2.0, high=200.0), depth=ratio(8.0, high=100.0), tape=line(seconds=0.008), place=state(), angle=phase()):
    """A delay that swings down to what these very frames write, and beyond the ring."""
    one, two, three, four = past_four(tape, to_whole(place + 2.0))
    swing = turns(angle)
    if any_lane(swing > 0.3):
        swing = select(swing > 0.3, 0.3, swing)
    return one + 2.0 * two - three + 0.5 * four, (audio + 0.3 * two, time + depth * swing, angle + to_phase(0.001 * time))


@module(kind="test", abreast=Abreast(trails=("slow",)))
def creeping(audio=inlet(), aim=ratio(0.5), place=state(settles=True), slow=state()):
    """What creeps to where a knob is; nothing is done when it is there."""
    if seldom(place != aim):
        place = place + minimum(maximum(aim - place, -0.004), 0.004)
    return audio * place + slow, (place, audio * place)


for _declaration in (leak, nearly, creeping):
    _declaration.formula.__module__ = "chronus.abreast"              # what kernels may call


@pytest.mark.parametrize("declaration", [leak, nearly, creeping], ids=lambda found: found.id)
@pytest.mark.parametrize("lanes", COUNTS)
def test_whatever_is_guessed(declaration, lanes):
    guessed(declaration, lanes)


@pytest.mark.parametrize("time, depth", [(120.0, 0.0), (60.0, 40.0), (34.0, 3.0)])
def test_a_place_that_stands_that_moves_and_that_comes_near(time, depth):
    settled = replace(nearly, params=tuple(replace(p, default=time if p.name == "time" else depth) for p in nearly.params))
    inputs = [harness.ordinary(nearly, 2_000, 2)[0], np.full(2, time, np.float32), np.full(2, depth, np.float32)]
    chunks = harness.random_chunks(np.random.default_rng(3), 2_000)
    wanted, found = (harness.run(settled, inputs, chunks=chunks, address=each) for each in (None, address(settled, 2)))
    assert wanted.bits() == found.bits()


def test_a_young_line_in_used_memory():
    states = harness.initial_states(nearly, 2)
    states.lines[0].ring[...] = 0.7
    states.lines[0].at = 200
    inputs = [harness.ordinary(nearly, 1_000, 2)[0], np.full(2, 150.0, np.float32), np.zeros(2, np.float32)]
    wanted, found = (harness.run(nearly, inputs, states, address=each) for each in (None, address(nearly, 2)))
    assert wanted.bits() == found.bits()


def test_what_is_plugged_in_may_stand_still():
    fold = builtin()["fold"]
    inputs = [np.full(2, value, np.float32) for value in (0.3, 2.0, 0.0)]
    wanted, found = (harness.run(fold, inputs, address=each, frames=200) for each in (None, address(fold, 2)))
    assert wanted.bits() == found.bits()


SOME = sorted(name for name, found in builtin().items() if found.abreast)
SOME = SOME if os.environ.get("CHRONUS_ALL") else SOME[::6]


@pytest.mark.parametrize("name", SOME)
def test_each_has_its_bits_in_one_lane_and_two(name):
    for lanes in (2,) if builtin()[name].lanes else (1, 2):
        guessed(builtin()[name], lanes)


def test_what_contradicts_itself():
    def formula(audio=inlet(), slow=state()):
        return audio, (slow,)
    formula.__globals__["__doc__"] = __doc__
    with pytest.raises(TypeError, match="no number that it keeps"):
        module(kind="test", abreast=Abreast(trails=("fast",)))(formula)
    with pytest.raises(TypeError, match="no number that it keeps"):
        module(kind="test", abreast=Abreast(follows={"slow": lambda slow, fast: slow}))(formula)
    with pytest.raises(TypeError, match="hear each other"):
        module(kind="test", across=True, abreast=Abreast())(formula)


def test_what_anything_can_be_plugged_into_is_played_frame_by_frame():
    assert "load_frames" not in kernel.kernel_function(builtin()["logic"], 1).source and "load_frames" not in kernel.kernel_function(builtin()["sine"], 1).source
    assert "load_frames" in kernel.kernel_function(builtin()["logic"], 1, 1).source


def test_it_is_no_wider_than_a_block():
    assert COUNTS == [1, 2, 4] and frames(1) == WIDE <= 64
