"""One band of a parametric equaliser: lifts or cuts around a frequency, as wide as you like.

The bell of Simper's state-variable filter ("Linear Trapezoidal Integrated State Variable Filter", 2013). `boost` is in dB; `width` is
in octaves, between the two points where half of the boost is left. A cut is the exact mirror of a boost. Stable while all of it moves.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import exp2, quarter_turn


@module(kind="filters", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=12.0, within=0.01, freq=1000.0, boost=12.0),
                  promise("gain_at", at=500.0, db=6.0, within=0.05, freq=1000.0, boost=12.0, width=2.0),
                  promise("gain_at", at=80.0, db=-9.0, within=0.05, freq=40.0, boost=-18.0, width=2.0),
                  promise("gain_at", at=10_000.0, db=-24.0, within=0.01, freq=10_000.0, boost=-24.0, width=0.1),
                  promise("gain_at", at=20.0, db=24.0, within=0.1, freq=20.0, boost=24.0, width=1.0),
                  promise("gain_at", at=20.0, db=0.0, within=0.05, freq=5_000.0, boost=24.0, width=1.0),
                  promise("bounded_while_swept", peak=15.0, swept="freq", boost=24.0, width=0.1)))
def bell(audio=inlet(), freq=hertz(1000.0, low=20.0, high=20_000.0), boost=ratio(0.0, low=-24.0, high=24.0),
         width=ratio(1.0, low=0.1, high=4.0), frame=frame_seconds(), s1=state(), s2=state()):
    half = 0.5 * minimum(maximum(freq, 20.0) * frame, 0.46)
    up, across = quarter_turn(half)
    octaves = 0.34657359 * minimum(maximum(width, 0.05), 6.0)
    z = octaves * octaves
    spread = 2.0 * octaves * (1.0 + z * (0.16666667 + z * (0.0083333333 + z * (0.00019841270 + z * 2.7557319e-6))))
    lift = exp2(minimum(maximum(boost, -48.0), 48.0) * 0.0830482024)
    drop = 1.0 / lift
    w = (across * s1 + up * (audio - s2)) / (1.0 + spread * drop * (up * across))
    band, low = across * w, s2 + up * w
    return audio + spread * (lift - drop) * band, (2.0 * band - s1, 2.0 * low - s2)
