"""Lets nothing jump: whatever comes in moves no faster up than `rise` and no faster down than `fall`.

At `curve` 0 it moves in a straight line, and the times are those of a way of 1. At 1 it goes 60 dB of any way in them, steep first: that is
the one for glides in hertz. In between it is a mix of the two. `rest` keeps what rounding took, so ten seconds are ten seconds.
"""
from chronus.dsp.declare import frame_seconds, inlet, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, maximum, minimum, select
from chronus.dsp.math import approach


@module(kind="control", bypass="audio",
        promises=(promise("slews", rise=10.0, up=480, fall=0.0, down=1), promise("slews", rise=0.0, up=1, fall=10_000.0, down=480_000),
                  promise("slews", rise=100.0, fall=25.0, up=4_800, down=1_200, curve=1.0, reach=0.999)))
def slew(audio=inlet(), rise=milliseconds(100.0, low=0.0, high=20_000.0), fall=milliseconds(100.0, low=0.0, high=20_000.0), curve=ratio(0.0),
         frame=frame_seconds(), level=state(), rest=state()):
    distance = (audio - level) - rest
    rises, bend = distance > 0.0, minimum(maximum(curve, 0.0), 1.0)
    up, down = maximum(rise * (0.001 / frame), 1.0), maximum(fall * (0.001 / frame), 1.0)
    line = select(rises, 1.0 / up, 1.0 / down)
    straight = minimum(maximum(distance, -line), line)
    move = straight + bend * (distance * select(rises, approach(up), approach(down)) - straight)
    arrives = (line >= 1.0) | (absolute(distance) <= maximum(1.1 * line * (1.0 - bend), 1e-9))
    step = select(arrives, audio - level, move + rest)
    moved = level + step
    return moved, (moved, select(arrives, 0.0, step - (moved - level)))
