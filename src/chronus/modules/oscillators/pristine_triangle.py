"""The triangle for recordings that are listened to closely: soft, and clean even where its pitch is shaken at audio rate.

The straight lines of `triangle` through a steeper low-pass (`dsp.pristine`). While `freq` moves the lines are curves: the filter hears their last
eight steps, and a corner has seven derivatives of its own moment. Between -1 and 1, begins at 0, a frame later than `triangle`.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select, to_phase, turns
from chronus.dsp.pristine import bent, course, far_course, heard, rung, since, slow

HALF, QUARTER = -2**31, 2**30             # of a turn


@module(kind="oscillators", version=3,
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-140.0, summed_db=-132.0),
                  promise("aliasing", freq=4186.0, worst_db=-126.0, summed_db=-122.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-134.0, summed_db=-119.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-118.0, summed_db=-103.0),
                  promise("harmonics", freq=110.0, wave="triangle", within=0.22), promise("harmonics", freq=4186.0, wave="triangle", within=0.22),
                  promise("starts_evenly", freq=480.0, below=0.01)))
def pristine_triangle(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
                      angle=phase(apart=True), s1=state(), s2=state(), s3=state(), s4=state(), s5=state(), s6=state(), s7=state(),
                      now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state(), now4=state(), next4=state()):
    s0 = minimum(maximum(freq * frame, 0.0), 0.4999)
    from_top, past = turns(angle - QUARTER), 0.5 * turns(angle * 2 - HALF)
    past = select(past < 0.0, past + 0.5, past)
    slope, turned = select(from_top < 0.0, 4.0, -4.0), past < s2
    ring = rung((now1, next1, now2, next2, now3, next3, now4, next4))
    if any_lane(turned):
        way = course(s0, s1, s2, s3, s4)
        ring = bent(select(turned, 2.0 * slope, 0.0), since(past, s2, way), far_course(way, s0, s1, s2, s3, s4, s5, s6), ring)
    wave = 1.0 - 4.0 * absolute(from_top) - slope * slow(s0, s1, s2, s3, s4, s5, s6, s7) + heard(ring)
    return wave * gain, (angle + to_phase(s1), s0, s1, s2, s3, s4, s5, s6, *ring)
