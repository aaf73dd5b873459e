"""Crackle: single impulses at random moments, so many in a second as you ask for, each of a height of its own between 0 and 1.

In every frame a number is drawn as `noise` draws it; where it lies below the chance of an impulse in one frame, the part of that chance
that it reaches is the height. A density beyond the sample rate gives an impulse in each frame. At other rates than 48 kHz
an impulse is as much higher as a frame is shorter (twice at 96), so that it sounds as loud.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, seed
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import impulse_height

MULTIPLIER = 0x8664F205 - 2**32


@module(kind="oscillators",
        promises=(promise("impulses", density=50.0, within_percent=2.0), promise("impulses", density=5_000.0, within_percent=0.2)))
def dust(density=hertz(20.0, low=0.0, high=10_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(), drawn=phase()):
    drawn = drawn * MULTIPLIER + (to_phase(seed) * 2 + 1)
    number = turns(drawn) + 0.5
    chance = minimum(maximum(density * frame, 1e-12), 1.0)
    return select(number < chance, number / chance, 0.0) * (gain * impulse_height(frame)), (drawn,)
