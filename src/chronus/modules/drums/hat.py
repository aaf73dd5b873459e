"""Metal in the hand: a hi-hat, closed or open by its decay, that another hat's gate can choke.

Six squares, tuned to one another as in the TR-808 (205, 304, 368, 522, 538 and 798 Hz: 64, 95, 115, 163, 168 and 249 times one slow
phase), and a part of noise, through a band-pass and a high-pass, both at `cutoff`. An edge of a square takes exactly one frame, which is
what a step averaged over a frame looks like. A soft stroke on what rings louder leaves it ringing. A closed hat's gate plugged into `choke` of an open
one ends that in 8 ms; of both at once the closed one wins.
The oscillators run on at rest, so that no two hits are alike; all that is heard of them is 0 then.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, noise_height, quarter_turn, square_of_turns


@module(kind="drums", version=2,
        promises=(promise("band", low=4_500.0, high=18_000.0, share=0.9), promise("fades", ms=60.0, within=0.1, decay=60.0),
                  promise("fades", ms=600.0, within=0.1, decay=600.0), promise("rests", within_ms=130.0),
                  promise("rests", within_ms=1_250.0, decay=600.0), promise("chokes", within_ms=20.0, decay=5_000.0),
                  promise("velocity", db=6.02, within=0.01)))
def hat(gate=gate(), choke=gate(), tune=hertz(205.0, low=50.0, high=2_000.0), decay=milliseconds(60.0, low=5.0, high=5_000.0),
        noise=ratio(0.2), cutoff=hertz(7_000.0, low=500.0, high=16_000.0), gain=ratio(0.5, low=0.0, high=16.0),
        frame=frame_seconds(), seed=seed(), held=state(), gripped=state(), choked=state(), level=state(), s1=state(), s2=state(),
        s3=state(), s4=state(), angle=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck = (gate > 0.0) & (held <= 0.0)
    grip = (choke > 0.0) & (gripped <= 0.0)
    choked = select(grip, 1.0, select(struck, 0.0, choked))
    level = maximum(select(struck, minimum(gate, 1.0), 0.0), level * select(choked > 0.0, fading(8.0 * per_ms), fading(decay * per_ms)))
    level = select(level < 1e-6, 0.0, level)
    freq = minimum(maximum(tune * frame, 1e-4), 0.1)
    steep = 0.5 / freq
    apart = to_phase(seed)
    low = angle + apart
    metal = (square_of_turns(turns(low * 64), steep) + square_of_turns(turns(low * 95), 0.6736842 * steep)
             + square_of_turns(turns(low * 115), 0.5565217 * steep) + square_of_turns(turns(low * 163), 0.3926380 * steep)
             + square_of_turns(turns(low * 168), 0.3809524 * steep) + square_of_turns(turns(low * 249), 0.2570281 * steep))
    dice = dice * 1664525 + (apart * 2 + 1)
    hiss = minimum(maximum(noise, 0.0), 1.0)
    raw = ((0.3 - 0.3 * hiss) * metal + 2.5 * hiss * noise_height(frame) * turns(dice)) * level
    sine, cosine = quarter_turn(0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.49))
    scale = 1.0 / (1.0 + 1.2 * sine * cosine)
    push = scale * (cosine * s1 + sine * (raw - s2))
    v1, v2 = cosine * push, s2 + sine * push
    once = 4.5 * v1
    push = scale * (cosine * s3 + sine * (once - s4))
    v3, v4 = cosine * push, s4 + sine * push
    sound = once - 1.2 * v3 - v4
    live = level > 0.0
    s1, s2, s3, s4 = (select(live, 2.0 * v1 - s1, 0.0), select(live, 2.0 * v2 - s2, 0.0),
                      select(live, 2.0 * v3 - s3, 0.0), select(live, 2.0 * v4 - s4, 0.0))
    kept = (select(gate > 0.0, 1.0, 0.0), select(choke > 0.0, 1.0, 0.0), choked, level, s1, s2, s3, s4, angle + to_phase(0.015625 * freq), dice)
    return select(live, sound, 0.0) * gain, kept
