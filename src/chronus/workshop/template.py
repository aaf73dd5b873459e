"""What `chronus modules new` writes: a module that works and is worth changing."""

TEXT = '''"""Drives a sound into soft clipping: warm when low, fat when high.

Louder than 1 it bends instead of breaking: x - x*x*x / 6.75, which is flat where it reaches 1 (at x = 1.5), for a sound of any height.
"""
from chronus.dsp.declare import inlet, module, promise, ratio
from chronus.dsp.lanes import maximum, minimum


@module(kind="own", bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.1, drive=1.0, mix=0.0),))
def NAME(audio=inlet(), drive=ratio(2.0, low=0.0, high=16.0), mix=ratio(1.0)):
    x = minimum(maximum(audio * drive, -1.5), 1.5)
    bent = x - x * x * x / 6.75
    return audio + (bent - audio) * mix, ()
'''


def text(name: str) -> str:
    """The file of a new module."""
    return TEXT.replace("NAME", name)
