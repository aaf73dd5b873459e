"""Hollow to nasal: a square at width 0.5, a thin reed near 0 or 1, and every shade between while a cable moves the width.

The difference of two saws, one behind the other by the width: 1 for the first part of a turn, -1 for the rest, less the mean of both, so
that no width has DC and a thin one stands up to 2 high on one side. Both edges ring in one and the same filter (`dsp.edges`), which shoots
over by a fifth of the step, to 1.42 at gain 1 and width 0.5. Each part lasts at least a frame; where the frequency or the width grows
quickly, both edges may share one all the same.
Cables may move `freq` and `width` at audio rate; `freq` is held between 0 and 0.495 of the sample rate, `width` counts from the next frame on.
"""
from chronus.dsp.declare import Foresight, frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import moment, nearer, rung, since, slope_of, strike, struck, until
from chronus.dsp.lanes import any_lane, maximum, minimum, seldom, select, to_phase, turns

HALF = -2**31                             # half a turn


def edge(angle, way, step, apart, way_behind, step_behind):
    """The next of the two edges, while neither frequency nor width moves."""
    rise, past_rise = until(-angle, way, 1.0 / step)
    fall, past_fall = until(-(angle + apart), way_behind, 1.0 / step_behind)
    rises = rise <= fall
    frames, past = select(rises, rise, fall), select(rises, past_rise, past_fall)
    u = moment(turns(past) * (1.0 / select(rises, step, step_behind)))
    height = select(rises, 2.0, 0.0) + select(fall <= rise, -2.0, 0.0)
    return frames, angle + (frames + 1) * way, (select((past >= 0) & (past < way), u, -1.0), height)


def ringing(u, height):
    """What it adds."""
    return strike(u > -1.0, height, u)


@module(kind="oscillators", version=3, foresees=Foresight(edge, ringing, ("now1", "next1", "now2", "next2", "now3", "next3")),
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-97.0, summed_db=-90.0),
                  promise("aliasing", freq=4186.0, worst_db=-93.0, summed_db=-87.0),
                  promise("aliasing", freq=4186.0, width=0.25, worst_db=-90.0, summed_db=-85.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-96.0, summed_db=-85.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-88.0, summed_db=-80.0),
                  promise("aliasing", freq=4186.0, width=0.25, swing=0.5, worst_db=-82.0, summed_db=-73.0),
                  promise("aliasing", freq=4186.0, width_swing=0.5, worst_db=-93.0, summed_db=-84.0),
                  promise("aliasing", freq=4186.0, swing=0.1, width_swing=0.1, worst_db=-93.0, summed_db=-85.0),
                  promise("aliasing", freq=4186.0, width=0.97, swing=0.2, worst_db=-78.0, summed_db=-73.0),
                  promise("harmonics", freq=441.0, wave="pulse", width=0.1, within=0.3),
                  promise("harmonics", freq=4186.0, wave="pulse", width=0.5, within=0.3),
                  promise("starts_evenly", freq=480.0, below=0.011)))
def pulse(freq=hertz(220.0, low=0.0, high=20_000.0), width=ratio(0.5), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
          angle=phase(apart=True), way=phase(settles=True), step=state(settles=True), earlier=state(settles=True), earliest=state(settles=True),
          apart=phase(settles=True), way_behind=phase(settles=True), step_behind=state(settles=True), earlier_behind=state(settles=True),
          earliest_behind=state(settles=True),
          now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    coming = minimum(maximum(freq * frame, 0.0), 0.495)
    held = minimum(maximum(width, 1.01 * coming), 1.0 - 1.01 * coming)
    on, coming_apart = to_phase(coming), HALF - to_phase(held - 0.5)
    on_behind = on + (coming_apart - apart)
    coming_behind = turns(on_behind)

    behind = angle + apart
    rises = (angle >= 0) & (angle < way)
    falls, rises_again = (behind >= 0) & (behind < way_behind), (behind < 0) & (behind >= way_behind)
    follows = falls | rises_again
    if seldom(rises | follows):
        slope, slope_behind = slope_of(coming, step, earlier, earliest), slope_of(coming_behind, step_behind, earlier_behind, earliest_behind)
        u = nearer(since(turns(angle), step, 0.5 * slope[0]), turns(angle), step, *slope)
        v = nearer(since(turns(behind), step_behind, 0.5 * slope_behind[0]), turns(behind), step_behind, *slope_behind)
        second = select(falls, -2.0, 2.0)
        now1, next1, now2, next2, now3, next3 = struck(rises | follows, select(rises, 2.0, second), select(rises, u, v), now1, next1, now2, next2, now3, next3)
        if any_lane(rises & follows):                          # both in one frame, where the frequency or the width grows quickly
            now1, next1, now2, next2, now3, next3 = struck(rises & follows, second, v, now1, next1, now2, next2, now3, next3)
    wave = 2.0 * (turns(behind - HALF) - turns(angle - HALF)) + (now1 + now2 + now3)
    return wave * gain, (angle + on, on, coming, step, earlier, coming_apart, on_behind, coming_behind, step_behind,
                         earlier_behind, *rung(now1, next1, now2, next2, now3, next3))
