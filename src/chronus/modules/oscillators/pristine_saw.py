"""The saw for recordings that are listened to closely: as bright as `saw`, and what is between its harmonics is 20 dB further down.

The same wave through a steeper low-pass (`dsp.pristine`), whose ear for a frequency that moves is finer, too: it stays as clean under frequency
modulation. It rises from -1 to 1, begins at 0, a frame later than `saw`, shoots over by a quarter of the jump, and takes twice the time.
"""
from chronus.dsp.declare import Foresight, frame_seconds, hertz, module, phase, promise, ratio, state
from chronus.dsp.edges import until, until_again
from chronus.dsp.lanes import any_lane, fma, maximum, minimum, seldom, select, to_phase, turns
from chronus.dsp.pristine import LATE, course, heard, rung, since, slow, strike, struck

HALF = -2**31                             # half a turn, where the jump is


def jump(angle, way, s1, s2, s3, s4):
    """The next jump at a frequency that stands still."""
    frames, past = until(HALF - angle, way, 1.0 / maximum(s2, 1e-10))
    return frames, past, (since(turns(past), s2, course(s1, s1, s2, s3, s4)),)


def jump_again(past, way, s1, s2, s3, s4):
    """The one behind it."""
    frames, past = until_again(past, way, 1.0 / maximum(s2, 1e-10))
    return frames, past, (since(turns(past), s2, course(s1, s1, s2, s3, s4)),)


def ringing(u):
    """What it adds."""
    return strike(-2.0, u)


@module(kind="oscillators", version=4,
        foresees=Foresight(jump, ringing, ("now1", "next1", "now2", "next2", "now3", "next3", "now4", "next4"), jump_again),
        promises=(promise("pitch", freq=10.0, within_cents=0.1), promise("pitch", freq=16_000.0, within_cents=0.1),
                  promise("aliasing", freq=1244.5, worst_db=-127.0, summed_db=-117.0),
                  promise("aliasing", freq=4186.0, worst_db=-119.0, summed_db=-112.0),
                  promise("aliasing", freq=1244.5, swing=0.5, worst_db=-124.0, summed_db=-112.0),
                  promise("aliasing", freq=4186.0, swing=0.5, worst_db=-115.0, summed_db=-106.0),
                  promise("harmonics", freq=110.0, wave="saw", within=0.22), promise("harmonics", freq=4186.0, wave="saw", within=0.22),
                  promise("starts_evenly", freq=480.0, below=0.005)))
def pristine_saw(freq=hertz(220.0, low=0.0, high=20_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(),
                 angle=phase(apart=True), way=phase(settles=True), s1=state(settles=True), s2=state(settles=True), s3=state(settles=True), s4=state(settles=True),
                 s5=state(settles=True), s6=state(settles=True), s7=state(settles=True), now1=state(), next1=state(), now2=state(), next2=state(), now3=state(), next3=state(), now4=state(), next4=state()):
    s0 = minimum(maximum(freq * frame, 0.0), 0.4999)
    past = angle - HALF
    jumps = (past >= 0) & (past < way)
    ring = now1, next1, now2, next2, now3, next3, now4, next4
    if seldom(jumps):
        ring = struck(strike(select(jumps, -2.0, 0.0), since(turns(past), s2, course(s0, s1, s2, s3, s4))), ring)
    late = LATE * s2
    moves = (s0 != s1) | (s1 != s2) | (s2 != s3) | (s3 != s4) | (s4 != s5) | (s5 != s6) | (s6 != s7)
    if any_lane(moves):
        late = select(moves, slow(s0, s1, s2, s3, s4, s5, s6, s7), late)
    wave = fma(2.0, turns(angle) - late, heard(ring))
    on = to_phase(s1)
    return wave * gain, (angle + on, on, s0, s1, s2, s3, s4, s5, s6, *rung(ring))
