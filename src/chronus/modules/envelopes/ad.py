"""A struck sound: the moment a gate opens it rises and falls by itself, however long the gate stays open. For drums, plucks and blips.

It shapes what is plugged into `audio`; with nothing plugged in it is the envelope itself. The attack is a straight line to the gate's height,
the velocity, from the level that is there, so a new stroke never steps. The decay is at 0 in exactly its milliseconds: at `curve` 0 a straight
line, at 1 a fall of 60 dB (from which a line takes the last thousandth), in between a mix. `rest` keeps what rounding took from `done`.
"""
from chronus.dsp.declare import frame_seconds, gate, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import any_lane, floor, maximum, minimum, select
from chronus.dsp.math import exp2


@module(kind="envelopes", bypass="audio",
        promises=(promise("stroke", attack=0.0, rises=1, decay=200.0, falls=9_600), promise("stroke", attack=10.0, rises=480, decay=0.0, falls=1),
                  promise("stroke", attack=10.0, rises=480, decay=100.0, falls=4_800, curve=0.0),
                  promise("stroke", attack=1.0, rises=48, decay=20_000.0, falls=960_000, curve=1.0),
                  promise("stroke", attack=10_000.0, rises=480_000, decay=1.0, falls=48, curve=0.5),
                  promise("largest_step", below=0.001, attack=30.0, decay=300.0),
                  promise("largest_step", below=0.001, attack=30.0, decay=50.0, curve=0.0)))
def ad(audio=inlet(default=1.0), gate=gate(), attack=milliseconds(1.0, low=0.0, high=10_000.0), decay=milliseconds(200.0, low=0.0, high=20_000.0),
       curve=ratio(1.0), frame=frame_seconds(), level=state(), peak=state(), left=state(), done=state(), rest=state(), held=state()):
    opens = (gate > 0.0) & (held <= 0.0)
    per_ms = 0.001 / frame
    line = minimum(maximum(floor(attack * per_ms + 0.5), 1.0), 1e7)
    peak = select(opens, minimum(gate, 1.0), peak)
    left = select(opens, line, minimum(left, line))
    rising = left > 0.5
    part = 1.0 / maximum(floor(decay * per_ms + 0.5), 1.0)
    step = select(rising, 0.0, part + rest)
    moved = select(rising, 0.0, done) + step
    rest = select(rising, 0.0, step - (moved - done))
    over = moved > 1.0 - 0.5 * part
    bend = minimum(maximum(curve, 0.0), 1.0)
    straight = 1.0 - moved
    before, level = level, 0.0 * level
    if any_lane(~over):                                         # at rest nothing is computed
        fall = straight + bend * (exp2(moved * -9.965784) - 0.001 * moved - straight)
        level = select(over, 0.0, peak * fall)
    if any_lane(rising):
        level = select(rising, select(left < 1.5, peak, before + (peak - before) / maximum(left, 1.0)), level)
    return audio * level, (level, peak, maximum(left - 1.0, 0.0), select(over, 1.0, moved), select(over, 0.0, rest), select(gate > 0.0, 1.0, 0.0))
