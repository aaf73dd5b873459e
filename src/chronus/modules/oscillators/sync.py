"""The tearing lead of the analogue age: a saw that a second, lower one forces to start again, so its timbre sings as you turn `ratio`.

`freq` is the pitch that is heard, that of the master; the slave runs `ratio` times as fast and is set back wherever the master begins
anew, at the exact moment between two frames. Both jumps, its own and the one that it is forced to, ring as those of `saw` do (`dsp.edges`).
A wave that is cut off has an offset, which is taken out: f (f - 1) / ratio, with f what the ratio has behind the point. At ratio 1 it is `saw`.
A cable may move both at audio rate; the slave is held below half the sample rate.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import LATE, filtered, rung, since, struck
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select, to_phase, turns

HALF = -2**31                             # half a turn, where the master begins anew


@module(kind="oscillators", version=3,
        promises=(promise("pitch", freq=440.0, within_cents=0.1, ratio=1.5), promise("harmonics", freq=110.0, wave="saw", within=0.3, ratio=1.0),
                  promise("harmonics", freq=441.0, wave="saw", within=0.3, ratio=1.0),
                  promise("aliasing", freq=1244.5, ratio=1.5, worst_db=-95.0, summed_db=-86.0),
                  promise("aliasing", freq=4186.0, ratio=1.5, worst_db=-88.0, summed_db=-81.0),
                  promise("aliasing", freq=1244.5, ratio=1.5, swing=0.1, worst_db=-96.0, summed_db=-85.0),
                  promise("aliasing", freq=1244.5, ratio=1.5, swing=0.5, worst_db=-85.0, summed_db=-76.0),
                  promise("swarm", freq=441.0, ratio=7.3, parts=(1.0, 2.0, 7.0, 8.0), least_db=-30.0, worst_db=-90.0),
                  promise("swarm", freq=1244.5, ratio=3.9, parts=(1.0, 2.0, 4.0), least_db=-30.0, worst_db=-87.0),
                  promise("starts_evenly", freq=480.0, below=0.002, ratio=1.0)))
def sync(freq=hertz(220.0, low=0.0, high=20_000.0), ratio=ratio(1.6, low=1.0, high=16.0), gain=ratio(0.5, low=0.0, high=16.0),
         frame=frame_seconds(), angle=phase(apart=True), step=state(), earlier=state(), place=state(), pace=state(), pace_before=state(),
         now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    times = minimum(maximum(ratio, 0.1), 100.0)
    coming = minimum(maximum(freq * frame, 0.0), 0.4999)
    past = turns(angle - HALF)
    resets = (past >= 0.0) & (past < step)
    reset = since(past, step, 0.25 * (coming - earlier))
    ago = select(resets, reset + 0.5, 0.0)

    faster = minimum(coming * times, 0.4999)
    bend = 0.25 * (faster - pace_before)                       # frequencies that move: the way within a frame is a parabola
    gone = maximum(pace * ago - bend * (ago * ago - ago), 0.0)  # by the slave since the reset
    reached = place + (pace - gone)                            # where it was when it was set back, or is now
    wraps = reached >= 0.5
    wrap = since(place + pace - 0.5, pace, bend)
    reached = select(wraps, reached - 1.0, reached)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    if any_lane(wraps | resets):
        now1, next1, now2, next2, now3, next3 = struck(wraps, -2.0, wrap, now1, next1, now2, next2, now3, next3)
        now1, next1, now2, next2, now3, next3 = struck(resets, -1.0 - 2.0 * reached, reset, now1, next1, now2, next2, now3, next3)
    place = select(resets, gone - 0.5, reached)
    left = times - floor(times)
    wave = 2.0 * (place - LATE * filtered(faster, pace, pace_before)) + (now1 + now2 + now3) - left * (left - 1.0) / times
    return wave * gain, (angle + to_phase(coming), coming, step, place, faster, pace,
                         now1, next1, now2, next2, now3, next3)
