"""The pulse for recordings that are listened to closely, from hollow to nasal: what is between its harmonics is 20 dB further down than in `pulse`.

The same two edges through a steeper low-pass (`dsp.pristine`), each with a place of its own even where both fall into one frame, so that the
thinnest pulse stays clean while cables move `freq` and `width` at audio rate. 1 for the first part of a turn, -1 for the rest, less the mean of
both; width 0 and 1 are silence. It comes a frame later than `pulse`; `width` counts from the next frame on.
"""
from chronus.dsp.declare import frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_phase, turns
from chronus.dsp.pristine import course, heard, rung, since, strike, struck

HALF = -2**31                             # half a turn


@module(kind="oscillators", version=3,
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-128.0, summed_db=-119.0),
                  promise("aliasing", freq=4186.0, worst_db=-119.0, summed_db=-114.0),
                  promise("aliasing", freq=4186.0, width=0.25, worst_db=-118.0, summed_db=-112.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-118.0, summed_db=-108.0),
                  promise("aliasing", freq=4186.0, width=0.25, swing=0.5, width_swing=0.5, worst_db=-107.0, summed_db=-99.0),
                  promise("aliasing", freq=4186.0, width=0.05, worst_db=-105.0, summed_db=-99.0),
                  promise("aliasing", freq=4186.0, width=0.05, swing=0.5, worst_db=-95.0, summed_db=-87.0),
                  promise("harmonics", freq=441.0, wave="pulse", width=0.1, within=0.22),
                  promise("harmonics", freq=4186.0, wave="pulse", width=0.5, within=0.22),
                  promise("starts_evenly", freq=480.0, below=0.021)))
def pristine_pulse(freq=hertz(220.0, low=0.0, high=20_000.0), width=ratio(0.5), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
                   angle=phase(apart=True), width1=phase(settles=True), width2=phase(settles=True), s1=state(settles=True), s2=state(settles=True),
                   s3=state(settles=True), s4=state(settles=True), b1=state(settles=True), b2=state(settles=True), b3=state(settles=True), b4=state(settles=True),
                   now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state(), now4=state(), next4=state()):
    s0 = minimum(maximum(freq * frame, 0.0), 0.4999)
    width0 = to_phase(minimum(maximum(width, 0.0), 1.0) - 0.5) + HALF
    b0 = s0 + turns(width1 - width0)                      # the phase of the second edge is behind by the width, and so are its steps
    behind = angle - width2
    past, past_behind = turns(angle), turns(behind)
    rises = (past >= 0.0) & (past < s2)
    falls, rises_again = (past_behind >= 0.0) & (past_behind < b2), (past_behind < 0.0) & (past_behind >= b2)
    ring = rung((now1, next1, now2, next2, now3, next3, now4, next4))
    if any_lane(rises):
        ring = struck(strike(select(rises, 2.0, 0.0), since(past, s2, course(s0, s1, s2, s3, s4))), ring)
    if any_lane(falls | rises_again):
        height = select(falls, -2.0, select(rises_again, 2.0, 0.0))
        ring = struck(strike(height, since(past_behind, b2, course(b0, b1, b2, b3, b4))), ring)
    wave = 2.0 * (turns(behind - HALF) - turns(angle - HALF)) + heard(ring)
    return wave * gain, (angle + to_phase(s1), width0, width1, s0, s1, s2, s3, b0, b1, b2, b3, *ring)
