"""Delay lines in kernels: voices that all ask for the same moment get one load, and what stands still is asked once, with the bits of a load for each."""

from functools import cache

import numpy as np
import pytest

from chronus.dsp import abreast
from chronus.dsp.declare import Abreast, inlet, lane_number, line, module, phase, ratio, state
from chronus.dsp.kernel import SIGNATURE, kernel_function, reference
from chronus.dsp.kernel_words import COUNTS
from chronus.dsp.lanes import absolute, beside, floor, fma, halves, maximum, neighbour, past, past_all, past_by_four, past_four, past_sides, seldom, select, smeared, smeared_by_four, to_whole, turns
from chronus.dsp.lines import Line
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
                late=line(seconds=0.0071, steady=True), wide=line(seconds=0.0062, steady=True), tape=line(seconds=0.003), rest=phase(), walk=phase(settles=True),
                place=phase(settles=True), sum=state()):
    """Lines of different lengths are asked for the same until it walks on, in the end for more than they have; in one each frame asks for another."""
    if seldom(rest < 1):
        walk = select(rest < 1, walk + 0x9E3779B, walk)
        place = to_whole(1.0 + 400.0 * far * absolute(turns(walk)) + spread * lane)
        rest = select(rest < 1, 1 + to_whole(130.0 * absolute(turns(walk * 7))), rest)
    a, b, c, d = past_four(wide, place - 1)
    sum = 0.5 * sum + past(near, place) - past(late, place + place) + (0.3 * a - 0.2 * b + 0.1 * c - 0.4 * d)
    return sum + 0.25 * past(tape, place + rest), (audio, 0.4 * sum, audio - 0.1 * sum, sum + audio, rest - 1, walk, place, sum)


@module(kind="test", lanes=2, across=True, inside=16, countdown="rest")
def network(audio=inlet(), far=ratio(0.5), spread=ratio(0.0), lane=lane_number(), near=line(seconds=0.004, steady=True), late=line(seconds=0.0071, steady=True),
            both=line(seconds=0.009, steady=True), rest=phase(), walk=phase(settles=True), place=phase(settles=True), sum=state()):
    """Sixteen lanes, of which each asks for another moment, four together, or both; in the end for more than there is, and for what has just been written."""
    if seldom(rest < 1):
        walk = select(rest < 1, walk + 0x9E3779B, walk)
        place = to_whole(1.0 + 400.0 * far * absolute(turns(walk)) + spread * lane)
        rest = select(rest < 1, 1 + to_whole(130.0 * absolute(turns(walk * 7))), rest)
    by_four, twice = to_whole(floor(0.25 * lane)) * 5 + place, to_whole(select(spread > 5.0, 1.0, 0.0))     # asked for one moment, or for two
    near_by, far_off = past(near, place + place), past(near, place + place + twice)
    sum = 0.5 * sum + 0.8 * near_by + 0.2 * far_off - past_by_four(late, by_four) + 0.3 * past(both, place + 3) - 0.2 * past_by_four(both, by_four + 1) + 0.05 * past_sides(near, by_four + 7)
    return sum, (audio, 0.3 * sum, neighbour(audio) - 0.3 * sum, rest - 1, walk, place, sum)


@module(kind="test", lanes=2, across=True, inside=16, countdown="rest")
def smearing(audio=inlet(), far=ratio(0.5), spread=ratio(0.0), lane=lane_number(), one=line(seconds=0.004, steady=True), out=line(seconds=0.009, steady=True),
             two=line(seconds=0.0061, steady=True), other=line(seconds=0.0072, steady=True), rest=phase(), walk=phase(settles=True), place=phase(settles=True),
             sum=state()):
    """All-pass delays, each lane's its own or four together, whose lanes are spread before they are written."""
    if seldom(rest < 1):
        walk = select(rest < 1, walk + 0x9E3779B, walk)
        place = to_whole(1.0 + 400.0 * far * absolute(turns(walk)) + spread * lane)
        rest = select(rest < 1, 1 + to_whole(130.0 * absolute(turns(walk * 7))), rest)
    by_four = to_whole(floor(0.25 * lane)) * 5 + place
    into_one, out_of_one = smeared(one, place + 3, audio + 0.1 * sum)
    into_two, out_of_two = smeared_by_four(two, by_four, 0.5 * sum - audio)
    sum = 0.2 * sum + 0.1 * past(out, place + 5) - 0.1 * past_by_four(other, by_four + 2)
    return sum, (into_one, out_of_one, into_two, out_of_two, rest - 1, walk, place, sum)


def lowered(low, came):
    """A number that follows from itself and from one that trails."""
    return fma(0.6, low, 0.3 * came)


@module(kind="test", countdown="rest", abreast=Abreast(trails=("came",), follows={"low": lowered}))
def echo(audio=inlet(), far=ratio(0.5), spread=ratio(0.0), lane=lane_number(), tape=line(seconds=0.012, steady=True), other=line(seconds=0.009, steady=True),
         rest=phase(), walk=phase(settles=True), place=phase(settles=True), came=state(), low=state()):
    """Frames of which some are played at once where it reads what was written before them, and where the place stands long enough."""
    if seldom(rest < 1):
        walk = select(rest < 1, walk + 0x9E3779B, walk)
        place = to_whole(2.0 + 400.0 * far * absolute(turns(walk)) + spread * lane)
        rest = select(rest < 1, 1 + to_whole(130.0 * absolute(turns(walk * 7))), rest)
    a, b, c, d = past_four(tape, place)
    coming = 0.3 * a - 0.2 * b + 0.4 * c - 0.1 * d + 0.5 * past(other, place + 3)
    return audio + came - low, (audio + 0.3 * low, audio - 0.2 * came, rest - 1, walk, place, coming, lowered(low, came))


@module(kind="test")
def window(audio=inlet(), short=line(seconds=0.0031, reach=40), long=line(seconds=0.005, reach=7), sum=state()):
    """Lines that are asked for what lies nearby, up to the very last."""
    one, two, three = past_all(short, (1, 39, 40))
    sum = 0.5 * sum + one - two + 0.5 * three - past(short, 12) + past(long, 7)
    return sum, (audio, 0.3 * sum, sum)


def startled(recent):
    return recent > 0.5 * 0.97**3


@module(kind="test", roused=startled)
def startling(audio=inlet(), back=line(seconds=0.003, reach=30), recent=state(), kept=state()):
    """What is loud is added up as it comes back, as long as it was loud a while ago."""
    here = past(back, 30)
    recent = maximum(absolute(audio), 0.98 * recent)
    if seldom(recent > 0.5):
        kept = 0.9 * kept + here
    return here + kept, (audio + 0.2 * here, recent, kept)


for _formula in (startled, startling.formula, heard, taps.formula, calm_taps.formula, steady_taps.formula, network.formula, smearing.formula, window.formula, echo.formula, lowered):
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
    assert np.array_equal(found.outlets[0], wanted[0]) and 1.0 < np.abs(wanted[0]).max() < 1e6


@pytest.mark.parametrize("spread", (0.0, 1.0))
@pytest.mark.parametrize("lanes", COUNTS)
def test_what_stands_still_is_asked_once(lanes, spread):
    """Kernels of two shapes, for knobs that may move and for such as stand, in calls of any length; all lanes want the same, or each something else."""
    asked_once(steady_taps, lanes, spread, "open_steady")


@pytest.mark.parametrize("far", (0.9, 0.05))
@pytest.mark.parametrize("spread", (0.0, 1.0, 7.0))
def test_four_frames_of_a_network_are_brought_at_once(spread, far):
    asked_once(network, 2, spread, "four_of_each", far)


@pytest.mark.parametrize("far", (0.9, 0.05))
@pytest.mark.parametrize("spread", (0.0, 1.0, 7.0))
def test_four_frames_are_smeared_at_once(spread, far):
    asked_once(smearing, 2, spread, "open_told_four", far, loudest=0.3)


@cache
def standing_kernel(declaration, lanes):
    """The source of a kernel for knobs that stand, its address, and what keeps it there."""
    function = kernel_function(declaration, lanes, 0b110, 0)
    return function.source, *link(compile_object(function, SIGNATURE))


def asked_once(declaration, lanes, spread, word, far=0.9, loudest=1.0):
    source, address, _alive = standing_kernel(declaration, lanes)
    assert word in source
    rng = np.random.default_rng(lanes)
    audio, far = rng.uniform(-1.0, 1.0, (4 * FRAMES, lanes)).astype(np.float32), np.full(lanes, far, np.float32)
    inputs = [audio, far, np.full(lanes, spread, np.float32)]
    wide = [np.broadcast_to(each, audio.shape) for each in inputs]
    wanted, _ = reference(declaration, wide, harness.given_values(declaration, lanes), harness.reference_states(declaration, lanes), [])
    plain = harness.run(declaration, inputs, chunks=harness.random_chunks(rng, len(audio)))
    found = harness.run(declaration, inputs, chunks=harness.random_chunks(rng, len(audio)), address=address)
    assert loudest < np.abs(wanted[0]).max() < 1e6 and plain.outlets[0].tobytes() == wanted[0].tobytes()
    assert found.bits() == plain.bits()


@pytest.mark.parametrize("spread, far", [(0.0, 0.9), (3.0, 0.9), (0.0, 0.05)])
@pytest.mark.parametrize("lanes", abreast.COUNTS)
def test_frames_of_a_steady_run_are_played_at_once(lanes, spread, far):
    asked_once(echo, lanes, spread, "open_going", far)


@pytest.mark.parametrize("longer", (0, 64))
@pytest.mark.parametrize("lanes", COUNTS)
def test_what_lies_nearby_is_an_address(lanes, longer):
    """From the first frame on, in memory that was used, and where rings end; in calls of any length. A ring longer than its line is carried over piece by piece,
    so each frame stays where it is.
    """
    rng = np.random.default_rng(lanes)
    audio, states = rng.uniform(-1.0, 1.0, (FRAMES, lanes)).astype(np.float32), harness.initial_states(window, lanes)
    assert "open_nearby" in kernel_function(window, lanes).source
    wanted, _ = reference(window, [audio], [], harness.reference_states(window, lanes), [])
    states.lines = [Line(lanes, found.longest, found.longest + longer) for found in states.lines]
    for line_ in states.lines:
        line_.ring[...] = 0.7
    found = harness.run(window, [audio], states, chunks=harness.random_chunks(rng, FRAMES))
    assert found.outlets[0].tobytes() == wanted[0].tobytes() and 1.0 < np.abs(wanted[0]).max() < 1e6
    goes_round = [line_.at == FRAMES % len(line_.ring) for line_ in found.states.lines]
    assert all(goes_round) if longer else not any(goes_round)


@pytest.mark.parametrize("lanes", COUNTS)
def test_what_nothing_has_roused_is_played_four_at_a_time(lanes):
    """A sound that is loud now and then, in calls of any length, of which many begin quietly, and some are quiet to their end."""
    rng = np.random.default_rng(lanes)
    audio = (0.4 * rng.uniform(-1.0, 1.0, (4 * FRAMES, lanes))).astype(np.float32)
    audio[rng.random(audio.shape) < 0.02 / lanes] = 0.9
    wanted, states = reference(startling, [audio], [], harness.reference_states(startling, lanes), [])
    found = harness.run(startling, [audio], chunks=harness.random_chunks(rng, len(audio)))
    assert "calm(" in kernel_function(startling, lanes).source and np.abs(states[2]).max() > 0.1
    assert found.outlets[0].tobytes() == wanted[0].tobytes()


def test_who_may_say_that_nothing_has_roused_it():
    with pytest.raises(TypeError, match="lines all have a reach"):
        module(kind="test", roused=startled)(lambda audio=inlet(), recent=state(): (audio, (recent,)))
    with pytest.raises(TypeError, match="numbers that it keeps"):
        module(kind="test", roused=lambda loud: loud > 0.5)(lambda audio=inlet(), back=line(seconds=0.003, reach=3): (audio, (audio,)))
