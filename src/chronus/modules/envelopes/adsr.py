"""The shape of a note: rises when the gate opens, settles while it is held, dies away when it closes.

It shapes what is plugged into `audio`; with nothing plugged in it is the envelope itself. The attack is a straight line that arrives
in exactly the frames that its milliseconds are; decay and release fall by 60 dB in their time. The gate's height is the velocity.
A gate that opens again starts from the level that is there, so nothing steps.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, select
from chronus.dsp.math import approach


@module(kind="envelopes", bypass="audio", promises=(promise("attack_frames", attack=10.0, frames=480),))
def adsr(audio=inlet(default=1.0), gate=gate(), attack=milliseconds(5.0, low=0.0, high=10_000.0),
         decay=milliseconds(200.0, low=0.0, high=20_000.0), sustain=ratio(0.7), release=milliseconds(300.0, low=0.0, high=20_000.0),
         frame=frame_seconds(), level=state(), attacking=state(), held=state()):
    is_open = gate > 0.0
    opens = is_open & (held <= 0.0)
    attacking = select(opens, 1.0, select(is_open, attacking, 0.0))
    per_ms = 0.001 / frame
    rising = level + gate / maximum(attack * per_ms, 1.0)
    target = select(is_open, gate * sustain, 0.0)
    falling = level + (target - level) * approach(select(is_open, decay, release) * per_ms)
    falling = select(falling < 1e-6, select(target < 1e-6, 0.0, falling), falling)
    level = select(attacking > 0.0, minimum(rising, maximum(gate, level)), falling)
    attacking = select(level >= gate, 0.0, attacking)
    return audio * level, (level, attacking, gate)
