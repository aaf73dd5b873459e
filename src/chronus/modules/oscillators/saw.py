"""The brightest of the classic waves, for basses, leads and strings: every harmonic there is, and nothing to be heard between them.

Rises from -1 to 1 and jumps back; it begins at 0. The jump rings as a steep low-pass makes it (`dsp.edges`), which shoots over by a
fifth of it, to 1.41 at gain 1. A cable may move `freq` at audio rate; it is held between 0 and half the sample rate.
"""
from chronus.dsp.declare import Foresight, frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import LATE, filtered, moment, rung, since, strike, struck, until, until_again
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, seldom, to_phase, turns

HALF = -2**31                             # half a turn, where the jump is


def jump(angle, way, per_step):
    """The next jump at a frequency that stands still."""
    frames, past = until(HALF - angle, way, per_step)
    return frames, past, (moment(turns(past) * per_step),)


def jump_again(past, way, per_step):
    """The one behind it."""
    frames, past = until_again(past, way, per_step)
    return frames, past, (moment(turns(past) * per_step),)


def ringing(u):
    """What it adds."""
    return strike(u >= -0.5, -1.0, u)


@module(kind="oscillators", version=3, foresees=Foresight(jump, ringing, ("now1", "next1", "now2", "next2", "now3", "next3"), jump_again),
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-97.0, summed_db=-88.0),
                  promise("aliasing", freq=4186.0, worst_db=-89.0, summed_db=-83.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-95.0, summed_db=-85.0),
                  promise("aliasing", freq=4186.0, swing=0.1, worst_db=-88.0, summed_db=-82.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-83.0, summed_db=-74.0),
                  promise("harmonics", freq=110.0, wave="saw", within=0.3), promise("harmonics", freq=4186.0, wave="saw", within=0.3),
                  promise("starts_evenly", freq=480.0, below=0.001)))
def saw(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
        angle=phase(apart=True), way=phase(settles=True), known=state(settles=True), step=state(settles=True), per_step=state(settles=True),
        earlier=state(settles=True),
        now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    past = angle - HALF
    jumps = (past >= 0) & (past < way)
    coming, last, slow = step, earlier, step
    moves = any_lane((freq != known) | (step != earlier))
    if moves:
        coming, last, known = minimum(maximum(freq * frame, 0.0), 0.4999), step, freq + 0.0            # with 0 added, what is denormal is 0
        way, per_step = to_phase(coming), 1.0 / maximum(coming, 1e-10)
        slow = filtered(coming, step, earlier)
    if seldom(jumps):
        u = moment(turns(past) * per_step)
        if moves:
            u = since(turns(past), step, 0.25 * (coming - earlier))
        now1, next1, now2, next2, now3, next3 = struck(jumps, -1.0, u, now1, next1, now2, next2, now3, next3)
    wave = fma(-LATE, slow, turns(angle)) + ((now1 + now2) + now3)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    return wave * (gain + gain), (angle + way, way, known, coming, per_step, last, now1, next1, now2, next2, now3, next3)
