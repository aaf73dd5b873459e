"""The gentlest low-pass and high-pass: 6 dB an octave, no resonance, and the two outlets together are the sound that went in.

One trapezoidal integrator with no delay in its loop (Zavalishin, "The Art of VA Filter Design", 2018, section 3). It goes down to
0.1 Hz, so it smooths a control as well as a sound. The gain is made of the sine and cosine of one angle, which saves the division of
a tangent.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn


@module(kind="filters", outlets=("low", "high"), bypass="audio",
        promises=(promise("gain_at", outlet="low", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0),
                  promise("gain_at", outlet="high", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0),
                  promise("gain_at", outlet="low", at=12_000.0, db=-3.0103, within=0.01, cutoff=12_000.0),
                  promise("gain_at", outlet="high", at=20.0, db=-3.0103, within=0.01, cutoff=20.0),
                  promise("slope", outlet="low", at=2_000.0, db_per_octave=-6.1, within=0.1, cutoff=50.0),
                  promise("slope", outlet="high", at=100.0, db_per_octave=6.02, within=0.02, cutoff=10_000.0),
                  promise("bounded_while_swept", peak=5.0)))
def one_pole(audio=inlet(), cutoff=hertz(1000.0, low=0.1, high=20_000.0), frame=frame_seconds(), kept=state()):
    half = 0.5 * minimum(maximum(cutoff, 0.1) * frame, 0.46)
    up, across = quarter_turn(half)
    step = (audio - kept) * (up / (up + across))
    low = kept + step
    return (low, audio - low), (low + step,)
