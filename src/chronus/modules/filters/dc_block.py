"""Takes away what does not move: the offset that eats headroom and thumps when a sound is cut.

A one-pole high-pass (Zavalishin, "The Art of VA Filter Design", 2018, section 3) at 5 Hz, which costs 0.26 dB at 20 Hz and no more than
0.03 dB from 63 Hz up. `rest` keeps what rounding took from `offset`: without it the offset that is subtracted stops short of the true
one and leaves -81 dB of it in the sound.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, promise, state
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn


@module(kind="filters", bypass="audio",
        promises=(promise("gain_below", at=0.0, db=-200.0),
                  promise("gain_at", at=20.0, db=-0.2633, within=0.01),
                  promise("gain_at", at=1000.0, db=0.0, within=0.001),
                  promise("gain_at", at=100.0, db=-3.0103, within=0.01, cutoff=100.0),
                  promise("bounded_while_swept", peak=2.0)))
def dc_block(audio=inlet(), cutoff=hertz(5.0, low=1.0, high=200.0), frame=frame_seconds(), offset=state(), rest=state()):
    half = 0.5 * minimum(maximum(cutoff, 1.0) * frame, 0.46)
    up, across = quarter_turn(half)
    moving = (audio - offset) - rest
    step = moving * (up / (up + across))
    way = 2.0 * step + rest
    arrived = offset + way
    return moving - step, (arrived, way - (arrived - offset))
