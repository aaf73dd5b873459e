"""The squelch: a diode-ladder low-pass in the manner of the 303, dark and rubbery, whose resonance thins the bass and screams.

Four stages that load each other, the first with half the capacitance, so that their poles lie far apart: about 18 dB an octave above the
cutoff, where other four-pole filters have 24. Linear network after Zavalishin, "The Art of VA Filter Design", 2018, section 5 (diode ladder),
and Stinchcombe's analysis of the circuit: 1 / (T4(1 + s) + k), T4 the Chebyshev polynomial, which would sing at k = 17; here k ends at
16.8, so like the original it never quite does. Trapezoidal integrators, no delay in the loop, a soft saturator at its foot that bounds it.
`cutoff` is where the resonance stands; without resonance the sound is 25 dB down there and 3 dB down a decade lower. `drive` is the pedal
behind the box: it clips the scream and lifts what lies under it, from a ceiling of 5 at drive 1 down to 0.3; quiet sounds stay as loud. Its curve
is x / sqrt(1 + x x), at twice the sample rate and averaged over the way between two frames (Parker, Zavalishin and Le Bivic 2016), so that high notes do
not alias; it gets the sound a frame late, which a processor then bends while it filters the next.

A `gate` that opens strikes its envelope, which opens the filter by five octaves at `envelope` 1 and falls by 60 dB in `decay`, whether the gate
stays open or not. A gate of 0.9 or more, the X of a pattern, is an accent: by `accent` the note is louder, by 6 dB at 1, falls in 200 ms at most,
and sweeps the filter higher, the more so with resonance and the sooner the next accent follows, since a capacitor keeps some of each.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, select, square_root
from chronus.dsp.math import approach, exp2, fading, soft_limit_in_loop, tangent_parts
from chronus.dsp.oversampling import doubled, halved

ACCENTED = 0.9                            # of a gate's height
OCTAVES, SWEPT = 5.0, 2.0                 # by which the envelope opens the filter, and an accent besides
SHORTEST = 200.0                          # ms in which an accented note falls, at most
ATTACK, CHARGES, LOSES = 4.0, 300.0, 1_000.0             # ms, in which 60 dB of the way are done: of the envelope, and of the capacitor up and down


@module(kind="filters", version=4, bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=-24.609, within=0.1, cutoff=1000.0, resonance=0.0, drive=16.0, height=0.1),
                  promise("gain_at", at=20.0, db=0.0, within=0.1, cutoff=10_000.0, resonance=0.0, height=0.1),
                  promise("gain_at", at=1000.0, db=-5.072, within=0.1, cutoff=1000.0, resonance=0.5, height=0.1),
                  promise("gain_at", at=20.0, db=-10.027, within=0.1, cutoff=5_000.0, resonance=0.5, height=0.1),
                  promise("slope", at=200.0, db_per_octave=-18.6, within=0.2, cutoff=100.0, resonance=0.0),
                  promise("aliases", at=1244.5, below_db=-110.0, cutoff=600.0, resonance=1.0, drive=16.0),
                  promise("aliases", at=4186.0, below_db=-75.0, cutoff=4186.0, resonance=1.0, drive=16.0),
                  promise("aliases", at=4186.0, below_db=-85.0, cutoff=20_000.0, resonance=0.0, drive=16.0),
                  promise("bounded_while_swept", peak=4.2, resonance=1.0)))
def acid(audio=inlet(), cutoff=hertz(600.0, low=20.0, high=20_000.0), resonance=ratio(0.6), drive=ratio(1.0, low=0.25, high=16.0),
         gate=gate(), envelope=ratio(0.0), decay=milliseconds(400.0, low=30.0, high=3_000.0), accent=ratio(0.0), frame=frame_seconds(),
         s1=state(), s2=state(), s3=state(), s4=state(), was=state(), level=state(), shape=state(), hard=state(), sweep=state(),
         pushed=state(), x0=state(), p0=state(), p1=state(), p2=state(), q0=state(), q1=state(), a0=state(), r0=state(),
         e0=state(), u0=state(), u1=state(), u2=state(), o0=state(), w0=state(), w1=state()):
    held, per_ms = minimum(maximum(resonance, 0.0), 1.0), 0.001 / frame
    opens = (gate > 1e-6) & (was <= 1e-6)
    opened, louder = 1.0 + sweep, 1.0 + level               # 1, unless it was struck
    if any_lane(opens | (level > 0.0) | (shape > 0.0) | (sweep > 0.0)):
        level = select(opens, 1.0, level)
        hard = select(opens, select(gate >= ACCENTED, minimum(maximum(accent, 0.0), 1.0), 0.0), hard)
        shape = shape + (level - shape) * approach(ATTACK * per_ms)
        charge = hard * shape - sweep
        sweep = sweep + charge * select(charge > 0.0, approach(CHARGES * per_ms), approach(LOSES * per_ms))
        opened = exp2((OCTAVES * minimum(maximum(envelope, 0.0), 1.0)) * shape + (SWEPT * (0.5 + held)) * sweep)
        louder = 1.0 + hard * shape
        time = maximum(decay, 30.0)
        level = level * fading(select(hard > 0.0, minimum(time, SHORTEST), time) * per_ms)
        level, shape, sweep = select(level < 1e-6, 0.0, level), select(shape < 1e-6, 0.0, shape), select(sweep < 1e-6, 0.0, sweep)
    rise, across = tangent_parts(minimum((maximum(cutoff, 20.0) * opened) * (2.0 * frame), 0.92))
    up = 1.41421356 * rise
    link, whole = 0.5 * up, across + up
    loss = link * link
    pair = whole * whole - loss
    three = whole * pair - loss * whole
    four = whole * three - 2.0 * loss * pair
    first, last = whole * pair, three * four                # one division for the four pivots 1 / whole, whole / pair, pair / three, three / four
    part = 1.0 / (first * last)
    of_first, of_last = part * last, part * first
    a4, a3, a2, a1 = of_first * pair, of_first * whole * whole, of_last * four * pair, of_last * three * three
    t4 = a4 * across * s4
    t3 = a3 * (across * s3 + link * t4)
    t2 = a2 * (across * s2 + link * t3)
    t1 = a1 * (across * s1 + up * t2)
    b1, b2, b3, b4 = a1 * up, a2 * link, a3 * link, a4 * link
    kept = t4 + b4 * (t3 + b3 * (t2 + b2 * t1))
    back = 8.4 * held * (3.0 - held)
    foot = soft_limit_in_loop(audio * (1.0 + 0.25 * back) - back * kept, back * ((b1 * b2) * (b3 * b4)), 0.05)
    v1 = t1 + b1 * foot
    v2 = t2 + b2 * v1
    v3 = t3 + b3 * v2
    v4 = t4 + b4 * v3
    push = 0.2 * minimum(maximum(drive, 0.05), 100.0)
    (n1, n2), raising = doubled(pushed, x0, p0, p1, p2, q0, q1)
    r1, r2 = square_root(fma(n1, n1, 1.0)), square_root(fma(n2, n2, 1.0))
    heard, lowering = halved((a0 + n1) / (r0 + r1), (n1 + n2) / (r1 + r2), e0, u0, u1, u2, o0, w0, w1)
    return heard * (louder / push), (2.0 * v1 - s1, 2.0 * v2 - s2, 2.0 * v3 - s3, 2.0 * v4 - s4, gate, level, shape, hard, sweep,
                                     push * v4, *raising, n2, r2, *lowering)
