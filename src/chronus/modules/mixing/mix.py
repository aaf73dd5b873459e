"""Four channels into one, a fader for each. An inlet adds up whatever is plugged into it, so four faders are rarely too few."""
from chronus.dsp.declare import inlet, module, promise, ratio


@module(kind="mixing", bypass="a",
        promises=(promise("gain_at", inlet="a", outlet="out", at=1000.0, db=0.0, within=0.01),
                  promise("gain_at", inlet="b", outlet="out", at=1000.0, db=-6.0206, within=0.01, level_b=0.5),
                  promise("gain_at", inlet="c", outlet="out", at=1000.0, db=6.0206, within=0.01, level_c=2.0),
                  promise("gain_at", inlet="d", outlet="out", at=1000.0, db=24.0824, within=0.01, level_d=16.0)))
def mix(a=inlet(), b=inlet(), c=inlet(), d=inlet(), level_a=ratio(1.0, high=16.0), level_b=ratio(1.0, high=16.0),
        level_c=ratio(1.0, high=16.0), level_d=ratio(1.0, high=16.0)):
    return (a * level_a + b * level_b) + (c * level_c + d * level_d), ()
