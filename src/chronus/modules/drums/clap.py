"""Many hands: three bursts of noise close together, and the room that they leave behind.

A band-pass at `tune` (Simper's, as in `filter`, resonance by its damping 0.5) over noise whose level jumps up three times, `spread` apart,
falls by 40 dB between, and after the third goes into a tail of `decay`. The noise of each lane is its own, so a pair is wide, and as loud at any sample rate.
At rest all but the noise's number is 0.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import floor, maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, noise_height, quarter_turn


@module(kind="drums",
        promises=(promise("bursts", count=3, apart_ms=15.0, within_ms=0.6, spread=15.0, decay=50.0),
                  promise("band", low=500.0, high=4_000.0, share=0.9), promise("rests", within_ms=500.0),
                  promise("velocity", db=6.02, within=0.01), promise("fades", ms=400.0, within=0.1, decay=400.0, spread=2.0)))
def clap(gate=gate(), tune=hertz(1_200.0, low=200.0, high=6_000.0), spread=milliseconds(11.0, low=2.0, high=100.0),
         decay=milliseconds(200.0, low=10.0, high=5_000.0), gain=ratio(0.5, low=0.0, high=16.0), frame=frame_seconds(), seed=seed(),
         held=state(), velocity=state(), left=state(), wait=state(), burst=state(), tail=state(), s1=state(), s2=state(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    velocity = select(struck, minimum(gate, 1.0), velocity)
    left, wait = select(struck, 3.0, left), select(struck, 0.0, wait)
    apart = minimum(maximum(floor(spread * per_ms + 0.5), 16.0), 1e6)
    starts = (left > 0.0) & (wait < 0.5)
    burst = select(starts, velocity, burst * fading(1.5 * apart))
    tail = select(starts & (left < 1.5), velocity * 0.5, tail * fading(decay * per_ms))
    wait = select(starts, apart, wait) - 1.0
    left = left - select(starts, 1.0, 0.0)
    done = left < 0.5
    burst, tail = select(done & (burst < 1e-6), 0.0, burst), select(tail < 1e-6, 0.0, tail)
    live = (left > 0.0) | (burst > 0.0) | (tail > 0.0)
    dice = dice * 1664525 + (to_phase(seed) * 2 + 1)
    raw = 3.2 * noise_height(frame) * turns(dice) * (burst + tail)
    sine, cosine = quarter_turn(0.5 * minimum(maximum(tune, 20.0) * frame, 0.49))
    scale = 1.0 / (1.0 + 0.5 * sine * cosine)
    push = scale * (cosine * s1 + sine * (raw - s2))
    v1, v2 = cosine * push, s2 + sine * push
    s1, s2 = select(live, 2.0 * v1 - s1, 0.0), select(live, 2.0 * v2 - s2, 0.0)
    kept = (select(gate > 0.0, 1.0, 0.0), select(live, velocity, 0.0), left, select(done, 0.0, wait), burst, tail, s1, s2, dice)
    return select(live, v1, 0.0) * gain, kept
