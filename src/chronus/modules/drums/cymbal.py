"""A crash or a ride, from a short splash to a wash of ten seconds, that you can tune, and choke with the hand.

The six squares of the TR-808 (205, 304, 368, 522, 538 and 798 Hz: 64, 95, 115, 163, 168 and 249 times one slow phase) and, denser than there,
three of their products in pairs, and a part of noise. Two band-passes at 0.6 of `cutoff` make the body, which dies in `decay`; a high-pass at
`cutoff` makes the spray of the stroke, which dies two and a half times as fast, and `bright` is how much there is of it. An edge of a square takes
exactly one frame. A soft stroke on what rings louder leaves it ringing. A gate at `choke` ends it in 40 ms, as a hand does, and a stroke in that very
frame, too. The oscillators run on at rest, so no two hits are alike.
"""
from chronus.dsp.declare import frame_seconds, gate, hertz, milliseconds, module, phase, promise, ratio, seed, state
from chronus.dsp.lanes import any_lane, maximum, minimum, select, to_phase, turns
from chronus.dsp.math import fading, noise_height, quarter_turn, square_of_turns


def metal(low, steep):
    """Six squares and three products of them."""
    q1, q2 = square_of_turns(turns(low * 64), steep), square_of_turns(turns(low * 95), 0.6736842 * steep)
    q3, q4 = square_of_turns(turns(low * 115), 0.5565217 * steep), square_of_turns(turns(low * 163), 0.3926380 * steep)
    q5, q6 = square_of_turns(turns(low * 168), 0.3809524 * steep), square_of_turns(turns(low * 249), 0.2570281 * steep)
    return (q1 + q2) + (q3 + q4) + (q5 + q6) + (q1 * q6 + q2 * q5 + q3 * q4)


@module(kind="drums", version=2,
        promises=(promise("band", low=2_000.0, high=22_000.0, share=0.92), promise("band", low=1_000.0, high=6_000.0, share=0.7, bright=0.0),
                  promise("fades", ms=1_500.0, within=0.1, decay=1_500.0, bright=0.0),
                  promise("fades", ms=400.0, within=0.1, decay=400.0, bright=0.0),
                  promise("rests", within_ms=2_000.0, decay=900.0), promise("chokes", within_ms=90.0, decay=10_000.0),
                  promise("velocity", db=6.02, within=0.01)))
def cymbal(gate=gate(), choke=gate(), tune=hertz(205.0, low=50.0, high=2_000.0), decay=milliseconds(1_800.0, low=50.0, high=10_000.0),
           bright=ratio(0.5), noise=ratio(0.15), cutoff=hertz(7_500.0, low=1_000.0, high=16_000.0), gain=ratio(0.5, low=0.0, high=16.0),
           frame=frame_seconds(), seed=seed(), was=state(), gripped=state(), choked=state(), body=state(), spray=state(),
           s1=state(), s2=state(), s3=state(), s4=state(), s5=state(), s6=state(), angle=phase(), dice=phase()):
    per_ms = 0.001 / frame
    struck, grip = (gate > 0.0) & (was <= 0.0), (choke > 0.0) & (gripped <= 0.0)
    choked = select(grip, 1.0, select(struck, 0.0, choked))
    time, choking = minimum(maximum(decay, 1.0), 1e6) * per_ms, choked > 0.0
    stroke = select(struck, minimum(gate, 1.0), 0.0)
    body = maximum(stroke, body * select(choking, fading(40.0 * per_ms), fading(time)))
    spray = maximum(stroke, spray * select(choking, fading(16.0 * per_ms), fading(0.4 * time)))
    body, spray = select(body < 1e-6, 0.0, body), select(spray < 1e-6, 0.0, spray)
    live = body > 0.0

    freq = minimum(maximum(tune * frame, 1e-4), 0.1)
    apart = to_phase(seed)
    dice = dice * 1664525 + (apart * 2 + 1)
    sound = 0.0 * body
    if any_lane(live):                                   # at rest nothing is computed but the oscillators' phases
        place = 0.5 * minimum(maximum(cutoff, 20.0) * frame, 0.49)
        sine, cosine = quarter_turn(0.6 * place)
        part = 1.0 / (1.0 + sine * cosine)
        hiss = minimum(maximum(noise, 0.0), 1.0)
        raw = (0.25 - 0.25 * hiss) * metal(angle + apart, 0.5 / freq) + 2.0 * hiss * noise_height(frame) * turns(dice)
        push = (cosine * s1 + sine * (raw * body - s2)) * part
        v1, v2 = cosine * push, s2 + sine * push
        push = (cosine * s5 + sine * (v1 - s6)) * part
        v5, v6 = cosine * push, s6 + sine * push
        up, across = quarter_turn(place)
        sprayed = raw * spray * minimum(maximum(bright, 0.0), 1.0)
        shove = (across * s3 + up * (sprayed - s4)) / (1.0 + 1.0 * up * across)
        v3, v4 = across * shove, s4 + up * shove
        sound = select(live, 0.9 * v5 + 2.5 * (sprayed - v3 - v4), 0.0)
        s1, s2, s3, s4, s5, s6 = (select(live, 2.0 * v1 - s1, 0.0), select(live, 2.0 * v2 - s2, 0.0), select(live, 2.0 * v3 - s3, 0.0),
                                  select(live, 2.0 * v4 - s4, 0.0), select(live, 2.0 * v5 - s5, 0.0), select(live, 2.0 * v6 - s6, 0.0))
    else:
        s1 = s2 = s3 = s4 = s5 = s6 = 0.0 * body
    kept = select(gate > 0.0, 1.0, 0.0), select(choke > 0.0, 1.0, 0.0), choked, body, spray
    return sound * gain, (*kept, s1, s2, s3, s4, s5, s6, angle + to_phase(0.015625 * freq), dice)
