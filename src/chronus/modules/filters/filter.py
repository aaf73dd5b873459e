"""Low-pass, band-pass and high-pass in one, and a cutoff that you can sweep as fast as you like.

A state-variable filter with trapezoidal integrators and no delay in its loop (Simper, "Linear Trapezoidal Integrated State Variable
Filter", 2013). Stable for any motion of `cutoff`. Flat (Butterworth) at resonance 0; at 1 the peak is 37 dB high. A cable holds the
cutoff between 20 Hz, below which the filter would freeze with what is in it, and 0.497 of the sample rate.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import fma, maximum, minimum
from chronus.dsp.math import tangent_parts


@module(kind="filters", version=2, outlets=("low", "band", "high"), bypass="audio",
        promises=(promise("gain_at", outlet="low", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="band", at=1000.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=100.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=10_000.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=1000.0, db=36.99, within=0.01, cutoff=1000.0, resonance=1.0)))
def filter(audio=inlet(), cutoff=hertz(2000.0, low=20.0, high=20_000.0), resonance=ratio(0.0), frame=frame_seconds(),
           s1=state(), s2=state()):
    rise, run = tangent_parts(minimum(maximum(cutoff, 20.0) * (2.0 * frame), 0.994))
    damping = 1.4142135 * (1.0 - 0.99 * minimum(maximum(resonance, 0.0), 1.0))
    lean = fma(damping, run, rise)
    part = rise / fma(rise, lean, run * run)
    push, back, across, on = audio - s2, part * lean, part * run, part * rise
    v1, low = fma(across, push, fma(-back, s1, s1)), fma(on, push, fma(across, s1, s2))
    band = damping * v1
    return (low, band, audio - band - low), (fma(2.0, v1, -s1), fma(2.0, low, -s2))
