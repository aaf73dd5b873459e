"""One sound becomes several that are never quite together: wide, warm and slowly moving.

Two copies on each side, late by `time` and by 1.618 times that, swing against each other by `depth` ms, so one is sharp while the other is flat:
by 10 cents at 2 ms and 0.5 Hz. As their times never meet at the defaults, nothing sweeps like a flanger. `width` 1 puts left and right a
quarter of a swing apart. The copies together have the power of the sound; at `mix` 0 there are none of them. When `time` or `depth` is turned, the copies
glide there, bent by a fifth up or an octave down at most by each.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, inlet, line, milliseconds, module, phase, promise, ratio, side, state
from chronus.dsp.delays import glided, smooth_tap
from chronus.dsp.lanes import beside, halves, maximum, minimum, seldom, select, to_phase, turns
from chronus.dsp.math import swing_of_turns

FASTEST = 0.3                           # ms in a ms that `time` and `depth` go


@module(kind="effects", abreast=Abreast(trails=("swing",)), lanes=2, bypass="audio",
        promises=(promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0),
                  promise("swings", low_ms=7.0, high_ms=16.562, within_ms=0.02, time=9.0, depth=2.0, rate=1.0),
                  promise("swings", low_ms=9.0, high_ms=14.562, within_ms=0.01, time=9.0, depth=0.0),
                  promise("alike", least=-0.2, most=0.2, width=1.0, mix=1.0), promise("alike", least=0.9999, most=1.0001, width=0.0),
                  promise("no_click", moved="time", below_db=-80.0), promise("no_click", moved="depth", below_db=-80.0),
                  promise("no_click", moved="width", ramp_ms=50.0, below_db=-60.0),
                  promise("bounded_while_moved", moved="time", peak=1.5)))
def chorus(audio=inlet(), rate=hertz(0.5, low=0.01, high=10.0), time=milliseconds(9.0, low=2.0, high=30.0),
           depth=milliseconds(2.0, low=0.0, high=10.0), mix=ratio(0.5), width=ratio(1.0, glide_ms=50.0), frame=frame_seconds(), side=side(),
           room=line(seconds=0.0592), angle=phase(), swing=state(), middle=state(settles=True), pace=state(settles=True), deep=state(settles=True),
           deeper=state(settles=True), near=state(settles=True), far=state(settles=True), reach=state(settles=True)):
    per_ms, to_middle = 0.001 / frame, minimum(maximum(time, 2.0), 30.0)
    to_deep = minimum(minimum(maximum(depth, 0.0), 10.0), to_middle - 0.1)
    if seldom((middle != to_middle) | (deep != to_deep)):
        begun, most = middle > 0.0, FASTEST * 1_000.0 * frame
        (middle, pace), (deep, deeper) = glided(middle, pace, to_middle, most, frame), glided(deep, deeper, to_deep, most, frame)
        middle, deep = select(begun, middle, to_middle), select(begun, deep, to_deep)
        pace, deeper = select(begun, pace, 0.0), select(begun, deeper, 0.0)
        near, far, reach = middle * per_ms, 1.61803399 * middle * per_ms, minimum(deep, middle - 0.1) * per_ms
    to = reach * swing_of_turns(turns(angle + to_phase(0.125 * side * minimum(maximum(width, 0.0), 1.0))))
    one, other = halves(smooth_tap(room, beside(near + swing, far - swing)))
    copies = one + other
    wet = minimum(maximum(mix, 0.0), 1.0)
    return audio * (1.0 - wet) + copies * wet, (audio * 0.70710678, angle + to_phase(rate * frame), to, middle, pace, deep, deeper, near, far, reach)
