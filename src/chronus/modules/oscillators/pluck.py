"""A plucked string: a gate strikes it, it rings at its pitch, darkens and dies, like a harp, a guitar or a clavinet.

The string of Karplus and Strong (1983), tuned and damped after Jaffe and Smith (1983), but in tune at any `brightness` (`dsp.strings`). `decay`
is how long a low note takes to fall by 60 dB; high notes die sooner, as their partials do. What is put on the string is one period of the
ramp that a fingertip draws it to, or of `noise`, which is rougher and never twice the same. `position` is where, from the bridge (0.02) to
the middle (0.5): the partials that have a node there are missing. A new stroke stops half of what still rings. Below -120 dB it is at rest.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, line, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.delays import tap
from chronus.dsp.lanes import absolute, maximum, minimum, select, to_phase, turns
from chronus.dsp.strings import LONGEST, come_round, tuned_loop

MULTIPLIER = 0x8664F205 - 2**32
LEVEL_FALLS = 35.0                        # a second: 60 dB in 0.2 s, which bridges the longest period, 50 ms, with 15 dB


@module(kind="oscillators", version=2,
        promises=(promise("tuned", freq=20.0, within_cents=1.0, brightness=1.0), promise("tuned", freq=82.41, within_cents=1.0),
                  promise("tuned", freq=329.63, within_cents=1.0, brightness=0.2), promise("tuned", freq=440.0, within_cents=1.0, noise=1.0),
                  promise("tuned", freq=1_318.5, within_cents=1.0), promise("tuned", freq=5_000.0, within_cents=2.0, brightness=1.0),
                  promise("dies_in", freq=220.0, ms=1_000.0, within=0.02, decay=1_000.0, brightness=1.0),
                  promise("dies_in", freq=220.0, partial=9, ms=753.0, within=0.02, decay=20_000.0, brightness=0.5),
                  promise("lacks", freq=240.0, partial=5, db=-40.0, position=0.2), promise("lacks", freq=240.0, partial=4, db=-40.0, position=0.5),
                  promise("keeps_falling", freq=1_760.0, db=5.0), promise("rests", within_ms=900.0, decay=300.0),
                  promise("velocity", db=6.02, within=0.01, noise=0.0)))
def pluck(gate=gate(), freq=hertz(220.0, low=20.0, high=5_000.0), decay=milliseconds(3_000.0, low=20.0, high=20_000.0),
          brightness=ratio(0.5), position=ratio(0.2, low=0.02, high=0.5), noise=ratio(0.3), gain=ratio(0.5, low=0.0, high=16.0),
          frame=frame_seconds(), seed=seed(), string=line(seconds=LONGEST), held=state(), left=state(), force=state(), level=state(),
          low=state(), place=state(), hurry=state(), dice=phase()):
    turn, period, delay, loss, part = tuned_loop(freq, decay, brightness, frame)
    struck = (gate > 0.0) & (held <= 0.0)
    left = select(struck, 1.0, maximum(left - turn, 0.0))      # of the period that the stroke lasts
    strikes = left > 0.0
    force = select(struck, minimum(gate, 1.0), select(strikes, force, 0.0))
    dice = dice * MULTIPLIER + (to_phase(seed) * 2 + 1)
    way = 2.0 * left - 1.0
    ramp = select(way > 0.0, way - 1.0, way + 1.0)             # begins and ends at 0: the jump is in the middle
    stroke = force * (ramp + minimum(maximum(noise, 0.0), 1.0) * (2.0 * turns(dice) - ramp))
    back, low, hurry = come_round(string, delay, part, low, place, hurry)
    back = loss * back
    moves = minimum(maximum(select(strikes, stroke + 0.5 * back, back), -8.0), 8.0)
    sound = 0.7 * (moves - tap(string, minimum(maximum(position, 0.02), 0.98) * period))
    level = maximum(absolute(moves), level * (1.0 - LEVEL_FALLS * frame))      # of the string, whose mean the outlet does not hear
    rings = strikes | (level > 1e-6)
    states = (select(rings, moves, 0.0), select(gate > 0.0, 1.0, 0.0), left, force, select(rings, level, 0.0), select(rings, low, 0.0),
              select(rings, delay, 0.0), select(rings, hurry, 0.0), dice)
    return select(rings, sound, 0.0) * gain, states
