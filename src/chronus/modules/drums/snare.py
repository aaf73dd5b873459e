"""The back beat: a skin of two tones and the wires under it, from a dry crack to a long hiss.

Two modes, at `tune` and 1.78 times that, start half as high again and fall into their pitch in 20 ms; the upper one dies twice as fast.
The wires are noise through a high-pass of 12 dB an octave at `cutoff` (Simper's, as in `filter`); `snap` goes from skin to wires.
The noise of each lane is its own, so a pair is wide, and as loud at any sample rate. What a hit over a hit cuts off fades in 2 ms. At rest all but the noise's number is 0.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, noise_height, quarter_turn, sine_of_one_turn


@module(kind="drums", version=2,
        promises=(promise("rings", at=185.0, within_cents=10.0, after_ms=60.0, snap=0.0, body=2_000.0),
                  promise("fades", ms=200.0, within=0.08, decay=200.0, snap=1.0),
                  promise("fades", ms=100.0, within=0.05, body=100.0, snap=0.0, tune=800.0),
                  promise("rests", within_ms=450.0), promise("velocity", db=6.02, within=0.01),
                  promise("smooth", below=0.075, snap=0.0),
                  promise("band", low=2_500.0, high=24_000.0, share=0.95, snap=1.0)))
def snare(gate=gate(), tune=hertz(185.0, low=60.0, high=800.0), body=milliseconds(150.0, low=10.0, high=2_000.0),
          decay=milliseconds(220.0, low=10.0, high=5_000.0), snap=ratio(0.5), cutoff=hertz(3_000.0, low=200.0, high=12_000.0),
          gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(), held=state(), level=state(), crack=state(),
          wires=state(), bend=state(), cut=state(), last=state(), s1=state(), s2=state(), angle=phase(), upper=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    velocity = minimum(gate, 1.0)
    slower = fading(body * per_ms)
    level, crack = select(struck, velocity, level * slower), select(struck, velocity, crack * slower * slower)
    level, crack = select(level < 1e-6, 0.0, level), select(crack < 1e-6, 0.0, crack)
    wires = select(struck, velocity, wires * fading(decay * per_ms))
    wires = select(wires < 1e-6, 0.0, wires)
    bend = select(struck, 1.0, bend * fading(20.0 * per_ms))
    bend = select(bend < 1e-6, 0.0, bend)
    cut = select(struck, last, cut * fading(2.0 * per_ms))
    angle, upper = select(struck, 0, angle), select(struck, 0, upper)
    skin = 0.65 * level * sine_of_one_turn(turns(angle)) + 0.35 * crack * sine_of_one_turn(turns(upper)) + cut
    dice = dice * 1664525 + (to_phase(seed) * 2 + 1)
    sine, cosine = quarter_turn(0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.49))
    scale = 1.0 / (1.0 + 1.2 * sine * cosine)
    hiss = 2.0 * noise_height(frame) * turns(dice) * wires
    push = scale * (cosine * s1 + sine * (hiss - s2))
    v1, v2 = cosine * push, s2 + sine * push
    high = hiss - 1.2 * v1 - v2
    ringing = wires > 0.0
    s1, s2 = select(ringing, 2.0 * v1 - s1, 0.0), select(ringing, 2.0 * v2 - s2, 0.0)
    part = minimum(maximum(snap, 0.0), 1.0)
    moved = minimum(tune * (1.0 + 0.5 * bend) * frame, 0.25)
    angle, upper = select(level > 0.0, angle + to_phase(moved), 0), select(level > 0.0, upper + to_phase(1.78 * moved), 0)
    sound = skin + part * (select(ringing, high, 0.0) - skin)
    return sound * gain, (select(gate > 0.0, 1.0, 0.0), level, crack, wires, bend, cut, skin, s1, s2, angle, upper, dice)
