"""A volume knob: louder, softer, or, driven by a cable, a tremolo or a voltage-controlled amplifier."""
from chronus.dsp.declare import inlet, module, promise, ratio


@module(kind="mixing", bypass="audio", promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.01, gain=0.5),))
def gain(audio=inlet(), gain=ratio(1.0, low=0.0, high=16.0)):
    return audio * gain, ()
