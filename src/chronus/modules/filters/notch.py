"""Takes out one frequency, lifts it out of the rest, or turns only its phase: what phasers and hum filters are made of.

The state-variable filter's other outlets (Simper, "Linear Trapezoidal Integrated State Variable Filter", 2013): `notch` is low-pass plus
high-pass, `peak` low-pass minus high-pass, `all_pass` the sound minus twice the band. Resonance makes all three narrower, 1.9 octaves at 0,
0.02 at 1. Stable for any motion of `cutoff`.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn


@module(kind="filters", outlets=("notch", "peak", "all_pass"), bypass="audio",
        promises=(promise("gain_below", outlet="notch", at=1000.0, db=-90.0, cutoff=1000.0, resonance=0.0),
                  promise("gain_below", outlet="notch", at=50.0, db=-60.0, cutoff=50.0, resonance=0.9),
                  promise("gain_at", outlet="notch", at=50.0, db=0.0, within=0.03, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="notch", at=15_000.0, db=0.0, within=0.03, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="peak", at=1000.0, db=3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="peak", at=50.0, db=0.0, within=0.03, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="all_pass", at=1000.0, db=0.0, within=0.001, cutoff=1000.0, resonance=0.5),
                  promise("gain_at", outlet="all_pass", at=1500.0, db=0.0, within=0.001, cutoff=1000.0, resonance=0.5),
                  promise("bounded_while_swept", peak=100.0, resonance=1.0)))
def notch(audio=inlet(), cutoff=hertz(1000.0, low=20.0, high=20_000.0), resonance=ratio(0.0), frame=frame_seconds(),
          s1=state(), s2=state()):
    half = 0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.46)
    up, across = quarter_turn(half)
    damping = 1.41421356 * (1.0 - 0.99 * minimum(maximum(resonance, 0.0), 1.0))
    w = (across * s1 + up * (audio - s2)) / (1.0 + damping * (up * across))
    v1, low = across * w, s2 + up * w
    notched = audio - damping * v1
    return (notched, 2.0 * low - notched, notched - damping * v1), (2.0 * v1 - s1, 2.0 * low - s2)
