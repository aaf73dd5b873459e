"""The floor of the track: a sine that falls into its pitch, from a soft thud to a long distorted boom.

The pitch starts `sweep` times its height above `tune` and falls by 60 dB in `sweep_time`; the level does so in `decay`. `click` is a tick
of noise, 3 ms long. `drive` is x g / sqrt(1 + (g g - 1) x x), which keeps the peak where it is and lifts the tail by up to 24 dB; the velocity comes
after it, so a soft hit is soft at any drive.
Each hit starts at phase 0; what a hit over a hit cuts off fades in 2 ms, so only the click clicks. At rest all but the noise's number is 0.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import maximum, minimum, select, square_root, to_phase, turns
from chronus.dsp.math import fading, noise_height, sine_of_one_turn


@module(kind="drums", version=3,
        promises=(promise("rings", at=50.0, within_cents=10.0, after_ms=150.0, decay=2_000.0),
                  promise("fades", ms=300.0, within=0.03, decay=300.0, click=0.0, drive=0.0, sweep=0.0, tune=400.0),
                  promise("rests", within_ms=700.0, decay=300.0), promise("velocity", db=6.02, within=0.01), promise("velocity", db=6.02, within=0.01, drive=1.0),
                  promise("smooth", below=0.075, click=0.0, drive=0.0)))
def kick(gate=gate(), tune=hertz(50.0, low=20.0, high=400.0), sweep=ratio(5.0, high=32.0),
         sweep_time=milliseconds(90.0, low=1.0, high=1_000.0), decay=milliseconds(350.0, low=10.0, high=5_000.0), click=ratio(0.3),
         drive=ratio(0.2), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(),
         held=state(), level=state(), loud=state(), bend=state(), tick=state(), cut=state(), last=state(), angle=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    loud = select(struck, minimum(gate, 1.0), loud)
    level = select(struck, 1.0, level * fading(decay * per_ms))
    level = select(level < 1e-6, 0.0, level)
    bend = select(struck, 1.0, bend * fading(sweep_time * per_ms))
    bend = select((bend < 1e-6) | (level <= 0.0), 0.0, bend)
    tick = select(struck, 1.0, tick * fading(3.0 * per_ms))
    tick = select(tick < 1e-6, 0.0, tick)
    cut = select(struck, last, cut * fading(2.0 * per_ms))
    angle = select(struck, 0, angle)
    dice = dice * 1664525 + (to_phase(seed) * 2 + 1)
    noise = 2.0 * noise_height(frame) * turns(dice)
    sound = level * sine_of_one_turn(turns(angle)) + minimum(maximum(click, 0.0), 1.0) * tick * noise
    g = 1.0 + 15.0 * minimum(maximum(drive, 0.0), 1.0)
    driven = loud * (g * sound / square_root(1.0 + (g * g - 1.0) * (sound * sound))) + cut
    loud = select((level > 0.0) | (tick > 0.0), loud, 0.0)
    moved = to_phase(tune * (1.0 + minimum(maximum(sweep, 0.0), 1e3) * bend) * frame)
    angle = select(level > 0.0, angle + moved, 0)
    return driven * gain, (select(gate > 0.0, 1.0, 0.0), level, loud, bend, tick, cut, driven, angle, dice)
