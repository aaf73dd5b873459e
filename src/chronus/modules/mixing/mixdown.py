"""Brings the voices of an instrument together into one stereo sound, so that what follows hears them as one.

Voices are added up where a cable leads from them to the output, or to a stereo effect that cannot be had for each voice; this is for where
they should be added up earlier, such as before a drive.
"""
from chronus.dsp.declare import inlet, module, promise, ratio


@module(kind="mixing", lanes=2, across=True, bypass="audio", promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.01, level=0.5),))
def mixdown(audio=inlet(), level=ratio(1.0, high=16.0)):
    return audio * level, ()
