"""Moves every partial by the same number of hertz, up or down, so that harmony turns into bells and drones that crawl.

Two chains of six all-passes, 90 degrees apart (a half-band filter turned by a quarter of the sample rate, after Valenzuela and
Constantinides 1983, twelve coefficients), times a cosine and a sine; their difference is shifted up, their sum down. From 20 Hz on
the wrong sideband is 66 dB down.
"""
from chronus.dsp.declare import frame_seconds, hertz, inlet, module, phase, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, to_phase, turns
from chronus.dsp.math import sine_of_turns

A0, A1, A2, A3, A4, A5 = 0.08130376956, 0.4988892826, 0.808001524, 0.9363042781, 0.9801411143, 0.9947892625
B0, B1, B2, B3, B4, B5 = 0.2781482846, 0.6810519642, 0.8882776008, 0.9641789991, 0.989317019, 0.9984435004


def stage(factor, x, before, after):
    """One all-pass of a chain: `before` and `after` are what went in and came out two frames ago."""
    return factor * (x + after) - before


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
    a = stage(A0, x, x2, a2)
    b = stage(A1, a, a2, b2)
    c = stage(A2, b, b2, c2)
    d = stage(A3, c, c2, d2)
    e = stage(A4, d, d2, e2)
    f = stage(A5, e, e2, f2)
    m = stage(B0, x, x2, m2)
    n = stage(B1, m, m2, n2)
    o = stage(B2, n, n2, o2)
    p = stage(B3, o, o2, p2)
    q = stage(B4, p, p2, q2)
    r = stage(B5, q, q2, r2)
    cosine, sine = sine_of_turns(turns(angle + 1073741824)), sine_of_turns(turns(angle))
    near, far = f * cosine, late * sine
    states = (r, x, x1, a, a1, b, b1, c, c1, d, d1, e, e1, f, f1, m, m1, n, n1, o, o1, p, p1, q, q1, r, r1)
    return (near - far, near + far), (angle + to_phase(shift * frame), *states)
