"""Carries a sound from ear to ear and back, as loud in the middle as at either side.

The constant-power law of `pan`, made so that the middle leaves the sound alone: a side is 3 dB louder, and the power of both together never
moves. (`tremolo` at full width keeps the sum of the sides instead, and is softer in the middle.) The wave goes from a sine (`shape` 0) to
nearly a square (1), by s g / sqrt(1 + (g g - 1) s s), which has no corners. A stereo sound keeps its sides, one of them turned down.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, inlet, module, phase, promise, ratio, side
from chronus.dsp.lanes import maximum, minimum, square_root, to_phase, turns
from chronus.dsp.math import sine_of_turns


@module(kind="effects", abreast=Abreast(), lanes=2, bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, depth=0.0), promise("keeps_power", within_db=0.001),
                  promise("keeps_power", within_db=0.001, shape=1.0, rate=3.0),
                  promise("sways", per_second=2.0, low=0.0, high=1.41421, within=0.001, rate=2.0),
                  promise("sways", per_second=5.0, low=0.73892, high=1.20581, within=0.001, rate=5.0, depth=0.3)))
def auto_pan(audio=inlet(), rate=hertz(0.5, low=0.01, high=40.0), depth=ratio(1.0), shape=ratio(0.0), frame=frame_seconds(), side=side(),
             angle=phase()):
    sine = sine_of_turns(turns(angle))
    g = 1.0 + 15.0 * minimum(maximum(shape, 0.0), 1.0)
    wave = g * sine / square_root(1.0 + (g * g - 1.0) * (sine * sine))
    toward = side * wave * minimum(maximum(depth, 0.0), 1.0)
    return audio * (1.41421356 * sine_of_turns(0.125 + 0.125 * toward)), (angle + to_phase(rate * frame),)
