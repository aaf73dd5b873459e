"""The whoosh of two tape machines that run apart: a comb of notches sweeps through the sound, sharper the more you feed back.

A copy of the sound is late by `time`, which swings by `depth` octaves down and up, so that the notches move as evenly as the ear hears them; at
0.1 and at 15 ms it stands. Notches and peaks lie at the multiples of 1 / time; with negative `feedback` they change places, which is hollower.
At 0.9 a peak of the copy is 20 dB high. `width` sets left and right up to half a sweep apart. When `time` or `depth` is turned, the copy glides there, in
octaves, bent by a fifth up or an octave down at most by each.
"""
from chronus.dsp.declare import Abreast, frame_seconds, hertz, inlet, line, milliseconds, module, phase, promise, ratio, side, state
from chronus.dsp.delays import glided, hurried, steady_tap
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_phase, turns
from chronus.dsp.math import exp2, swing_of_turns

FASTEST = 33.3                          # e-folds of `time` in a second: half a ms in a ms at 15 ms


@module(kind="effects", version=2, abreast=Abreast(trails=("place",)), lanes=2, bypass="audio",
        promises=(promise("gain_below", at=500.0, db=-60.0, time=1.0, depth=0.0, feedback=0.0),
                  promise("gain_at", at=1000.0, db=0.0, within=0.01, time=1.0, depth=0.0, feedback=0.0),
                  promise("gain_at", at=1000.0, db=20.0, within=0.1, time=1.0, depth=0.0, feedback=0.9, mix=1.0),
                  promise("gain_at", at=500.0, db=20.0, within=0.1, time=1.0, depth=0.0, feedback=-0.9, mix=1.0),
                  promise("swings", low_ms=0.75, high_ms=12.0, within_ms=0.02, time=3.0, depth=2.0, rate=1.0, feedback=0.0),
                  promise("alike", least=-0.2, most=0.2, width=1.0, mix=1.0),
                  promise("no_click", moved="time", below_db=-80.0, depth=0.0, feedback=0.0),
                  promise("no_click", moved="time", below_db=-40.0, feedback=0.0), promise("no_click", moved="depth", below_db=-40.0, feedback=0.0),
                  promise("no_click", moved="width", ramp_ms=50.0, below_db=-55.0, feedback=0.0),
                  promise("bounded_while_moved", moved="time", peak=10.0, feedback=0.95, mix=1.0)))
def flanger(audio=inlet(), rate=hertz(0.2, low=0.01, high=20.0), time=milliseconds(1.5, low=0.1, high=15.0), depth=ratio(1.5, high=4.0),
            feedback=ratio(0.5, low=-0.95, high=0.95), mix=ratio(0.5), width=ratio(0.3, glide_ms=50.0), frame=frame_seconds(), side=side(),
            tape=line(seconds=0.0151), angle=phase(), place=state(), middle=state(), pace=state(), deep=state(), deeper=state(), hurry=state()):
    to_middle, to_deep = minimum(maximum(time, 0.1), 15.0), minimum(maximum(depth, 0.0), 8.0)
    if any_lane((middle != to_middle) | (deep != to_deep)):
        begun, most = middle > 0.0, FASTEST * frame
        (middle, pace), (deep, deeper) = glided(middle, pace, to_middle, most * middle, frame), glided(deep, deeper, to_deep, 1.442695 * most, frame)
        middle, deep = select(begun, middle, to_middle), select(begun, deep, to_deep)
        pace, deeper = select(begun, pace, 0.0), select(begun, deeper, 0.0)
    swing = swing_of_turns(turns(angle + to_phase(0.25 * side * minimum(maximum(width, 0.0), 1.0))))
    late = minimum(maximum(middle * exp2(swing * deep), 0.1), 15.0) * (0.001 / frame)
    hurry = hurried(hurry, place, late)
    copy = steady_tap(tape, place, hurry)                       # of the frame before: so a processor need not wait for the next one
    fed = audio + minimum(maximum(feedback, -0.95), 0.95) * copy
    wet = minimum(maximum(mix, 0.0), 1.0)
    return audio * (1.0 - wet) + copy * wet, (minimum(maximum(fed, -64.0), 64.0), angle + to_phase(rate * frame), late, middle, pace, deep, deeper, hurry)
