"""Hollow to nasal: a square at width 0.5, a thin reed near 0 or 1, and every shade between while a cable moves the width.

The difference of two saws, one behind the other by the width: 1 for the first part of a turn, -1 for the rest, less the mean of both, so
that no width has DC and a thin one stands up to 2 high on one side. Both edges ring in one and the same filter (`dsp.edges`), which shoots
over by a fifth of the step, to 1.42 at gain 1 and width 0.5. Each part lasts at least a frame, so that the two edges never share one.
Cables may move `freq` and `width` at audio rate; `freq` is held between 0 and half the sample rate, `width` counts from the next frame on.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import rung, since, struck
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_phase, turns

HALF = -2**31                             # half a turn


@module(kind="oscillators",
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-97.0, summed_db=-90.0),
                  promise("aliasing", freq=4186.0, worst_db=-93.0, summed_db=-87.0),
                  promise("aliasing", freq=4186.0, width=0.25, worst_db=-90.0, summed_db=-85.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-96.0, summed_db=-85.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-84.0, summed_db=-73.0),
                  promise("aliasing", freq=4186.0, width_swing=0.5, worst_db=-91.0, summed_db=-81.0),
                  promise("aliasing", freq=4186.0, swing=0.1, width_swing=0.1, worst_db=-93.0, summed_db=-85.0),
                  promise("harmonics", freq=441.0, wave="pulse", width=0.1, within=0.3),
                  promise("harmonics", freq=4186.0, wave="pulse", width=0.5, within=0.3),
                  promise("starts_evenly", freq=480.0, below=0.011)))
def pulse(freq=hertz(220.0, low=0.0, high=20_000.0), width=ratio(0.5), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
          angle=phase(), step=state(), earlier=state(), behind=phase(), step_behind=state(), earlier_behind=state(),
          now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    coming = minimum(maximum(freq * frame, 0.0), 0.4999)
    ahead = angle + to_phase(coming)
    held = minimum(maximum(width, 1.01 * coming), 1.0 - 1.01 * coming)
    ahead_behind = ahead - HALF - to_phase(held - 0.5)
    coming_behind = turns(ahead_behind - behind)

    past, past_behind = turns(angle), turns(behind)
    rises = (past >= 0.0) & (past < step)
    falls, rises_again = (past_behind >= 0.0) & (past_behind < step_behind), (past_behind < 0.0) & (past_behind >= step_behind)
    bend, bend_behind = 0.25 * (coming - earlier), 0.25 * (coming_behind - earlier_behind)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    edges = rises | falls | rises_again
    if any_lane(edges):
        u = since(select(rises, past, past_behind), select(rises, step, step_behind), select(rises, bend, bend_behind))
        height = select(rises, 2.0, 0.0) + select(falls, -2.0, select(rises_again, 2.0, 0.0))
        now1, next1, now2, next2, now3, next3 = struck(edges, height, u, now1, next1, now2, next2, now3, next3)
    wave = 2.0 * (turns(behind - HALF) - turns(angle - HALF)) + (now1 + now2 + now3)
    return wave * gain, (ahead, coming, step, ahead_behind, coming_behind, step_behind, now1, next1, now2, next2, now3, next3)
