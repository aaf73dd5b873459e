"""Delay lines in kernels: voices that all ask for the same moment get one load, and what stands still is asked once, with the bits of a load for each."""

import numpy as np
import pytest

from chronus.dsp.declare import inlet, lane_number, line, module, phase, ratio, state
from chronus.dsp.kernel import COUNTS, SIGNATURE, kernel_function, reference
from chronus.dsp.lanes import absolute, beside, halves, past, past_four, seldom, select, to_whole, turns
from chronus.native.build import compile_object, link
from chronus.workshop import harness

FRAMES = 1_500


def heard(tape, near, far):
    """What each way of asking finds."""
    a, b, c, d = past_four(tape, to_whole(near))
    one, other = halves(past(tape, to_whole(beside(near, far))))
    whole = past_four(tape, to_whole(beside(far, near)))
    early, late = halves(whole[0] + 2.0 * whole[1] - whole[2] + 0.5 * whole[3])
    return past(tape, to_whole(near)) + 0.5 * a - b + 0.25 * c + 2.0 * d + (one - 3.0 * other) + (early + 0.75 * late)


@module(kind="test")
def taps(audio=inlet(), near=inlet(), far=inlet(), tape=line(seconds=0.004)):
    """It may be asked for what is not there."""
    return heard(tape, near, far), (audio,)


@module(kind="test", countdown="rest")
def calm_taps(audio=inlet(), near=inlet(), far=inlet(), tape=line(seconds=0.004), rest=phase()):
    """The same, in frames in which nothing seldom is done."""
    if seldom(rest < 1):
        rest = select(rest < 1, 100, rest)
    return heard(tape, near, far), (audio, rest - 1)


@module(kind="test", countdown="rest")
def steady_taps(audio=inlet(), far=ratio(0.5), spread=ratio(0.0), lane=lane_number(), near=line(seconds=0.004, steady=True),
                late=line(seconds=0.0071, steady=True), tape=line(seconds=0.003), rest=phase(), walk=phase(), place=phase(), sum=state()):
    """Two lines of different lengths are asked for the same until it walks on, in the end for more than they have; in a third each frame asks for another."""
    if seldom(rest < 1):
        walk = select(rest < 1, walk + 0x9E3779B, walk)
        place = to_whole(1.0 + 400.0 * far * absolute(turns(walk)) + spread * lane)
        rest = select(rest < 1, 1 + to_whole(130.0 * absolute(turns(walk * 7))), rest)
    sum = 0.5 * sum + past(near, place) - past(late, place + place)
    return sum + 0.25 * past(tape, place + rest), (audio, sum, sum + audio, rest - 1, walk, place, sum)


for _formula in (heard, taps.formula, calm_taps.formula, steady_taps.formula):
    _formula.__module__ = "chronus.taps"                # what kernels may call


@pytest.mark.parametrize("declaration", [taps, calm_taps], ids=lambda found: found.id)
@pytest.mark.parametrize("lanes", COUNTS)
def test_one_for_all_and_each_for_itself(declaration, lanes):
    """Moments that are the same in all lanes for some frames and not for others, too early and too late ones among them, from the first frame on."""
    rng = np.random.default_rng(lanes)
    audio = rng.uniform(-1.0, 1.0, (FRAMES, lanes)).astype(np.float32)
    moments = []
    for _ in range(2):
        each, alike = rng.integers(-3, 260, (FRAMES, lanes)), np.repeat(rng.random(FRAMES // 5) < 0.6, 5)
        each[alike] = np.repeat(rng.integers(-3, 260, FRAMES // 10), 10)[alike, None]
        moments.append(each.astype(np.float32))
    wanted, _ = reference(declaration, [audio, *moments], [], harness.reference_states(declaration, lanes), [])
    found = harness.run(declaration, [audio, *moments], chunks=harness.random_chunks(rng, FRAMES))
    assert np.array_equal(found.outlets[0], wanted[0]) and np.abs(wanted[0]).max() > 1.0


@pytest.mark.parametrize("spread", (0.0, 1.0))
@pytest.mark.parametrize("lanes", COUNTS)
def test_what_stands_still_is_asked_once(lanes, spread):
    """Kernels of two shapes, for knobs that may move and for such as stand, in calls of any length; all lanes want the same, or each something else."""
    function = kernel_function(steady_taps, lanes, 0b110, 0)
    assert "open_steady" in function.source
    rng = np.random.default_rng(lanes)
    audio, far = rng.uniform(-1.0, 1.0, (4 * FRAMES, lanes)).astype(np.float32), np.full(lanes, 0.9, np.float32)
    inputs = [audio, far, np.full(lanes, spread, np.float32)]
    wide = [np.broadcast_to(each, audio.shape) for each in inputs]
    wanted, _ = reference(steady_taps, wide, harness.given_values(steady_taps, lanes), harness.reference_states(steady_taps, lanes), [])
    plain = harness.run(steady_taps, inputs, chunks=harness.random_chunks(rng, len(audio)))
    address, _alive = link(compile_object(function, SIGNATURE))
    found = harness.run(steady_taps, inputs, chunks=harness.random_chunks(rng, len(audio)), address=address)
    assert np.abs(wanted[0]).max() > 1.0 and plain.outlets[0].tobytes() == wanted[0].tobytes()
    assert found.bits() == plain.bits()
