"""A channel of a mixing desk: fader, pan, mute, solo, two sends and a meter, for one sound or for a group of strips.

A group is a strip that strips are plugged into; a return is one that an effect is plugged into, which the sends of others feed. Fader and
sends are dB, and off at -90. `pan` is a balance of constant power, 0 dB in the middle: a mono sound is as loud wherever it stands, a stereo one
is untouched at 0. A send leaves behind fader, pan and mute; with `pre_a` or `pre_b` at 1 before the fader. While any strip's `solo` is up, what
leads neither from a soloed strip nor into one falls silent, except at `safe` 1; `solo` and `safe` are knobs, and no cable turns them. Mute and
solo take 5 ms along an S, so that nothing clicks. The meter stands behind the fader: `peak` falls by 20 dB in 1.7 s (IEC 60268-10, type I),
`power` is the mean of the squares over 0.3 s; neither is in the way of the sound.
"""
from chronus.dsp.declare import decibels, frame_seconds, heard, inlet, module, promise, ratio, side, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select
from chronus.dsp.math import exp2, quarter_turn

OFF, MOST = -90.0, 12.0                 # dB
PER_DB = 0.166096405                    # octaves of level
PER_SECOND = 200.0                      # mute and solo are there in 5 ms
PEAK_FALLS = 1.354462                   # a second, e-fold: 20 dB in 1.7 s
MEAN = 1.0 / 0.3


def level(db):
    """A fader's gain; what moves it beyond its range is held."""
    return select(db > OFF, exp2(minimum(db, MOST) * PER_DB), 0.0)


def toward(closed, goal, step):
    return closed + minimum(maximum(goal - closed, 0.0 - step), step)


def curve(closed):
    """From 1 to 0 along an S whose slope begins and ends at 0."""
    left = 1.0 - closed
    return left * left * (3.0 - 2.0 * left)


@module(kind="mixing", lanes=2, across=True, bypass="audio", outlets=("out", "send_a", "send_b"),
        promises=(promise("gain_at", outlet="out", at=1000.0, db=0.0, within=0.01),
                  promise("gain_at", outlet="out", at=1000.0, db=-12.0, within=0.01, fader=-12.0),
                  promise("gain_at", outlet="out", lane=0, at=1000.0, db=3.0103, within=0.01, pan=-1.0),
                  promise("gain_at", outlet="out", lane=1, at=1000.0, db=2.3226, within=0.01, pan=0.5),
                  promise("gain_at", outlet="out", lane=0, at=1000.0, db=-5.3331, within=0.01, pan=0.5),
                  promise("gain_at", outlet="send_a", at=1000.0, db=-18.0, within=0.01, fader=-12.0, send_a=-6.0),
                  promise("gain_at", outlet="send_b", at=1000.0, db=-6.0, within=0.01, fader=-90.0, send_b=-6.0, pre_b=1.0),
                  promise("mutes_smoothly", ms=5.0, bend_db=-78.0),
                  promise("meters_sines", within_db=0.1)))
def strip(audio=inlet(), fader=decibels(0.0, low=OFF, high=MOST), pan=ratio(0.0, low=-1.0, high=1.0), mute=ratio(0.0), solo=ratio(0.0),
          safe=ratio(0.0), send_a=decibels(OFF, low=OFF, high=MOST), send_b=decibels(OFF, low=OFF, high=MOST), pre_a=ratio(0.0), pre_b=ratio(0.0),
          frame=frame_seconds(), side=side(), heard_out=heard("out"), heard_a=heard("send_a"), heard_b=heard("send_b"),
          peak=state(), power=state(), begun=state(), closed_out=state(), closed_a=state(), closed_b=state(),
          gain_out=state(), gain_a=state(), gain_b=state(),
          at_fader=state(), at_pan=state(), at_a=state(), at_b=state(), at_pre_a=state(), at_pre_b=state()):
    # what seldom moves is computed when it does: three powers and a sine are more than all the rest
    now_fader, now_pan, now_a, now_b, now_pre_a, now_pre_b = fader + 0.0, pan * side, send_a + 0.0, send_b + 0.0, pre_a + 0.0, pre_b + 0.0
    moved = ((absolute(now_fader - at_fader) + absolute(now_pan - at_pan)) + (absolute(now_a - at_a) + absolute(now_b - at_b))
             + (absolute(now_pre_a - at_pre_a) + absolute(now_pre_b - at_pre_b)))
    if any_lane((moved > 0.0) | (begun <= 0.0)):
        place, turned = 1.41421356 * quarter_turn(0.125 + 0.125 * minimum(maximum(now_pan, -1.0), 1.0))[0], level(fader)
        gain_out = place * turned
        gain_a = place * level(send_a) * (turned + (1.0 - turned) * minimum(maximum(pre_a, 0.0), 1.0))
        gain_b = place * level(send_b) * (turned + (1.0 - turned) * minimum(maximum(pre_b, 0.0), 1.0))
    # at its first frame a strip is where its mute and the solos say; from then on it goes there
    muted, step = minimum(maximum(mute, 0.0), 1.0), select(begun > 0.0, PER_SECOND * frame, 1.0)
    closed_out = toward(closed_out, maximum(muted, 1.0 - heard_out), step)
    closed_a = toward(closed_a, maximum(muted, 1.0 - heard_a), step)
    closed_b = toward(closed_b, maximum(muted, 1.0 - heard_b), step)
    out = audio * gain_out * curve(closed_out)
    size = minimum(absolute(out), 1e9)
    peak = maximum(size, peak - peak * (PEAK_FALLS * frame))
    power = power + (size * size - power) * (MEAN * frame)
    peak, power = select(peak < 1e-9, 0.0, peak), select(power < 1e-18, 0.0, power)
    return ((out, audio * gain_a * curve(closed_a), audio * gain_b * curve(closed_b)),
            (peak, power, begun * 0.0 + 1.0, closed_out, closed_a, closed_b, gain_out, gain_a, gain_b,
             now_fader, now_pan, now_a, now_b, now_pre_a, now_pre_b))
