"""Up while the gate is open, down when it closes: the envelope of organs, swells and side-chains, and of anything that needs no more.

The attack arrives in exactly the frames that its milliseconds are, the release is at 0 in exactly its own, both from the level that is there, so
nothing steps. `curve` 0 is straight lines, 1 is analogue: the charge of a capacitor towards 1.3, and a fall of 60 dB (from which a line takes
the last thousandth). The gate's height when it opens is the velocity. With nothing plugged into `audio` it is the envelope itself.
`rest` keeps what rounding took from `done`.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select
from chronus.dsp.math import exp2


def frames_of(time, frame):
    """Milliseconds as a whole number of frames, at least one."""
    return minimum(maximum(floor(time * (0.001 / frame) + 0.5), 1.0), 1e7)


@module(kind="envelopes", bypass="audio",
        promises=(promise("stages", frames=(0, 480, 0, 0, 14_400), sustain=1.0, curve=0.0, attack=10.0, release=300.0),
                  promise("stages", frames=(0, 480_000, 0, 0, 48), sustain=1.0, curve=1.0, attack=10_000.0, release=1.0),
                  promise("stages", frames=(0, 1, 0, 0, 1), sustain=1.0, attack=0.0, release=0.0),
                  promise("largest_step", below=1.01 / 480, attack=10.0, release=200.0, curve=0.0),
                  promise("largest_step", below=0.005, attack=10.0, release=200.0)))
def ar(audio=inlet(default=1.0), gate=gate(), attack=milliseconds(10.0, low=0.0, high=10_000.0), release=milliseconds(300.0, low=0.0, high=20_000.0),
       curve=ratio(1.0), frame=frame_seconds(), level=state(), origin=state(), peak=state(), done=state(), rest=state(), was=state()):
    is_open = gate > 0.0
    opens, closes = is_open & (was <= 0.0), (was > 0.0) & ~is_open
    enters = opens | closes
    origin, done, rest = select(enters, level, origin), select(enters, 0.0, done), select(enters, 0.0, rest)
    peak = select(opens, minimum(gate, 1.0), peak)
    part = select(is_open, 1.0 / frames_of(attack, frame), 1.0 / frames_of(release, frame))
    step = part + rest
    moved = done + step
    over = moved > 1.0 - 0.5 * part
    goal = select(is_open, peak, 0.0)
    level = goal
    if any_lane(~over):                                         # while nothing moves nothing is computed
        bent = (1.0 - exp2(moved * select(is_open, -2.115477, -9.965784))) * select(is_open, 1.3, 1.001001)
        way = moved + minimum(maximum(curve, 0.0), 1.0) * (bent - moved)
        level = select(over, goal, origin + (goal - origin) * way)
    kept = select(over, 1.0, moved), select(over, 0.0, step - (moved - done)), select(is_open, 1.0, 0.0)
    return audio * level, (level, origin, peak, *kept)
