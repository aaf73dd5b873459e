"""Bass, middle and treble on three knobs that each go down to nothing: the isolator of a DJ mixer, and a crossover for anything.

Two crossovers of 24 dB an octave (Linkwitz and Riley 1976) at `freq_low` and `freq_high`. With all knobs at 1 the sound comes through as loud
as it was at every frequency, because the bass goes through the phase of the second crossover, too; at 0 a band is gone. The three are
also there by themselves. Of a crossover only the low-pass is computed, as two state-variable filters (Simper 2013): the high-pass is what
is missing to their all-pass. Stable while all of it moves.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn

DAMPING = 1.41421356


def second_order(x, sine, cosine, part, s1, s2):
    """A Butterworth low-pass of second order and the all-pass that goes with it, and its next state."""
    w = (cosine * s1 + sine * (x - s2)) * part
    v1, v2 = cosine * w, s2 + sine * w
    return v2, x - 2.0 * DAMPING * v1, 2.0 * v1 - s1, 2.0 * v2 - s2


def half_angle(freq, frame):
    """Sine and cosine of half the angle of a frequency, and the factor of the filters there."""
    sine, cosine = quarter_turn(0.5 * minimum(maximum(freq, 20.0) * frame, 0.46))
    return sine, cosine, 1.0 / (1.0 + DAMPING * sine * cosine)


@module(kind="effects", outlets=("out", "bass", "middle", "treble"), bypass="audio",
        promises=(promise("flat", within=0.01), promise("flat", within=0.01, freq_low=60.0, freq_high=9_000.0),
                  promise("flat", within=0.01, freq_low=2_000.0, freq_high=400.0),
                  promise("gain_at", outlet="bass", at=300.0, db=-6.0206, within=0.01, freq_low=300.0),
                  promise("gain_at", outlet="treble", at=3_000.0, db=-6.0206, within=0.01, freq_high=3_000.0),
                  promise("slope", outlet="bass", at=800.0, db_per_octave=-24.1, within=0.2, freq_low=50.0),
                  promise("slope", outlet="treble", at=200.0, db_per_octave=24.1, within=0.2, freq_low=20.0, freq_high=5_000.0),
                  promise("gain_below", at=50.0, db=-60.0, freq_low=300.0, low=0.0, mid=1.0, high=1.0),
                  promise("gain_below", at=900.0, db=-30.0, mid=0.0),
                  promise("gain_at", at=900.0, db=6.0206, within=0.2, mid=2.0, low=0.0, high=0.0),
                  promise("bounded_while_swept", peak=20.0, swept="freq_low"), promise("bounded_while_swept", peak=20.0, swept="freq_high")))
def three_band(audio=inlet(), low=ratio(1.0, high=4.0), mid=ratio(1.0, high=4.0), high=ratio(1.0, high=4.0),
               freq_low=hertz(300.0, low=20.0, high=20_000.0), freq_high=hertz(3_000.0, low=20.0, high=20_000.0), frame=frame_seconds(),
               p1=state(), p2=state(), q1=state(), q2=state(), r1=state(), r2=state(), s1=state(), s2=state(), t1=state(), t2=state()):
    sine, cosine, part = half_angle(freq_low, frame)
    once, turned, p1, p2 = second_order(audio, sine, cosine, part, p1, p2)
    twice, _, q1, q2 = second_order(once, sine, cosine, part, q1, q2)
    above = turned - twice
    sine, cosine, part = half_angle(freq_high, frame)
    _, bass, r1, r2 = second_order(twice, sine, cosine, part, r1, r2)
    once, turned, s1, s2 = second_order(above, sine, cosine, part, s1, s2)
    middle, _, t1, t2 = second_order(once, sine, cosine, part, t1, t2)
    treble = turned - middle
    bands = bass * maximum(low, 0.0), middle * maximum(mid, 0.0), treble * maximum(high, 0.0)
    return ((bands[0] + bands[1]) + bands[2], *bands), (p1, p2, q1, q2, r1, r2, s1, s2, t1, t2)
