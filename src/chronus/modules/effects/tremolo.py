"""Makes a sound breathe, or wander from ear to ear: tremolo and auto-pan in one.

The wave goes from a sine (`shape` 0) to nearly a square (1), by s g / sqrt(1 + (g g - 1) s s), which has no corners. At `width` 1 the left
and the right of a pair are half a turn apart, so what one loses the other has: an auto-pan. `depth` 1 goes down to silence.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, inlet, module, phase, promise, ratio, side
from chronus.dsp.lanes import maximum, minimum, square_root, to_phase, turns
from chronus.dsp.math import sine_of_turns


@module(kind="effects", abreast=Abreast(), bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, depth=0.0),
                  promise("sways", per_second=5.0, low=0.0, high=1.0, within=0.001, rate=5.0, depth=1.0),
                  promise("sways", per_second=3.0, low=0.5, high=1.0, within=0.001, rate=3.0, depth=0.5, shape=1.0),
                  promise("opposite", within=0.001, width=1.0, depth=1.0)))
def tremolo(audio=inlet(), rate=hertz(5.0, low=0.02, high=100.0), depth=ratio(0.7), shape=ratio(0.0), width=ratio(0.0),
            frame=frame_seconds(), side=side(), angle=phase()):
    sine = sine_of_turns(turns(angle + to_phase(0.25 * side * minimum(maximum(width, 0.0), 1.0))))
    g = 1.0 + 15.0 * minimum(maximum(shape, 0.0), 1.0)
    wave = g * sine / square_root(1.0 + (g * g - 1.0) * (sine * sine))
    dip = 0.5 * minimum(maximum(depth, 0.0), 1.0)
    return audio * (1.0 - dip + dip * wave), (angle + to_phase(rate * frame),)
