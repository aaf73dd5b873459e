"""The shape of a note: rises when the gate opens, settles while it is held, dies away when it closes.

It shapes what is plugged into `audio`; with nothing plugged in it is the envelope itself. The attack is a straight line that
arrives in exactly the frames that its milliseconds are; decay and release fall by 60 dB in their time. The gate's height is the
velocity. A gate that opens again starts from the level that is there, so nothing steps. A shorter attack counts at once, a longer
one from the next note. How far it falls in a frame is computed anew only when its time changes. `rest` keeps what rounding took from `level`: without it a decay of 20 s would stop 0.004 short of the sustain.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select
from chronus.dsp.math import approach


@module(kind="envelopes", bypass="audio",
        promises=(promise("attack_frames", attack=10.0, frames=480), promise("attack_frames", attack=0.0, frames=1),
                  promise("attack_frames", attack=10_000.0, frames=480_000),
                  promise("release_frames", release=100.0, frames=4_800, within=2),
                  promise("settled", at=0.4, within=1e-6, gate=0.8, sustain=0.5, decay=50.0),
                  promise("settled", at=0.35, within=1e-6, gate=0.5, sustain=0.7, decay=3_000.0),
                  promise("largest_step", below=1.01 / 480, attack=10.0, decay=200.0, release=300.0)))
def adsr(audio=inlet(default=1.0), gate=gate(), attack=milliseconds(5.0, low=0.0, high=10_000.0),
         decay=milliseconds(200.0, low=0.0, high=20_000.0), sustain=ratio(0.7), release=milliseconds(300.0, low=0.0, high=20_000.0),
         frame=frame_seconds(), level=state(), rest=state(), left=state(), held=state(), frames_before=state(), part=state()):
    velocity = minimum(gate, 1.0)
    is_open = velocity > 0.0
    per_ms = 0.001 / frame
    line = minimum(maximum(floor(attack * per_ms + 0.5), 1.0), 1e7)
    left = select(is_open, select(held > 0.0, minimum(left, line), line), 0.0)
    target = select(is_open, velocity * minimum(maximum(sustain, 0.0), 1.0), 0.0)
    frames = maximum(select(is_open, decay, release) * per_ms, 1.0)
    if any_lane((frames < frames_before) | (frames > frames_before)):
        part = approach(frames)
    step = (target - level) * part
    if any_lane(left > 0.0):
        step = select(left > 0.0, (velocity - level) / maximum(left, 1.0), step)
    step = step + rest
    moved = level + step
    rest = step - (moved - level)
    arrives, dies = (left > 0.0) & (left < 1.5), (left <= 0.0) & (target < 1e-6) & (moved < 1e-6)
    level = select(arrives, velocity, select(dies, 0.0, moved))
    rest = select(arrives | dies, 0.0, rest)
    return audio * level, (level, rest, maximum(left - 1.0, 0.0), select(is_open, 1.0, 0.0), frames, part)
