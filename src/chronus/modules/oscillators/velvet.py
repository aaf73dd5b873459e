"""Velvet noise: single clicks up and down, as evenly strewn as chance allows, smoother to the ear than white noise, and a rain of drops when sparse.

Time is cut into cells, `density` of them in a second, and each has one impulse at a random place with a random sign (Karjalainen and
Jarvelainen, "Reverberation Modeling Using Velvet Noise", 2007). From 1,500 on it sounds like noise. The chance is that of `noise`: each module and lane has its own.
An impulse is 1 high at 48 kHz, at other rates as much higher as a frame is shorter (twice at 96), so that it sounds as loud.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, seed
from chronus.dsp.lanes import maximum, minimum, select, to_phase, to_whole, turns
from chronus.dsp.math import impulse_height

MULTIPLIER = 0x8664F205 - 2**32


@module(kind="oscillators",
        promises=(promise("strewn", density=100.0), promise("strewn", density=2_000.0)))
def velvet(density=hertz(2_000.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(),
           angle=phase(), drawn=phase()):
    step = minimum(maximum(density * frame, 0.0), 0.4999)
    place = turns(drawn) + 0.5                            # of the impulse in this cell, and where the frame begins and ends in it
    begins = turns(angle) + 0.5
    ends = begins + step
    angle = angle + to_phase(step)
    wraps = ends >= 1.0
    next_drawn = drawn * MULTIPLIER + (to_phase(seed) * 2 + 1)
    sign = select(turns(drawn * 1640531527) < 0.0, -1.0, 1.0)
    next_place = turns(next_drawn) + 0.5
    next_sign = select(turns(next_drawn * 1640531527) < 0.0, -1.0, 1.0)
    here = select((place >= begins) & (place < ends), sign, 0.0)
    there = select(wraps & (next_place < ends - 1.0), next_sign, 0.0)
    return (here + there) * (gain * impulse_height(frame)), (angle, drawn + to_whole(select(wraps, 1.0, 0.0)) * (next_drawn - drawn))
