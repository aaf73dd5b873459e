"""Follows how loud a sound is, so that one sound can move another: a drum that ducks a pad, a voice that opens a filter.

The sound without its sign, smoothed: louder it goes 60 dB of the way in `attack`, softer in `release`. Plug a short attack and a long release in
to follow the peaks, equal ones to follow the mean (0.64 of a sine's peak).
"""
from chronus.dsp.declare import frame_seconds, inlet, milliseconds, module, promise, state
from chronus.dsp.lanes import absolute, select
from chronus.dsp.math import approach


@module(kind="envelopes", bypass="audio",
        promises=(promise("follows", level=0.5, within=0.01, attack=0.0, release=1000.0),
                  promise("follows", level=0.3183, within=0.005, attack=500.0, release=500.0),
                  promise("follower_times", attack=10.0, up=480, release=100.0, down=4_800, within=1)))
def follower(audio=inlet(), attack=milliseconds(5.0, low=0.0, high=1_000.0), release=milliseconds(200.0, low=0.0, high=10_000.0),
             frame=frame_seconds(), level=state()):
    size = absolute(audio)
    moved = level + (size - level) * approach(select(size > level, attack, release) * (0.001 / frame))
    level = select(moved < 1e-12, 0.0, moved)
    return level, (level,)
