"""Holds a sound below a ceiling without a click: nothing is louder, not even between the samples, and what is quiet passes untouched.

It looks 43 frames ahead (0.9 ms at 48 kHz), and both sides are turned down together. The peak between the frames is read at eight times the
rate (`dsp.true_peak`), and only where one could be; what that misses is taken off the ceiling. The gain that a peak needs is held for 32
frames and averaged over 32, so it has arrived, along a straight line, when the peak comes; it returns in `release`. That holds for sounds up
to 20 kHz; white noise to the very end of the spectrum reads up to 2.1 dB more between its frames.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, past, past_all, select
from chronus.dsp.math import approach
from chronus.dsp.true_peak import FAR_BELOW, MARGIN, REACH, SECONDS, loudest_of, mean_of_four, most_of_four, nearly, really

HELD = 32                               # frames of the window
AHEAD = HELD - 1 + REACH
WINDOW = (4, 8, 12, 16, 20, 24, 28)     # of each of these four frames, and of the last four


@module(kind="effects", lanes=2, across=True, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.001, gain=0.5),
                  promise("holds_true_peak", peak=0.891, ceiling=0.891)))
def limiter(audio=inlet(), ceiling=ratio(0.891, low=0.001, high=4.0), release=milliseconds(100.0, low=1.0, high=5_000.0),
            gain=ratio(1.0, high=64.0), frame=frame_seconds(), recent=state(), level=state(), busy=state(),
            need1=state(), need2=state(), need3=state(), mean1=state(), mean2=state(), mean3=state(),
            sound=line(SECONDS, reach=AHEAD), needs=line(SECONDS, reach=HELD), means=line(SECONDS, reach=HELD)):
    heard = minimum(maximum(audio, -1e6), 1e6) * minimum(maximum(gain, 0.0), 64.0)
    top = MARGIN * minimum(maximum(ceiling, 0.001), 4.0)
    recent = loudest_of(recent, heard)
    most = mean = turned_down = level                           # 0, and so is all of the window, once nothing was too loud for as long
    if any_lane((recent > FAR_BELOW * top) | (busy > 0.0)):
        peak, loud = nearly(sound, recent, top)
        if any_lane(loud | (busy > 0.0)):
            peak = really(peak, loud, sound, heard)
            busy = select((peak > top) | (level > 0.0), 2.0 * HELD, maximum(busy - 1.0, 0.0))
            if any_lane(busy > 0.0):
                need = 1.0 - top / maximum(peak, top)               # gains are how much they are below 1, so that silence is 0
                most, (need1, need2, need3) = most_of_four(need, need1, need2, need3)
                a, b, c, d, e, f, g = past_all(needs, WINDOW)
                held = maximum(maximum(maximum(most, a), maximum(b, c)), maximum(maximum(d, e), maximum(f, g)))
                level = maximum(held, level - level * approach(release * (0.001 / frame)))
                level = select(level < 1e-9, 0.0, level)
                mean, (mean1, mean2, mean3) = mean_of_four(level, mean1, mean2, mean3)
                a, b, c, d, e, f, g = past_all(means, WINDOW)
                turned_down = 0.125 * (((mean + a) + (b + c)) + ((d + e) + (f + g)))
    ahead = past(sound, AHEAD)
    return fma(-turned_down, ahead, ahead), (recent, level, busy, need1, need2, need3, mean1, mean2, mean3, heard, most, mean)
