"""Delay lines in kernels: voices that all ask for the same moment get one load, with the bits of a load for each."""

import numpy as np
import pytest

from chronus.dsp.declare import inlet, line, module, phase
from chronus.dsp.kernel import COUNTS, reference
from chronus.dsp.lanes import beside, halves, past, past_four, seldom, select, to_whole
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


for _formula in (heard, taps.formula, calm_taps.formula):
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
