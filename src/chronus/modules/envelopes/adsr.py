"""The shape of a note: rises when the gate opens, settles while it is held, dies away when it closes.

It shapes what is plugged into `audio`; with nothing plugged in it is the envelope itself. The attack is a straight line that
arrives in exactly the frames that its milliseconds are; decay and release fall by 60 dB in their time. The gate's height is the
velocity. A gate that opens again starts from the level that is there, so nothing steps. A shorter attack counts at once, a longer
one from the next note; a velocity that changes on the way up, as in legato, counts when the attack has arrived, as nothing steps then, either. What is kept
is how far the level is `away` from its aim, which rounding cannot stop short of it: a decay of 20 s arrives. `rest` is what rounding takes from a step
of the attack. The aim of a release is 120 dB below nothing, where the level is held, so that it ends.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import floor, maximum, minimum, seldom, select
from chronus.dsp.math import approach

READY, DONE = 0.0, -1.0                    # of `left`: the attack is still to come, the attack is over


def open_at(gate):
    """Whether a gate is open, and how far, at most 1."""
    velocity = minimum(gate, 1.0)
    return velocity > 0.0, velocity


def aimed(gate, sustain):
    """Where the level is on its way to."""
    is_open, velocity = open_at(gate)
    return select(is_open, velocity * minimum(maximum(sustain, 0.0), 1.0), -1e-6)


def stirring(gate, sustain, aim, left):
    """Where the aim moves, or an attack is on its way, or over where the next may come."""
    is_open, _ = open_at(gate)
    return (aimed(gate, sustain) != aim) | (left != select(is_open, DONE, READY))


@module(kind="envelopes", version=2, bypass="audio", stirs=stirring,
        promises=(promise("attack_frames", attack=10.0, frames=480), promise("attack_frames", attack=0.0, frames=1),
                  promise("attack_frames", attack=10_000.0, frames=480_000),
                  promise("release_frames", release=100.0, frames=4_800, within=2),
                  promise("settled", at=0.4, within=1e-6, gate=0.8, sustain=0.5, decay=50.0),
                  promise("settled", at=0.35, within=1e-6, gate=0.5, sustain=0.7, decay=3_000.0),
                  promise("largest_step", below=1.01 / 480, attack=10.0, decay=200.0, release=300.0)))
def adsr(audio=inlet(default=1.0), gate=gate(), attack=milliseconds(5.0, low=0.0, high=10_000.0),
         decay=milliseconds(200.0, low=0.0, high=20_000.0), sustain=ratio(0.7), release=milliseconds(300.0, low=0.0, high=20_000.0),
         frame=frame_seconds(), away=state(), aim=state(), left=state(), rest=state(), top=state()):
    is_open, velocity = open_at(gate)
    per_ms = 0.001 / frame
    if seldom(stirring(gate, sustain, aim, left)):
        before, aim = aim, aimed(gate, sustain)
        away, left = away + (before - aim), select(is_open, left, READY)
    part = select(is_open, approach(decay * per_ms), approach(release * per_ms))
    start, away = away, away - away * part
    level = maximum(aim + away, 0.0)
    rising = is_open & (left >= READY)
    if seldom(rising):
        line = minimum(maximum(floor(attack * per_ms + 0.5), 1.0), 1e7)
        frames = select(left > READY, minimum(left, line), line)
        top = select(rising & (left <= READY), velocity, top)
        arrives, gap = frames < 1.5, top - aim
        step = (gap - start) / frames + select(left > READY, rest, 0.0)
        risen = start + step
        rest = select(rising, step - (risen - start), rest)
        level = select(rising, select(arrives, top, aim + risen), level)
        away = select(rising, select(arrives, gap, risen), away)
        left = select(rising, select(arrives, DONE, frames - 1.0), left)
    return audio * level, (away, aim, left, rest, top)
