"""A tone to hear whether anything is heard, and a click to play to: a sine that costs next to nothing while its gate is closed.

It comes and goes in 5 ms, in straight lines, so that it does not click; each time it begins from silence its phase begins at 0. The gate's height is
how loud it is. `/test` plays one.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, module, phase, promise, ratio, state
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_phase
from chronus.dsp.math import sine_of_phase

WAY_SECONDS = 0.005                       # from silence to full level, and back


@module(kind="oscillators", version=2,
        promises=(promise("pitch", freq=440.0, within_cents=0.1, gate=1.0), promise("purity", freq=997.0, thd_db=-140.0, gate=1.0)))
def beep(gate=gate(), freq=hertz(440.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), angle=phase(), level=state()):
    to = maximum(minimum(gate, 1.0), 0.0)
    heard = 0.0 * level
    if any_lane((to > 0.0) | (level > 0.0)):
        step = frame * (1.0 / WAY_SECONDS)
        level = select(to > level, minimum(level + step, to), maximum(level - step, to))
        heard = sine_of_phase(angle, level * gain)
        angle = select(level > 0.0, angle + to_phase(freq * frame), 0)
    return heard, (angle, level)
