"""The last stage of every patch: takes away what does not move and holds the rest below -1 dBTP, so that no mistake reaches your ears.

A high-pass at 5 Hz (as in `dc_block`), then a limiter that looks 27 frames ahead (0.6 ms at 48 kHz) and turns both sides down together. It
works as `limiter` does, with half its window. Whoever is below the ceiling passes untouched by it. As there, it holds for sounds up to 20 kHz: white
noise to the very end of the spectrum, driven 24 dB too high, reads -0.9 dBTP on the meter of ITU-R BS.1770-4, and 1.1 dBTP on an ideal one.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, module, promise, state
from chronus.dsp.lanes import absolute, any_lane, fma, maximum, minimum, past, past_all, seldom, select
from chronus.dsp.true_peak import FAR_BELOW, MARGIN, REACH, SECONDS, mean_of_four, most_of_four, nearly, really

CEILING = 0.891                         # -1 dBTP
FALL = 69.077553                        # how fast the gain comes back: by 60 dB in 0.1 s
CUTOFF = 15.7079633                     # of the high-pass, half in radians a second: 5 Hz
HELD = 16                               # frames of the window
AHEAD = HELD - 1 + REACH
LOUD = FAR_BELOW * MARGIN * CEILING     # below it nothing can be too loud


def roused(recent):
    """Whether it was loud in one of four frames: in three it becomes less by 0.9 %."""
    return recent > 0.99 * LOUD


@module(kind="mixing", version=2, lanes=2, across=True, roused=roused, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=20.0, db=-0.2633, within=0.01, height=0.5),
                  promise("gain_at", outlet="out", at=1000.0, db=0.0, within=0.001, height=0.5),
                  promise("gain_below", outlet="out", at=0.0, db=-200.0),
                  promise("holds_true_peak", peak=CEILING)))
def master(audio=inlet(), frame=frame_seconds(), offset=state(), rest=state(), older=state(), earlier=state(), recent=state(), level=state(), busy=state(),
           need1=state(), need2=state(), need3=state(), mean1=state(), mean2=state(), mean3=state(),
           sound=line(SECONDS, reach=AHEAD), needs=line(SECONDS, reach=HELD), means=line(SECONDS, reach=HELD)):
    rise = CUTOFF * frame                                        # the tangent of so small an angle is as long, within 2e-7 at 20 kHz and above
    opened = 1.0 / (1.0 + rise)
    keeps, limited = (1.0 - rise) * opened, minimum(maximum(audio, -1e6), 1e6)
    enters = fma(limited, 1.0 - keeps, earlier)                  # what rounding took of the offset three frames before is given back now: nobody waits for it
    arrived = fma(offset, keeps, enters)
    heard = (limited - offset) * opened
    top = MARGIN * CEILING
    recent = maximum(absolute(heard), recent - 0.0029 * LOUD)   # in 24 frames it becomes less by 7 % of what is loud at most; nobody waits long for it
    most = mean = turned_down = level                           # 0, and so is all of the window, once nothing was too loud for as long
    if seldom(recent > LOUD):
        peak, loud = nearly(sound, recent, top)
        if any_lane(loud | (busy > 0.0)):
            peak = really(peak, loud, sound, heard)
            busy = select((peak > top) | (level > 0.0), 2.0 * HELD, maximum(busy - 1.0, 0.0))
            if any_lane(busy > 0.0):
                z = FALL * frame
                release = z * (1.0 - z * (0.5 - 0.166666667 * z))   # 1 - exp(-z)
                need = 1.0 - top / maximum(peak, top)               # how much the gain that is needed is below 1, so that silence is 0
                most, (need1, need2, need3) = most_of_four(need, need1, need2, need3)
                four, eight, twelve = past_all(needs, (4, 8, 12))
                level = maximum(maximum(maximum(most, four), maximum(eight, twelve)), level - level * release)
                level = select(level < 1e-9, 0.0, level)
                mean, (mean1, mean2, mean3) = mean_of_four(level, mean1, mean2, mean3)
                four, eight, twelve = past_all(means, (4, 8, 12))
                turned_down = 0.25 * ((mean + four) + (eight + twelve))
        recent = select(busy > 0.0, maximum(recent, 1.03 * LOUD), recent)          # who is busy comes here in the next frame, too
    ahead = past(sound, AHEAD)
    return fma(-turned_down, ahead, ahead), (arrived, fma(offset, keeps, -arrived) + enters, rest, older, recent, level, busy, need1, need2, need3, mean1, mean2, mean3,
                                                      heard, most, mean)
