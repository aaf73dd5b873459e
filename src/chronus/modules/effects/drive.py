"""Warmth to fury: soft saturation that stays clean of aliases, even on high notes.

The curve is x / sqrt(1 + x x), whose mean over a straight way from a to b is (a + b) / (sqrt(1 + a a) + sqrt(1 + b b)) exactly: first-order
antiderivative anti-aliasing (Parker, Zavalishin and Le Bivic 2016) without its ill-conditioned division. It runs at four times the sample
rate, between half-band filters of all-pass sections (Valenzuela and Constantinides 1983; 5 coefficients next to the sample rate, -80 dB
from 28 kHz on, and 2 above them, -71 dB from 76 kHz on).
`drive` is in dB; `bias` moves the middle of the curve, for even harmonics, and the offset that comes of it is taken out below 5 Hz.
"""
from chronus.dsp.declare import frame_seconds, inlet, module, promise, ratio, state
from chronus.dsp.lanes import maximum, minimum, square_root
from chronus.dsp.math import exp2

C0, C1, C2, C3, C4 = 0.0610907, 0.2210652, 0.430463832, 0.650964801, 0.876656677
D0, D1 = 0.126620436, 0.565795715


@module(kind="effects", bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-60.0, db=0.0, within=0.01, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=16_000.0, level=-60.0, db=0.0, within=0.5, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=1000.0, level=-80.0, db=40.0, within=0.01, drive=40.0, gain=1.0),
                  promise("aliases", at=4186.0, below_db=-95.0, drive=10.0), promise("aliases", at=4186.0, below_db=-80.0, drive=20.0),
                  promise("aliases", at=4186.0, below_db=-55.0, drive=40.0)))
def drive(audio=inlet(), drive=ratio(12.0, high=48.0), bias=ratio(0.0, low=-1.0, high=1.0), gain=ratio(0.7, high=16.0),
          frame=frame_seconds(), x0=state(), p0=state(), p1=state(), p2=state(), q0=state(), q1=state(), v0=state(), g0=state(),
          h0=state(), a0=state(), r0=state(), i0=state(), j0=state(), k0=state(), l0=state(), e0=state(), u0=state(), u1=state(),
          u2=state(), o0=state(), w0=state(), w1=state(), offset=state()):
    x = minimum(maximum(audio, -1e6), 1e6) * exp2(0.166096405 * minimum(maximum(drive, 0.0), 60.0))
    n0 = x0 + C0 * (x - p0)                                    # from one to two
    n1 = p0 + C2 * (n0 - p1)
    n2 = p1 + C4 * (n1 - p2)
    m0 = x0 + C1 * (x - q0)
    m1 = q0 + C3 * (m0 - q1)
    g1, h1 = v0 + D0 * (n2 - g0), v0 + D1 * (n2 - h0)          # from two to four
    g2, h2 = n2 + D0 * (m1 - g1), n2 + D1 * (m1 - h1)
    middle = minimum(maximum(bias, -1.0), 1.0)                 # the curve
    a1, a2, a3, a4 = g1 + middle, h1 + middle, g2 + middle, h2 + middle
    r1, r2, r3, r4 = square_root(1.0 + a1 * a1), square_root(1.0 + a2 * a2), square_root(1.0 + a3 * a3), square_root(1.0 + a4 * a4)
    still = middle / square_root(1.0 + middle * middle)
    y1, y2 = (a0 + a1) / (r0 + r1) - still, (a1 + a2) / (r1 + r2) - still
    y3, y4 = (a2 + a3) / (r2 + r3) - still, (a3 + a4) / (r3 + r4) - still
    i1, k1 = j0 + D0 * (y2 - i0), l0 + D1 * (y1 - k0)          # from four to two
    i2, k2 = y2 + D0 * (y4 - i1), y1 + D1 * (y3 - k1)
    early, late = 0.5 * (i1 + k1), 0.5 * (i2 + k2)
    b0 = e0 + C0 * (late - u0)                                 # from two to one
    b1 = u0 + C2 * (b0 - u1)
    b2 = u1 + C4 * (b1 - u2)
    d0 = o0 + C1 * (early - w0)
    d1 = w0 + C3 * (d0 - w1)
    bare = 0.5 * (b2 + d1) - offset
    offset = offset + bare * minimum(31.4159265 * frame, 1.0)
    return bare * gain, (x, n0, n1, n2, m0, m1, m1, g2, h2, a4, r4, i2, y4, k2, y3, late, b0, b1, b2, early, d0, d1, offset)
