"""The softest of the classic waves, between a flute and a muted square: odd harmonics only, and they fade quickly.

Straight lines between -1 and 1 that begin at 0; where they meet, the corners are rounded as a steep low-pass would (`dsp.edges`).
A cable may move `freq` at audio rate; then the lines are curves, so a corner has the speed, the bend and the twist of its own moment, taken from
four steps of the phase, and the filter hears them (`LATE`, `LEFT`, `LAST`). It is held between 0 and half the sample rate.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import LAST, LATE, LEFT, bent, nearer, rung, since, slope_of
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select, to_phase, turns

HALF, QUARTER = -2**31, 2**30             # of a turn


@module(kind="oscillators", version=3,
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-115.0, summed_db=-108.0),
                  promise("aliasing", freq=4186.0, worst_db=-94.0, summed_db=-91.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-108.0, summed_db=-100.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-91.0, summed_db=-80.0),
                  promise("harmonics", freq=110.0, wave="triangle", within=0.3), promise("harmonics", freq=4186.0, wave="triangle", within=0.3),
                  promise("starts_evenly", freq=480.0, below=0.002)))
def triangle(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
             angle=phase(apart=True), step=state(settles=True), earlier=state(settles=True), earliest=state(settles=True),
             now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    coming = minimum(maximum(freq * frame, 0.0), 0.4999)
    from_top, twice = turns(angle - QUARTER), 2.0 * step
    past = turns(angle * 2 - HALF)
    past = select(past < 0.0, past + 1.0, past)
    bend, twist, jerk = slope_of(coming, step, earlier, earliest)
    slope = select(from_top < 0.0, 4.0, -4.0)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    corners = past < twice
    if any_lane(corners):
        u, corner = nearer(since(past, twice, bend), 0.5 * past, step, bend, twist, jerk), 2.0 * slope
        z = u * u
        speed = step - 0.0416666667 * twist - bend * u + 0.5 * twist * z - 0.166666667 * jerk * u * z
        change = bend - twist * u + 0.5 * jerk * z
        now1, next1, now2, next2, now3, next3 = bent(corners, corner * speed, corner * change, corner * (twist - jerk * u), u, now1, next1, now2, next2, now3, next3)
    slow = 0.5 * (coming + step) - 0.166666667 * twist - 0.0833333333 * jerk
    smooth = slope * (LEFT * (coming - step - 0.0833333333 * jerk) - LATE * slow - LAST * (twist + 0.5 * jerk))
    wave = 1.0 - 4.0 * absolute(from_top) + smooth + (now1 + now2 + now3)
    return wave * gain, (angle + to_phase(coming), coming, step, earlier, now1, next1, now2, next2, now3, next3)
