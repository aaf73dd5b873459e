"""A clean, steep low-pass, high-pass, band-pass and notch: 24 dB an octave, with a resonance that whistles at the cutoff.

Two state-variable filters in a row (Simper, "Linear Trapezoidal Integrated State Variable Filter", 2013) with the two dampings of a
Butterworth filter of fourth order; resonance lowers that of the second, up to a peak of 37 dB. Linear: nothing saturates. Stable for
any motion of `cutoff`, because each stage only ever loses energy. The band, 0 dB at the cutoff, falls by 12 dB an octave on either side; the
notch is low-pass plus high-pass plus twice that band. Sine and cosine of one angle stand for the tangent in Simper's
formula, so a stage needs one division.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn


@module(kind="filters", outlets=("low", "high", "band", "notch"), bypass="audio",
        promises=(promise("gain_at", outlet="low", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=1000.0, db=-3.0103, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=500.0, db=-0.0169, within=0.005, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="high", at=12_000.0, db=-3.0103, within=0.01, cutoff=12_000.0, resonance=0.0),
                  promise("gain_at", outlet="low", at=1000.0, db=36.99, within=0.05, cutoff=1000.0, resonance=1.0),
                  promise("slope", outlet="low", at=800.0, db_per_octave=-24.1, within=0.1, cutoff=50.0, resonance=0.0),
                  promise("slope", outlet="high", at=200.0, db_per_octave=24.08, within=0.1, cutoff=5_000.0, resonance=0.0),
                  promise("gain_at", outlet="band", at=1000.0, db=0.0, within=0.01, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="band", at=1000.0, db=0.0, within=0.05, cutoff=1000.0, resonance=0.9),
                  promise("slope", outlet="band", at=800.0, db_per_octave=-12.04, within=0.1, cutoff=50.0, resonance=0.0),
                  promise("slope", outlet="band", at=100.0, db_per_octave=12.04, within=0.1, cutoff=5_000.0, resonance=0.0),
                  promise("gain_below", outlet="notch", at=1000.0, db=-100.0, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="notch", at=100.0, db=0.0, within=0.2, cutoff=1000.0, resonance=0.0),
                  promise("gain_at", outlet="notch", at=10_000.0, db=0.0, within=0.2, cutoff=1000.0, resonance=0.0),
                  promise("bounded_while_swept", peak=40.0, resonance=1.0)))
def steep(audio=inlet(), cutoff=hertz(2000.0, low=20.0, high=20_000.0), resonance=ratio(0.0), frame=frame_seconds(),
          s1=state(), s2=state(), low1=state(), low2=state(), high1=state(), high2=state()):
    half = 0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.46)
    up, across = quarter_turn(half)
    wide = 1.84775907
    narrow = 0.76536686 * (1.0 - 0.99 * minimum(maximum(resonance, 0.0), 1.0))
    both = up * across
    w = (across * s1 + up * (audio - s2)) / (1.0 + wide * both)
    band, low = across * w, s2 + up * w
    high = audio - wide * band - low
    part = 1.0 / (1.0 + narrow * both)
    x = (across * low1 + up * (low - low2)) * part
    low_band, lowest = across * x, low2 + up * x
    y = (across * high1 + up * (high - high2)) * part
    high_band, high_low = across * y, high2 + up * y
    highest = high - narrow * high_band - high_low                 # s^4 over both, as `high_low` is s^2 and `lowest` is 1
    return ((lowest, highest, wide * narrow * high_low, lowest + highest + 2.0 * high_low),
            (2.0 * band - s1, 2.0 * low - s2, 2.0 * low_band - low1, 2.0 * lowest - low2, 2.0 * high_band - high1, 2.0 * high_low - high2))
