"""One knob from warm to bright: the treble rises as the bass falls, around a frequency that stays as it is.

A low-pass and a high-pass of first order, added with reciprocal gains: (A s + 1) / (s + A), whose gain is 1 at `cutoff`. `boost` is what
the highest treble gains and the deepest bass loses, in dB; below 0 it is the other way round.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import exp2, quarter_turn


@module(kind="filters", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.01, cutoff=1000.0, boost=6.0),
                  promise("gain_at", at=10.0, db=-6.0, within=0.01, cutoff=1000.0, boost=6.0),
                  promise("gain_at", at=20_000.0, db=6.0, within=0.1, cutoff=1000.0, boost=6.0),
                  promise("gain_at", at=10.0, db=12.0, within=0.01, cutoff=1000.0, boost=-12.0),
                  promise("gain_at", at=3_000.0, db=0.0, within=0.001, boost=0.0),
                  promise("bounded_while_swept", peak=40.0, boost=12.0)))
def tilt(audio=inlet(), cutoff=hertz(1000.0, low=20.0, high=20_000.0), boost=ratio(0.0, low=-12.0, high=12.0), frame=frame_seconds(),
         kept=state()):
    half = 0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.46)
    lift = exp2(minimum(maximum(boost, -24.0), 24.0) * 0.166096405)
    sine, across = quarter_turn(half)
    up = lift * sine
    step = (audio - kept) * (up / (up + across))
    low = kept + step
    return lift * (audio - low) + low / lift, (low + step,)
