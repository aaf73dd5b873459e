"""Seven saws in one, slightly apart: the wide, shimmering wall of trance leads and pads.

One saw in the middle and six around it, as far apart and as loud as in the JP-8000, by the curves that Szabo measured ("How to Emulate the
Super Saw", 2010); but it has no aliases, and 0 of `detune` is exact unison. The jumps of all seven ring as those of `saw` do (`dsp.edges`),
and since a filter adds up what goes into it, one ringing serves them all.
The phases run free; each module, each voice and each side of a stereo pair begins elsewhere. It is as loud as one saw whatever the `mix`.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, seed, state
from chronus.dsp.edges import LATE, powers, rung, since, stepped
from chronus.dsp.lanes import any_lane, maximum, minimum, select, square_root, to_phase, turns

LOWEST, LOWER, LOW, HIGH, HIGHER, HIGHEST = -0.11002313, -0.06288439, -0.01952356, 0.01991221, 0.06216538, 0.10745242
PARTS = (1.0, 1.0 + LOWEST, 1.0 + LOWER, 1.0 + LOW, 1.0 + HIGH, 1.0 + HIGHER, 1.0 + HIGHEST)


def drawn(angle, step, bend, height, m0, m1, m2, m3, m4, m5):
    """A saw as it would be drawn, in turns, and the powers of all jumps so far, with its own, if it jumped in the last frame."""
    turn = turns(angle)
    past = turn + 0.5
    jumps = past < step
    if any_lane(jumps):                                  # one frame in fourteen at 220 Hz, for sixteen lanes
        a0, a1, a2, a3, a4, a5 = powers(select(jumps, height, 0.0), since(past, step, bend))
        m0, m1, m2, m3, m4, m5 = m0 + a0, m1 + a1, m2 + a2, m3 + a3, m4 + a4, m5 + a5
    return turn, m0, m1, m2, m3, m4, m5


def spread(x):
    """How far apart, from 0 to 1, at a detune of `x`: Szabo's curve without what it has at 0, within 0.01."""
    fourth = (x * x) * (x * x)
    sixteenth = (fourth * fourth) * (fourth * fourth)
    return 0.1465 * x + 0.4424 * fourth + sixteenth * (0.973 * sixteenth - 0.5619)


@module(kind="oscillators",
        promises=(promise("pitch", freq=440.0, within_cents=0.1, mix=0.0),
                  promise("aliasing", freq=4186.0, detune=0.0, mix=0.0, worst_db=-88.0, summed_db=-82.0),
                  promise("aliasing", freq=1244.5, detune=0.0, mix=0.0, swing=0.5, worst_db=-91.0, summed_db=-81.0),
                  promise("swarm", freq=1244.5, parts=PARTS, detune=1.0, mix=1.0, worst_db=-94.0),
                  promise("swarm", freq=4186.0, parts=PARTS, detune=1.0, mix=1.0, worst_db=-84.0),
                  promise("loudness", rms=0.5773, within_db=0.2, freq=220.0, mix=0.0, detune=0.5, gain=1.0),
                  promise("loudness", rms=0.5773, within_db=0.2, freq=220.0, mix=1.0, detune=0.5, gain=1.0)))
def supersaw(freq=hertz(220.0, low=0.0, high=20_000.0), detune=ratio(0.4), mix=ratio(0.7), gain=ratio(0.5, low=0.0, high=16.0),
             frame=frame_seconds(), seed=seed(), a0=phase(), a1=phase(), a2=phase(), a3=phase(), a4=phase(), a5=phase(), a6=phase(),
             s0=state(), s1=state(), s2=state(), s3=state(), s4=state(), s5=state(), s6=state(), earlier=state(),
             now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    x = minimum(maximum(mix, 0.0), 1.0)
    middle, around = 0.99785 - 0.55366 * x, 0.044372 + x * (1.2841 - 0.73764 * x)
    louder = 2.0 / square_root(middle * middle + 6.0 * (around * around))
    middle, around = louder * middle, louder * around

    coming = minimum(maximum(freq * frame, 0.0), 0.45)
    bend = 0.25 * (coming - earlier)                     # that of the middle one; those of the others are within a tenth of it
    apart = to_phase(seed)                               # times odd numbers: a place of its own for each of the seven
    m0 = m1 = m2 = m3 = m4 = m5 = 0.0 * s0
    t0, m0, m1, m2, m3, m4, m5 = drawn(a0 + apart, s0, bend, -middle, m0, m1, m2, m3, m4, m5)
    t1, m0, m1, m2, m3, m4, m5 = drawn(a1 + apart * 1640531527, s1, bend, -around, m0, m1, m2, m3, m4, m5)
    t2, m0, m1, m2, m3, m4, m5 = drawn(a2 + apart * 1013904223, s2, bend, -around, m0, m1, m2, m3, m4, m5)
    t3, m0, m1, m2, m3, m4, m5 = drawn(a3 + apart * 747796405, s3, bend, -around, m0, m1, m2, m3, m4, m5)
    t4, m0, m1, m2, m3, m4, m5 = drawn(a4 + apart * 1597334677, s4, bend, -around, m0, m1, m2, m3, m4, m5)
    t5, m0, m1, m2, m3, m4, m5 = drawn(a5 + apart * 1103515245, s5, bend, -around, m0, m1, m2, m3, m4, m5)
    t6, m0, m1, m2, m3, m4, m5 = drawn(a6 + apart * 1812433253, s6, bend, -around, m0, m1, m2, m3, m4, m5)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    if any_lane(m0 < 0.0):
        now1, next1, now2, next2, now3, next3 = stepped(m0, m1, m2, m3, m4, m5, now1, next1, now2, next2, now3, next3)
    turned, paces = (t1 + t2) + (t3 + t4) + (t5 + t6), (s1 + s2) + (s3 + s4) + (s5 + s6)
    smooth = middle * (t0 - LATE * s0) + around * (turned - LATE * paces)
    wave = smooth + (now1 + now2 + now3)

    earlier, wide = s0, coming * spread(minimum(maximum(detune, 0.0), 1.0))
    s0, s1, s2, s3 = coming, coming + LOWEST * wide, coming + LOWER * wide, coming + LOW * wide
    s4, s5, s6 = coming + HIGH * wide, coming + HIGHER * wide, coming + HIGHEST * wide
    return wave * gain, (a0 + to_phase(s0), a1 + to_phase(s1), a2 + to_phase(s2), a3 + to_phase(s3), a4 + to_phase(s4), a5 + to_phase(s5),
                         a6 + to_phase(s6), s0, s1, s2, s3, s4, s5, s6, earlier, now1, next1, now2, next2, now3, next3)
