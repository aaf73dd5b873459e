"""Two saws, a little or an interval apart: the beating pair that basses, leads and brass of analogue synthesisers are made of.

The second saw is `detune` cents away: 7 beat slowly, 1200 are an octave. Both begin together and rise from -1/2 to 1/2, so the two are never higher than one
`saw`. Each rings as a `saw` does, and since a filter adds up what goes into it, one ringing serves both (`dsp.edges`): in a voice a twin takes three fifths of
the time of two saws. A cable may move `freq` and `detune` at audio rate; either saw is held between 0 and half the sample rate.
"""
from chronus.dsp.declare import Foresight, frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import LATE, filtered, moment, rung, since, strike, until, until_again
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, seldom, select, to_float, to_phase, turns
from chronus.dsp.math import exp2

HALF = -2**31                             # half a turn, where the jumps are
TURN = 2.0**-32


def jump(angle, other, way, per_step, other_way, per_other):
    """The next jump of the first saw at frequencies that stand still."""
    frames, past = until(HALF - angle, way, per_step)
    return together(frames, past, other + frames * other_way - HALF, per_step, other_way, per_other)


def jump_again(past, beside, way, per_step, other_way, per_other):
    """The one behind it."""
    frames, past = until_again(past, way, per_step)
    return together(frames, past, beside + (frames + 1) * other_way, per_step, other_way, per_other)


def other_jump(angle, other, way, per_step, other_way, per_other):
    """The next one of the second saw."""
    return jump(other, angle, other_way, per_other, way, per_step)


def other_jump_again(past, beside, way, per_step, other_way, per_other):
    """The one behind it."""
    return jump_again(past, beside, other_way, per_other, way, per_step)


def together(frames, past, beside, per_step, other_way, per_other):
    """A jump as `dsp.declare.Foresight` has it, and with it the other saw's if that jumps in the same frame, being `beside` its edge then."""
    too = select((beside >= 0) & (beside < other_way), moment(turns(beside) * per_other), -1.0)
    return frames, (past, beside), (moment(turns(past) * per_step), too)


def ringing(u, too):
    """What one adds, and the other one if it is there, too."""
    added = strike(u >= -0.5, -1.0, u)
    if any_lane(too > -1.0):
        added = both(added, strike(too > -1.0, -1.0, too))
    return added


def both(a, b):
    """Six numbers and six others, each with each."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5]


@module(kind="oscillators", foresees=Foresight((jump, other_jump), ringing, ("now1", "next1", "now2", "next2", "now3", "next3"), (jump_again, other_jump_again)),
        promises=(promise("pitch", freq=10.0, within_cents=0.1, detune=0.0), promise("pitch", freq=16_000.0, within_cents=0.1, detune=0.0),
                  promise("aliasing", freq=1244.5, worst_db=-97.0, summed_db=-88.0, detune=0.0),
                  promise("aliasing", freq=4186.0, worst_db=-89.0, summed_db=-83.0, detune=0.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-83.0, summed_db=-74.0, detune=0.0),
                  promise("swarm", freq=1244.5, parts=(1.0, 2.0**(7.0 / 1200.0)), worst_db=-97.0, detune=7.0),
                  promise("swarm", freq=4186.0, parts=(1.0, 2.0**(-700.0 / 1200.0)), worst_db=-89.0, detune=-700.0),
                  promise("harmonics", freq=110.0, wave="saw", within=0.3, detune=0.0)))
def twin(freq=hertz(220.0, low=0.0, high=20_000.0), detune=ratio(7.0, low=-2_400.0, high=2_400.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
         angle=phase(apart=True), other=phase(apart=True), way=phase(settles=True), other_way=phase(settles=True), known=state(settles=True),
         cents=state(settles=True), step=state(settles=True), per_step=state(settles=True), earlier=state(settles=True),
         other_step=state(settles=True), per_other=state(settles=True), other_earlier=state(settles=True),
         now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state()):
    past, beside = angle - HALF, other - HALF
    jumps, jumps_too = (past >= 0) & (past < way), (beside >= 0) & (beside < other_way)
    coming, other_coming, last, other_last, slow = step, other_step, earlier, other_earlier, step + other_step
    moves = any_lane((freq != known) | (detune != cents) | (step != earlier) | (other_step != other_earlier))
    if moves:
        last, other_last, known, cents = step, other_step, freq + 0.0, detune + 0.0         # with 0 added, what is denormal is 0
        coming = minimum(maximum(freq * frame, 0.0), 0.4999)
        other_coming = minimum(maximum(freq * frame * exp2(detune * (1.0 / 1200.0)), 0.0), 0.4999)
        way, per_step = to_phase(coming), 1.0 / maximum(coming, 1e-10)
        other_way, per_other = to_phase(other_coming), 1.0 / maximum(other_coming, 1e-10)
        slow = filtered(coming, step, earlier) + filtered(other_coming, other_step, other_earlier)
    if seldom(jumps | jumps_too):
        u, v = moment(turns(past) * per_step), moment(turns(beside) * per_other)
        if moves:
            u, v = since(turns(past), step, 0.25 * (coming - earlier)), since(turns(beside), other_step, 0.25 * (other_coming - other_earlier))
        s1, t1, s2, t2, s3, t3 = both(strike(jumps, -1.0, u), strike(jumps_too, -1.0, v))
        now1, next1, now2, next2, now3, next3 = now1 + s1, next1 + t1, now2 + s2, next2 + t2, now3 + s3, next3 + t3
    wave = fma(TURN, to_float(angle) + to_float(other), -LATE * slow) + ((now1 + now2) + now3)
    now1, next1, now2, next2, now3, next3 = rung(now1, next1, now2, next2, now3, next3)
    return wave * gain, (angle + way, other + other_way, way, other_way, known, cents, coming, per_step, last, other_coming, per_other, other_last,
                                  now1, next1, now2, next2, now3, next3)
