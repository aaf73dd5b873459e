"""The stick on the edge: a rim shot, short and wooden, that cuts through anything.

Two modes, at `tune` and 3.66 times that (455 and 1,667 Hz in the TR-808), both gone in `decay`, bent by x g / sqrt(1 + (g g - 1) x x) with
g = 4, and a tick of noise that lasts 2 ms. What a hit over a hit cuts off fades in 2 ms. At rest all but the noise's number is 0.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import maximum, minimum, select, square_root, to_phase, turns
from chronus.dsp.math import fading, noise_height, sine_of_one_turn


@module(kind="drums", version=3,
        promises=(promise("rings", at=455.0, within_cents=10.0, after_ms=5.0, decay=500.0, click=0.0), promise("rests", within_ms=100.0), promise("velocity", db=6.02, within=0.01),
                  promise("band", low=300.0, high=6_000.0, share=0.9)))
def rim(gate=gate(), tune=hertz(455.0, low=100.0, high=2_000.0), decay=milliseconds(30.0, low=5.0, high=500.0), click=ratio(0.3),
        gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(), held=state(), level=state(), loud=state(), tick=state(), cut=state(),
        last=state(), low=phase(), high=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    loud = select(struck, minimum(gate, 1.0), loud)
    level, tick = select(struck, 1.0, level * fading(decay * per_ms)), select(struck, 1.0, tick * fading(2.0 * per_ms))
    level, tick = select(level < 1e-6, 0.0, level), select(tick < 1e-6, 0.0, tick)
    cut = select(struck, last, cut * fading(2.0 * per_ms))
    low, high = select(struck, 0, low), select(struck, 0, high)
    dice = dice * 1664525 + (to_phase(seed) * 2 + 1)
    wood = level * (0.6 * sine_of_one_turn(turns(low)) + 0.4 * sine_of_one_turn(turns(high)))
    bent = 4.0 * wood / square_root(1.0 + 15.0 * (wood * wood))
    sound = loud * (bent + 2.0 * noise_height(frame) * turns(dice) * tick * minimum(maximum(click, 0.0), 1.0)) + cut
    loud = select((level > 0.0) | (tick > 0.0), loud, 0.0)
    moved = minimum(tune * frame, 0.12)
    low, high = select(level > 0.0, low + to_phase(moved), 0), select(level > 0.0, high + to_phase(3.66 * moved), 0)
    return sound * gain, (select(gate > 0.0, 1.0, 0.0), level, loud, tick, cut, sound, low, high, dice)
