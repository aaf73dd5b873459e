"""The last stage of every patch: takes away what does not move and holds the rest below -1 dBTP, so that no mistake reaches your ears.

A high-pass at 5 Hz (as in `dc_block`), then a limiter that looks 27 frames ahead (0.6 ms at 48 kHz) and turns both sides down together. It
works as `limiter` does, with half its window. Whoever is below the ceiling passes untouched by it.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, module, promise, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, neighbour, past, select
from chronus.dsp.math import approach, quarter_turn
from chronus.dsp.true_peak import MARGIN, MOST, REACH, between

CEILING = 0.891                         # -1 dBTP
RELEASE = 0.1                           # seconds
AHEAD = 15 + REACH
FEW = 30 / 44_100                       # seconds of a line that holds AHEAD frames at any rate


@module(kind="mixing", lanes=2, across=True, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=20.0, db=-0.2633, within=0.01, height=0.5),
                  promise("gain_at", outlet="out", at=1000.0, db=0.0, within=0.001, height=0.5),
                  promise("gain_below", outlet="out", at=0.0, db=-200.0),
                  promise("holds_true_peak", peak=CEILING)))
def master(audio=inlet(), frame=frame_seconds(), offset=state(), rest=state(), recent=state(), level=state(), sound=line(FEW),
           need1=line(FEW), need2=line(FEW), need4=line(FEW), need8=line(FEW), mean1=line(FEW), mean2=line(FEW), mean4=line(FEW), mean8=line(FEW)):
    up, across = quarter_turn(2.5 * frame)
    moving = (minimum(maximum(audio, -1e6), 1e6) - offset) - rest
    step = moving * (up / (up + across))
    way = 2.0 * step + rest
    arrived = offset + way
    heard = moving - step
    top = MARGIN * CEILING
    recent = maximum(absolute(heard), recent * 0.99)            # over the 24 frames of the sinc it falls by less than a quarter
    peak = absolute(past(sound, REACH))
    if any_lane(recent > MOST * 0.75 * top):
        peak = maximum(peak, between(sound, heard))
    peak = maximum(peak, neighbour(peak))
    need = 1.0 - top / maximum(peak, top)                       # how much the gain that is needed is below 1, so that silence is 0
    held2 = maximum(need, past(need1, 1))
    held4 = maximum(held2, past(need2, 2))
    held8 = maximum(held4, past(need4, 4))
    level = maximum(maximum(held8, past(need8, 8)), level - level * approach(RELEASE / frame))
    level = select(level < 1e-9, 0.0, level)
    sum2 = 0.5 * (level + past(mean1, 1))
    sum4 = 0.5 * (sum2 + past(mean2, 2))
    sum8 = 0.5 * (sum4 + past(mean4, 4))
    turned_down = 0.5 * (sum8 + past(mean8, 8))
    recent = select(recent < 1e-30, 0.0, recent)
    return past(sound, AHEAD) * (1.0 - turned_down), (arrived, way - (arrived - offset), recent, level, heard, need, held2, held4, held8,
                                                      level, sum2, sum4, sum8)
