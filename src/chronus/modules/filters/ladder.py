"""The fat one: a four-pole low-pass of 24 dB an octave that growls when driven and sings by itself at full resonance.

The transistor ladder, with trapezoidal integrators and no delay in its loop (Zavalishin, "The Art of VA Filter Design", 2018, section 5),
and one soft saturator where its feedback meets the sound, at the foot of the ladder. The saturator has no memory, so it holds the
oscillation without bending its pitch: that is `cutoff`, from 20 Hz to 20 kHz. It sings from resonance 0.94 on, once something has struck it.
Of the 14 dB of bass that full resonance takes from a ladder, 10 are given back. `drive` lowers the ceiling of the saturator, which is 6.7 at drive 1,
so it makes a loud sound denser, leaves a quiet one as loud as it was, and drowns the oscillation.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import soft_limit_in_loop, tangent_parts


@module(kind="filters", version=2, bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=-12.041, within=0.1, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", at=100.0, db=0.0, within=0.1, cutoff=10_000.0, resonance=0.0),
                  promise("gain_at", at=1000.0, db=0.828, within=0.1, cutoff=1000.0, resonance=0.5, height=0.1),
                  promise("gain_at", at=20.0, db=-3.609, within=0.1, cutoff=5_000.0, resonance=0.5, height=0.1),
                  promise("slope", at=800.0, db_per_octave=-24.1, within=0.2, cutoff=50.0, resonance=0.0),
                  promise("self_oscillation", cutoff=50.0, within_cents=0.5, peak_db=-1.5, within=0.2, resonance=1.0),
                  promise("self_oscillation", cutoff=440.0, within_cents=0.5, peak_db=-1.5, within=0.2, resonance=1.0),
                  promise("self_oscillation", cutoff=5_000.0, within_cents=0.5, peak_db=-1.5, within=0.2, resonance=1.0),
                  promise("self_oscillation", cutoff=20_000.0, within_cents=0.5, peak_db=-1.8, within=0.2, resonance=1.0),
                  promise("bounded_while_swept", peak=8.0, resonance=1.0)))
def ladder(audio=inlet(), cutoff=hertz(1000.0, low=20.0, high=20_000.0), resonance=ratio(0.0), drive=ratio(1.0, low=0.25, high=16.0),
           frame=frame_seconds(), s1=state(), s2=state(), s3=state(), s4=state()):
    up, across = tangent_parts(minimum(maximum(cutoff, 20.0) * (2.0 * frame), 0.92))
    part = 1.0 / (up + across)
    through, keep = up * part, across * part
    back = 4.25 * minimum(maximum(resonance, 0.0), 1.0)
    steepness = 0.15 * minimum(maximum(drive, 0.05), 100.0)
    squared = through * through
    k1 = keep * s1                            # of what the stages give, what is kept in them, without what comes to the foot
    k2 = through * k1 + keep * s2
    k3 = through * k2 + keep * s3
    kept = through * k3 + keep * s4
    c4 = back * keep                          # and of what comes back of it to the foot
    c3, c2, c1 = c4 * through, c4 * squared, c4 * squared * through
    foot = soft_limit_in_loop(audio * (1.0 + 0.5 * back) - ((c4 * s4 + c3 * s3) + (c2 * s2 + c1 * s1)), back * squared * squared, steepness)
    v1, v2, v3, v4 = through * foot + k1, squared * foot + k2, (squared * through) * foot + k3, (squared * squared) * foot + kept
    return v4, (2.0 * v1 - s1, 2.0 * v2 - s2, 2.0 * v3 - s3, 2.0 * v4 - s4)
