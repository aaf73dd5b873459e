"""Low-pass, band-pass and high-pass in one, and a cutoff that you can sweep as fast as you like.

A state-variable filter with trapezoidal integrators and no delay in its loop (Simper, "Linear Trapezoidal Integrated State Variable
Filter", 2013). Stable for any motion of `cutoff`. Flat (Butterworth) at resonance 0; at 1 the peak is 37 dB high. A cable holds the
cutoff between 20 Hz, below which the filter would freeze with what is in it, and 0.497 of the sample rate.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import tangent_of_half_turns


@module(kind="filters", outlets=("low", "band", "high"), bypass="audio",
        promises=(promise("gain_at", outlet="low", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="band", at=1000.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=100.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=10_000.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=1000.0, db=36.99, within=0.01, cutoff=1000.0, resonance=1.0)))
def filter(audio=inlet(), cutoff=hertz(2000.0, low=20.0, high=20_000.0), resonance=ratio(0.0), frame=frame_seconds(),
           s1=state(), s2=state()):
    g = tangent_of_half_turns(maximum(cutoff, 20.0) * frame)
    k = 1.4142135 * (1.0 - 0.99 * minimum(maximum(resonance, 0.0), 1.0))
    v1 = (s1 + g * (audio - s2)) / (1.0 + g * (g + k))
    v2 = s2 + g * v1
    band = k * v1
    return (v2, band, audio - band - v2), (2.0 * v1 - s1, 2.0 * v2 - s2)
