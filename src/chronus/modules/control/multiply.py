"""Multiplies two sounds: ring modulation, or amplitude modulation where `offset` is 1.

audio * (offset + depth * by). Of two tones, ring modulation leaves only their sum and their difference; the offset brings the first one back.
"""
from chronus.dsp.declare import inlet, module, promise, ratio
from chronus.dsp.lanes import maximum, minimum


@module(kind="control", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=1e-4), promise("gain_at", at=1000.0, db=3.5218, within=1e-3, offset=1.0, depth=0.5),
                  promise("answers", heard={"audio": (1, -2, 3, 4), "by": (0, 0.5, -1, 2)}, gives=(0, -1, -3, 8)),
                  promise("answers", heard={"audio": (1, -2, 3, 4), "by": (0, 0.5, -1, 2)}, gives=(1, -2.5, 1.5, 8), offset=1.0, depth=0.5)))
def multiply(audio=inlet(), by=inlet(default=1.0), depth=ratio(1.0, low=-16.0, high=16.0), offset=ratio(0.0, low=-16.0, high=16.0)):
    held = minimum(maximum(by, -1e6), 1e6)
    moved = minimum(maximum(offset, -16.0), 16.0) + minimum(maximum(depth, -16.0), 16.0) * held
    return audio * moved, ()
