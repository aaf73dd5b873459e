"""Makes a stereo sound narrower or wider: 0 is mono, 1 leaves it alone, 2 is twice as wide.

The sides, (left - right) / 2, are turned up or down against the middle, (left + right) / 2; so what is in the middle stays.
"""
from chronus.dsp.declare import inlet, module, promise, ratio
from chronus.dsp.lanes import maximum, minimum


@module(kind="effects", outlets=("left", "right"), bypass="left",
        promises=(promise("gain_at", inlet="left", outlet="left", at=1000.0, db=0.0, within=0.001, width=1.0),
                  promise("gain_at", inlet="left", outlet="right", at=1000.0, db=-240.0, within=130.0, width=1.0),
                  promise("gain_at", inlet="left", outlet="right", at=1000.0, db=-6.0206, within=0.001, width=0.0),
                  promise("gain_at", inlet="right", outlet="right", at=1000.0, db=3.5218, within=0.001, width=2.0)))
def width(left=inlet(), right=inlet(), width=ratio(1.0, high=2.0)):
    middle, sides = 0.5 * (left + right), 0.5 * (left - right) * minimum(maximum(width, 0.0), 4.0)
    return (middle + sides, middle - sides), ()
