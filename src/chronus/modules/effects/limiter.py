"""Holds a sound below a ceiling without a click: nothing is louder, not even between the samples, and what is quiet passes untouched.

It looks 43 frames ahead (0.9 ms at 48 kHz), and both sides are turned down together. The peak between the frames is read at eight times the
rate (`dsp.true_peak`), and only where one could be; what that misses is taken off the ceiling. The gain that a peak needs is held for 32
frames and averaged over 32, so it has arrived, along a straight line, when the peak comes; it returns in `release`. That holds for sounds up
to 20 kHz; white noise to the very end of the spectrum reads up to 1.5 dB more between its frames.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, neighbour, past, select
from chronus.dsp.math import approach
from chronus.dsp.true_peak import MARGIN, MOST, REACH, between

AHEAD = 31 + REACH
FEW = 50 / 44_100                       # seconds of a line that holds AHEAD frames at any rate


@module(kind="effects", lanes=2, across=True, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.001, gain=0.5),
                  promise("holds_true_peak", peak=0.891, ceiling=0.891)))
def limiter(audio=inlet(), ceiling=ratio(0.891, low=0.001, high=4.0), release=milliseconds(100.0, low=1.0, high=5_000.0),
            gain=ratio(1.0, high=64.0), frame=frame_seconds(), recent=state(), level=state(), sound=line(FEW),
            need1=line(FEW), need2=line(FEW), need4=line(FEW), need8=line(FEW), need16=line(FEW),
            mean1=line(FEW), mean2=line(FEW), mean4=line(FEW), mean8=line(FEW), mean16=line(FEW)):
    heard = minimum(maximum(audio, -1e6), 1e6) * minimum(maximum(gain, 0.0), 64.0)
    top = MARGIN * minimum(maximum(ceiling, 0.001), 4.0)
    recent = maximum(absolute(heard), recent * 0.99)            # over the 24 frames of the sinc it falls by less than a quarter
    peak = absolute(past(sound, REACH))
    if any_lane(recent > MOST * 0.75 * top):
        peak = maximum(peak, between(sound, heard))
    peak = maximum(peak, neighbour(peak))
    # from here on gains are how much they are below 1, so that silence is 0
    need = 1.0 - top / maximum(peak, top)
    held2 = maximum(need, past(need1, 1))
    held4 = maximum(held2, past(need2, 2))
    held8 = maximum(held4, past(need4, 4))
    held16 = maximum(held8, past(need8, 8))
    held32 = maximum(held16, past(need16, 16))
    level = maximum(held32, level - level * approach(release * (0.001 / frame)))
    level = select(level < 1e-9, 0.0, level)
    sum2 = 0.5 * (level + past(mean1, 1))
    sum4 = 0.5 * (sum2 + past(mean2, 2))
    sum8 = 0.5 * (sum4 + past(mean4, 4))
    sum16 = 0.5 * (sum8 + past(mean8, 8))
    turned_down = 0.5 * (sum16 + past(mean16, 16))
    recent = select(recent < 1e-30, 0.0, recent)
    return past(sound, AHEAD) * (1.0 - turned_down), (recent, level, heard, need, held2, held4, held8, held16, level, sum2, sum4, sum8, sum16)
