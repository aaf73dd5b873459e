"""The envelope with everything: waits, rises, stays, falls to what is held, and dies away when the gate closes.

It shapes what is plugged into `audio`; with nothing plugged in it is the envelope itself. Delay, attack, hold, decay and release each last
exactly the frames that their milliseconds are. `curve` 0 is straight lines; 1 is analogue: the attack is the charge of a capacitor towards
1.3, decay and release do 60 dB of their way in their time (from which a line takes the last thousandth). The gate's height when it opens is
the velocity. Every stage starts from the level that is there, so nothing steps. With `legato` a gate that opens before the release is over goes
on to the sustain, in the time of the decay, instead of beginning again. A knob that turns in a stage changes the speed of what is left of it.
`rest` keeps what rounding took from `done`.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select
from chronus.dsp.math import exp2

WAITS, RISES, STAYS, FALLS, IS_HELD, DIES = 1.0, 2.0, 3.0, 4.0, 5.0, 6.0                     # stages; 0 is rest
TIMES = {"delay": 5.0, "attack": 10.0, "hold": 2.0, "decay": 100.0, "release": 300.0}
FRAMES = (240, 480, 96, 4_800, 14_400)


def share(time, per_ms):
    """Which part of a stage of so many milliseconds one frame is."""
    return 1.0 / minimum(maximum(floor(time * per_ms + 0.5), 1.0), 1e7)


@module(kind="envelopes", version=2, bypass="audio",
        promises=(promise("stages", frames=FRAMES, sustain=0.5, curve=0.0, **TIMES),
                  promise("stages", frames=FRAMES, sustain=0.25, curve=1.0, **TIMES),
                  promise("stages", frames=(0, 1, 0, 1, 1), sustain=0.5, delay=0.0, attack=0.0, hold=0.0, decay=0.0, release=0.0),
                  promise("stages", frames=(0, 48, 0, 480_000, 48_000), early=50, sustain=0.5, attack=1.0, decay=10_000.0, release=1_000.0),
                  promise("largest_step", below=1.01 / 480, attack=10.0, decay=200.0, release=300.0, curve=0.0),
                  promise("largest_step", below=0.005, attack=10.0, decay=200.0, release=300.0),
                  promise("struck_again", top=1.0, within=1e-6, sustain=0.4), promise("struck_again", top=0.4, within=1e-6, sustain=0.4, legato=1.0)))
def dahdsr(audio=inlet(default=1.0), gate=gate(), delay=milliseconds(0.0, low=0.0, high=10_000.0), attack=milliseconds(5.0, low=0.0, high=10_000.0),
           hold=milliseconds(0.0, low=0.0, high=10_000.0), decay=milliseconds(300.0, low=0.0, high=20_000.0), sustain=ratio(0.6),
           release=milliseconds(400.0, low=0.0, high=20_000.0), curve=ratio(1.0), legato=ratio(0.0), frame=frame_seconds(),
           stage=state(), level=state(), origin=state(), peak=state(), done=state(), rest=state(), was=state()):
    per_ms = 0.001 / frame
    opens, closes = (gate > 0.0) & (was <= 0.0), (gate <= 0.0) & (was > 0.0)
    goes_on = (legato > 0.5) & (stage > 5.5)
    stage = select(opens, select(goes_on, FALLS, WAITS), select(closes, DIES, stage))
    enters = opens | closes
    origin, done, rest = select(enters, level, origin), select(enters, 0.0, done), select(enters, 0.0, rest)
    peak = select(opens, minimum(gate, 1.0), peak)
    no_wait = (stage > 0.5) & (stage < 1.5) & (delay * per_ms < 0.5)
    stage = select(no_wait, RISES, stage)
    no_stay = (stage > 2.5) & (stage < 3.5) & (hold * per_ms < 0.5)
    stage = select(no_stay, FALLS, stage)
    done, rest = select(no_wait | no_stay, 0.0, done), select(no_wait | no_stay, 0.0, rest)     # what was waited is no part of the next stage

    rising, before_fall, held = stage < 2.5, stage < 3.5, stage < 5.5
    part = select(before_fall, select(stage < 1.5, share(delay, per_ms), select(rising, share(attack, per_ms), share(hold, per_ms))),
                  select(held, share(decay, per_ms), share(release, per_ms)))
    step = part + rest
    moved = done + step
    rests = (stage < 0.5) | ((stage > 4.5) & held)
    over = moved > 1.0 - 0.5 * part
    goal = select(stage < 1.5, origin, select(before_fall, peak, select(held, peak * minimum(maximum(sustain, 0.0), 1.0), 0.0)))
    ends = over | rests
    level = goal
    if any_lane(~ends):                                         # while nothing moves nothing is computed
        bent = (1.0 - exp2(moved * select(rising, -2.115477, -9.965784))) * select(rising, 1.3, 1.001001)
        way = moved + minimum(maximum(curve, 0.0), 1.0) * (bent - moved)
        level = select(ends, goal, origin + (goal - origin) * way)
    next_ = select(over & ~rests, select(held, stage + 1.0, 0.0), stage)
    kept = select(ends, level, origin), peak, select(ends, 0.0, moved), select(ends, 0.0, step - (moved - done)), select(gate > 0.0, 1.0, 0.0)
    return audio * level, (next_, level, *kept)
