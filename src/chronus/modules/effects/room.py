"""A small room around each sound: short and dense, for drums, plucks and chords of which every voice is to have a room of its own.

Four all-pass delays (Schroeder, 1962), then a feedback delay network of eight lines a side (`dsp.reverb`), 14 to 41 ms long at `size` 1. `decay` is how
long lows and mids take to fall by 60 dB, `damping` how many times as fast the highs. `modulation` turns the network slowly, so that nothing
rings. Each side hears itself alone. When `size` is turned, the lines that were and those that will be cross over in 30 ms.

Unlike `plate` and `hall` it may be played by voices, each of which has a room of its own then: sixteen take as long as four plates.
"""
from chronus.dsp.crossing import behind, crossed, crossing, differ
from chronus.dsp.declare import frame_seconds, inlet, line, milliseconds, module, phase, promise, ratio, seed, side, state
from chronus.dsp.lanes import any_lane, bits, fma, maximum, minimum, past, seldom, select, to_phase, to_whole, turns
from chronus.dsp.math import swing_of_turns
from chronus.dsp.reverb import BEGINS, ODD, darkening, held, on_the_way, spread_over_eight

PACE = 128                              # frames between two looks at where the rotation goes
LENGTHS = (14.3, 18.7, 21.1, 24.9, 28.3, 32.3, 36.1, 40.7)               # ms at `size` 1, on the left less, on the right more


def smeared(room, x, ms, side, per_ms):
    """Through an all-pass delay: what is heard of it, and what is written."""
    late = past(room, to_whole(ms * (1.0 + 0.04 * side) * per_ms))
    into = fma(-0.6, late, x)
    return fma(0.6, into, late), into


def swung(angle, reach, side):
    """Where the rotation of a side is, as `turned` takes it: it swings, for what turns back at once is heard."""
    return (0.51763809 + reach * swing_of_turns(turns(angle))) * side


def trip(i, size, side, per_ms):
    """How many frames a line is long."""
    return to_whole(LENGTHS[i] * (1.0 + 0.017 * side) * size * per_ms)


def back(room, i, here, there, left, side, per_ms):
    """What comes out of a line."""
    came = past(room, trip(i, here, side, per_ms))
    if seldom(left > 0.0):
        came = held(crossed(left, came, past(room, trip(i, there, side, per_ms))))
    return came


@module(kind="effects", bypass="audio", lanes=2, countdown="pause",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("falls_by_band", low=700.0, mid=700.0, high=350.0, within=0.1),
                  promise("falls_by_band", low=400.0, mid=400.0, high=400.0, within=0.1, decay=400.0, damping=1.0),
                  promise("falls_by_band", low=2_100.0, mid=2_100.0, high=700.0, within=0.1, decay=2_100.0, damping=3.0),
                  promise("falls_by_band", low=1_000.0, mid=1_000.0, high=500.0, within=0.1, decay=1_000.0, size=1.0),
                  promise("falls_by_band", low=500.0, mid=500.0, high=250.0, within=0.1, decay=500.0, size=0.0),
                  promise("echoes_fill", ms=50.0), promise("echoes_fill", ms=79.0, size=1.0, damping=1.0, decay=3_000.0),
                  promise("no_modes", within=1.6, decay=4_000.0), promise("no_modes", within=2.1, decay=4_000.0, size=0.0),
                  promise("apart", below=0.03), promise("never_above", peak=2.0), promise("no_click", moved="size", ramp_ms=5.0, below_db=-80.0),
                  promise("never_above", peak=2.5, swept=("size", "decay", "damping", "modulation"))))
def room(audio=inlet(), size=ratio(0.5), decay=milliseconds(700.0, low=400.0, high=5_000.0), damping=ratio(2.0, low=1.0, high=3.0),
         modulation=ratio(1.0), mix=ratio(0.3), frame=frame_seconds(), side=side(), seed=seed(),
         first=line(seconds=0.0054, steady=True), second=line(seconds=0.0035, steady=True),
         third=line(seconds=0.0094, steady=True), fourth=line(seconds=0.0098, steady=True),
         line0=line(seconds=0.0147, steady=True), line1=line(seconds=0.0192, steady=True), line2=line(seconds=0.0216, steady=True),
         line3=line(seconds=0.0255, steady=True), line4=line(seconds=0.0289, steady=True), line5=line(seconds=0.033, steady=True),
         line6=line(seconds=0.0369, steady=True), line7=line(seconds=0.0416, steady=True),
         highs0=state(), highs1=state(), highs2=state(), highs3=state(), highs4=state(), highs5=state(), highs6=state(), highs7=state(),
         cosine=state(), sine=state(), pause=phase(), gain0=state(settles=True), gain1=state(settles=True), gain2=state(settles=True),
         gain3=state(settles=True), gain4=state(settles=True), gain5=state(settles=True), gain6=state(settles=True), gain7=state(settles=True),
         pole0=state(settles=True), pole1=state(settles=True), pole2=state(settles=True), pole3=state(settles=True), pole4=state(settles=True),
         pole5=state(settles=True), pole6=state(settles=True), pole7=state(settles=True), angle=phase(settles=True), knobs=phase(settles=True),
         reach=state(settles=True), here=state(settles=True), there=state(settles=True), left=state(settles=True), more_cosine=state(settles=True),
         more_sine=state(settles=True)):
    per_ms = 0.001 / frame
    seen = ((bits(size) * ODD + bits(decay)) * ODD + bits(damping)) * ODD + bits(modulation)
    if seldom(differ(seen, knobs) | (pause < 1)):
        begins, due = here <= 0.0, pause + behind(left)
        moves = differ(seen, knobs) | (left > 0.0) | begins
        here, there, left = crossing(here, there, left, 0.35 + 0.65 * minimum(maximum(size, 0.0), 1.0), frame)
        left = select(begins, BEGINS, left)
        if any_lane(moves):
            between = crossed(left, here, there)                # so that nothing jumps when they are there
            reach = 1.48 * minimum(maximum(modulation, 0.0), 1.0)
            lasts, damps = minimum(maximum(decay, 400.0), 5_000.0), minimum(maximum(damping, 1.0), 3.0)
            gain0, pole0 = darkening(LENGTHS[0] * between, lasts, damps, frame)
            gain1, pole1 = darkening(LENGTHS[1] * between, lasts, damps, frame)
            gain2, pole2 = darkening(LENGTHS[2] * between, lasts, damps, frame)
            gain3, pole3 = darkening(LENGTHS[3] * between, lasts, damps, frame)
            gain4, pole4 = darkening(LENGTHS[4] * between, lasts, damps, frame)
            gain5, pole5 = darkening(LENGTHS[5] * between, lasts, damps, frame)
            gain6, pole6 = darkening(LENGTHS[6] * between, lasts, damps, frame)
            gain7, pole7 = darkening(LENGTHS[7] * between, lasts, damps, frame)
        if any_lane(due < 1):
            later = angle + to_phase((1.7 + 1.2 * seed) * (PACE * frame))
            cosine, sine, more_cosine, more_sine = on_the_way(
                cosine, sine, swung(angle + to_phase(seed), reach, side), swung(later + to_phase(seed), reach, side), PACE)
            angle, due = later, due + PACE
        pause = due - behind(left)

    x, into1 = smeared(first, held(audio), 5.02, side, per_ms)
    x, into2 = smeared(second, x, 3.22, side, per_ms)
    x, into3 = smeared(third, x, 8.88, side, per_ms)
    x, into4 = smeared(fourth, x, 9.28, side, per_ms)
    highs0 = fma(pole0, highs0, gain0 * back(line0, 0, here, there, left, side, per_ms))
    highs1 = fma(pole1, highs1, gain1 * back(line1, 1, here, there, left, side, per_ms))
    highs2 = fma(pole2, highs2, gain2 * back(line2, 2, here, there, left, side, per_ms))
    highs3 = fma(pole3, highs3, gain3 * back(line3, 3, here, there, left, side, per_ms))
    highs4 = fma(pole4, highs4, gain4 * back(line4, 4, here, there, left, side, per_ms))
    highs5 = fma(pole5, highs5, gain5 * back(line5, 5, here, there, left, side, per_ms))
    highs6 = fma(pole6, highs6, gain6 * back(line6, 6, here, there, left, side, per_ms))
    highs7 = fma(pole7, highs7, gain7 * back(line7, 7, here, there, left, side, per_ms))
    wet = minimum(maximum(mix, 0.0), 1.0)
    heard = 0.4 * ((highs0 - highs1) + (highs2 + highs3) + (highs4 - highs5) - (highs6 + highs7)) + 0.2 * x
    a, b, c, d, e, f, g, h = spread_over_eight(highs0, highs1, highs2, highs3, highs4, highs5, highs6, highs7)
    enters = 0.3 * x
    return audio * (1.0 - wet) + heard * wet, (
        into1, into2, into3, into4,
        fma(cosine, a, fma(sine, b, enters)), fma(cosine, b, fma(-sine, a, enters)),
        fma(cosine, c, fma(-sine, d, -enters)), fma(cosine, d, fma(sine, c, enters)),
        fma(cosine, e, fma(sine, f, enters)), fma(cosine, f, fma(-sine, e, -enters)),
        fma(cosine, g, fma(-sine, h, enters)), fma(cosine, h, fma(sine, g, -enters)),
        highs0, highs1, highs2, highs3, highs4, highs5, highs6, highs7, cosine + more_cosine, sine + more_sine, pause - 1,
        gain0, gain1, gain2, gain3, gain4, gain5, gain6, gain7, pole0, pole1, pole2, pole3, pole4, pole5, pole6, pole7,
        angle, seen, reach, here, there, left, more_cosine, more_sine)
