"""Places a sound between left (-1) and right (1), equally loud wherever it stands.

The constant-power law: the gains are the cosine and the sine of one angle, so their squares always add up to 1.
"""
from chronus.dsp.declare import inlet, module, promise, ratio, side
from chronus.dsp.lanes import maximum, minimum
from chronus.dsp.math import quarter_turn


@module(kind="mixing", lanes=2, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=1000.0, db=-3.0103, within=0.01, position=0.0),
                  promise("gain_at", outlet="out", lane=0, at=1000.0, db=-8.3434, within=0.01, position=0.5),
                  promise("gain_at", outlet="out", lane=1, at=1000.0, db=-0.6877, within=0.01, position=0.5),
                  promise("gain_at", outlet="out", lane=0, at=1000.0, db=0.0, within=0.01, position=-1.0)))
def pan(audio=inlet(), position=ratio(0.0, low=-1.0, high=1.0), side=side()):
    toward = minimum(maximum(position * side, -1.0), 1.0)
    return audio * quarter_turn(0.125 + 0.125 * toward)[0], ()
