"""Moves every partial by the same number of hertz, up or down, so that harmony turns into bells and drones that crawl.

Two chains of six all-passes, 90 degrees apart (a half-band filter turned by a quarter of the sample rate, after Valenzuela and
Constantinides 1983, twelve coefficients, others from 88.2 kHz on), times a cosine and a sine; their difference is shifted up, their sum down. From 20 Hz on
the wrong sideband is 66 dB down, at 88.2 and 96 kHz 60.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, phase, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, select, to_phase, turns
from chronus.dsp.math import sine_of_turns

# of each all-pass the factor up to 48 kHz, and from 88.2 kHz on
A = ((0.08130376956, 0.09634963697), (0.4988892826, 0.5559200099), (0.808001524, 0.850850378),
     (0.9363042781, 0.9563102257), (0.9801411143, 0.9878312626), (0.9947892625, 0.9970749852))
B = ((0.2781482846, 0.3206359918), (0.6810519642, 0.735373663), (0.8882776008, 0.9185570949),
     (0.9641789991, 0.9768172363), (0.989317019, 0.9937665884), (0.9984435004, 0.9991452687))


def stage(factors, frame, x, before, after):
    """One all-pass of a chain: `before` and `after` are what went in and came out two frames ago."""
    return select(frame < 1.5e-5, factors[1], factors[0]) * (x + after) - before


@module(kind="effects", outlets=("up", "down"), bypass="audio",
        promises=(promise("moves", at=1000.0, to=1100.0, image_db=-65.0, outlet="up", shift=100.0),
                  promise("moves", at=1000.0, to=900.0, image_db=-65.0, outlet="down", shift=100.0),
                  promise("moves", at=50.0, to=60.0, image_db=-65.0, outlet="up", shift=10.0)))
def frequency_shifter(audio=inlet(), shift=hertz(10.0, low=0.0, high=5_000.0), gain=ratio(1.0, high=16.0), frame=frame_seconds(),
                      angle=phase(), late=state(), x1=state(), x2=state(), a1=state(), a2=state(), b1=state(), b2=state(), c1=state(),
                      c2=state(), d1=state(), d2=state(), e1=state(), e2=state(), f1=state(), f2=state(), m1=state(), m2=state(),
                      n1=state(), n2=state(), o1=state(), o2=state(), p1=state(), p2=state(), q1=state(), q2=state(), r1=state(),
                      r2=state()):
    x = minimum(maximum(audio * gain, -1e9), 1e9)
    a = stage(A[0], frame, x, x2, a2)
    b = stage(A[1], frame, a, a2, b2)
    c = stage(A[2], frame, b, b2, c2)
    d = stage(A[3], frame, c, c2, d2)
    e = stage(A[4], frame, d, d2, e2)
    f = stage(A[5], frame, e, e2, f2)
    m = stage(B[0], frame, x, x2, m2)
    n = stage(B[1], frame, m, m2, n2)
    o = stage(B[2], frame, n, n2, o2)
    p = stage(B[3], frame, o, o2, p2)
    q = stage(B[4], frame, p, p2, q2)
    r = stage(B[5], frame, q, q2, r2)
    cosine, sine = sine_of_turns(turns(angle + 1073741824)), sine_of_turns(turns(angle))
    near, far = f * cosine, late * sine
    states = (r, x, x1, a, a1, b, b1, c, c1, d, d1, e, e1, f, f1, m, m1, n, n1, o, o1, p, p1, q, q1, r, r1)
    return (near - far, near + far), (angle + to_phase(shift * frame), *states)
