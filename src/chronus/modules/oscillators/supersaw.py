"""Seven saws in one, slightly apart: the wide, shimmering wall of trance leads and pads.

One saw in the middle and six around it, as far apart and as loud as in the JP-8000, by the curves that Szabo measured ("How to Emulate the
Super Saw", 2010); but it has no aliases, and 0 of `detune` is exact unison. The jumps of all seven ring as those of `saw` do (`dsp.edges`),
and since a filter adds up what goes into it, one ringing serves them all. How fast each goes is computed anew only when a knob has moved.
The phases run free; each module, each voice and each side of a stereo pair begins elsewhere. It is as loud as one saw whatever the `mix`.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, seed, state
from chronus.dsp.edges import LATE, LEFT, moment, rung, since, struck
from chronus.dsp.lanes import any_lane, maximum, minimum, square_root, to_phase, turns

HALF = -2**31                             # half a turn, where the jumps are

LOWEST, LOWER, LOW, HIGH, HIGHER, HIGHEST = -0.11002313, -0.06288439, -0.01952356, 0.01991221, 0.06216538, 0.10745242
PARTS = (1.0, 1.0 + LOWEST, 1.0 + LOWER, 1.0 + LOW, 1.0 + HIGH, 1.0 + HIGHER, 1.0 + HIGHEST)


def jumped(angle, way):
    """Where a saw went `way` in the last frame and through its jump."""
    past = angle - HALF
    return (past >= 0) & (past < way)


def joined(jumps, angle, step, bend, moves, height, now1, next1, now2, next2, now3, next3):
    """The ringing with that of one saw's jumps in it."""
    if any_lane(jumps):                                  # one frame in fourteen at 220 Hz, for sixteen lanes
        past = turns(angle - HALF)
        u = since(past, step, bend) if moves else moment(past * (1.0 / step))
        now1, next1, now2, next2, now3, next3 = struck(jumps, height, u, now1, next1, now2, next2, now3, next3)
    return now1, next1, now2, next2, now3, next3


def spread(x):
    """How far apart, from 0 to 1, at a detune of `x`: Szabo's curve without what it has at 0, within 0.01."""
    fourth = (x * x) * (x * x)
    sixteenth = (fourth * fourth) * (fourth * fourth)
    return 0.1465 * x + 0.4424 * fourth + sixteenth * (0.973 * sixteenth - 0.5619)


@module(kind="oscillators", version=3,
        promises=(promise("pitch", freq=440.0, within_cents=0.1, mix=0.0),
                  promise("aliasing", freq=4186.0, detune=0.0, mix=0.0, worst_db=-88.0, summed_db=-82.0),
                  promise("aliasing", freq=1244.5, detune=0.0, mix=0.0, swing=0.5, worst_db=-91.0, summed_db=-81.0),
                  promise("swarm", freq=1244.5, parts=PARTS, detune=1.0, mix=1.0, worst_db=-94.0),
                  promise("swarm", freq=4186.0, parts=PARTS, detune=1.0, mix=1.0, worst_db=-84.0),
                  promise("loudness", rms=0.5773, within_db=0.2, freq=220.0, mix=0.0, detune=0.5, gain=1.0),
                  promise("loudness", rms=0.5773, within_db=0.2, freq=220.0, mix=1.0, detune=0.5, gain=1.0)))
def supersaw(freq=hertz(220.0, low=0.0, high=20_000.0), detune=ratio(0.4), mix=ratio(0.7), gain=ratio(0.5, low=0.0, high=16.0),
             frame=frame_seconds(), seed=seed(), a0=phase(), a1=phase(), a2=phase(), a3=phase(), a4=phase(), a5=phase(), a6=phase(),
             w0=phase(settles=True), w1=phase(settles=True), w2=phase(settles=True), w3=phase(settles=True), w4=phase(settles=True),
             w5=phase(settles=True), w6=phase(settles=True), s0=state(settles=True), s1=state(settles=True), s2=state(settles=True),
             s3=state(settles=True), s4=state(settles=True), s5=state(settles=True), s6=state(settles=True),
             known=state(settles=True), width=state(settles=True), earlier=state(settles=True),
             now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    x = minimum(maximum(mix, 0.0), 1.0)
    middle, around = 0.99785 - 0.55366 * x, 0.044372 + x * (1.2841 - 0.73764 * x)
    louder = 2.0 / square_root(middle * middle + 6.0 * (around * around))
    middle, around = louder * middle, louder * around

    apart = to_phase(seed)                               # times odd numbers: a place of its own for each of the seven
    t0, t1, t2, t3 = a0 + apart, a1 + apart * 1640531527, a2 + apart * 1013904223, a3 + apart * 747796405
    t4, t5, t6 = a4 + apart * 1597334677, a5 + apart * 1103515245, a6 + apart * 1812433253
    j0, j1, j2, j3, j4, j5, j6 = jumped(t0, w0), jumped(t1, w1), jumped(t2, w2), jumped(t3, w3), jumped(t4, w4), jumped(t5, w5), jumped(t6, w6)
    p0, p1, p2, p3, p4, p5, p6, last = s0, s1, s2, s3, s4, s5, s6, earlier
    slide = 0.0 * s0                                     # what the filter makes of a pace that changes, as in `saw`; the others change as the middle one
    moves = any_lane((freq != known) | (detune != width) | (s0 != earlier))
    if moves:
        known, width, last = freq + 0.0, detune + 0.0, s0              # with 0 added, what is denormal is 0
        p0 = minimum(maximum(freq * frame, 0.0), 0.45)
        wide = p0 * spread(minimum(maximum(detune, 0.0), 1.0))
        p1, p2, p3, p4, p5, p6 = p0 + LOWEST * wide, p0 + LOWER * wide, p0 + LOW * wide, p0 + HIGH * wide, p0 + HIGHER * wide, p0 + HIGHEST * wide
        slide = 0.5 * (p0 - s0) - 0.166666667 * (p0 - 2.0 * s0 + earlier) - (LEFT / LATE) * (p0 - s0)
        w0, w1, w2, w3, w4, w5, w6 = to_phase(p0), to_phase(p1), to_phase(p2), to_phase(p3), to_phase(p4), to_phase(p5), to_phase(p6)

    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    if any_lane((j0 | j1) | (j2 | j3) | (j4 | j5) | j6):
        bend = 0.25 * (p0 - earlier)                     # that of the middle one; those of the others are within a tenth of it
        now1, next1, now2, next2, now3, next3 = joined(j0, t0, s0, bend, moves, -middle, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j1, t1, s1, bend, moves, -around, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j2, t2, s2, bend, moves, -around, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j3, t3, s3, bend, moves, -around, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j4, t4, s4, bend, moves, -around, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j5, t5, s5, bend, moves, -around, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = joined(j6, t6, s6, bend, moves, -around, now1, next1, now2, next2, now3, next3)
    turned, paces = (turns(t1) + turns(t2)) + (turns(t3) + turns(t4)) + (turns(t5) + turns(t6)), (s1 + s2) + (s3 + s4) + (s5 + s6)
    smooth = middle * (turns(t0) - LATE * (s0 + slide)) + around * (turned - LATE * (paces + 6.0 * slide))
    wave = smooth + (now1 + now2 + now3)
    return wave * gain, (a0 + w0, a1 + w1, a2 + w2, a3 + w3, a4 + w4, a5 + w5, a6 + w6, w0, w1, w2, w3, w4, w5, w6,
                         p0, p1, p2, p3, p4, p5, p6, known, width, last, now1, next1, now2, next2, now3, next3)
