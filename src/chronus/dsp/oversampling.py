"""Two and four times the sample rate and back, for what bends a wave: half-band filters of all-pass sections, two by two.

Valenzuela and Constantinides 1983. Five coefficients next to the sample rate, -80 dB from 28 kHz on at 48 kHz, and two above them, -71 dB from 76 kHz
on. Finely: seven and three, -112 dB and -101 dB. The finer way up is for a curve that rises steeply, because what is left of the images bends with it; the
finer way down for what leaves less of a note than of its partials.
"""
from chronus.dsp.lanes import fma

C0, C1, C2, C3, C4 = 0.0610907, 0.2210652, 0.430463832, 0.650964801, 0.876656677
D0, D1 = 0.126620436, 0.565795715
A0, A1, A2, A3, A4, A5, A6 = 0.033397508, 0.126292939, 0.260582948, 0.415885886, 0.577350269, 0.739707378, 0.908403154
B0, B1, B2 = 0.063787837, 0.266780962, 0.668548793


def coarsely(x, x0, p0, p1, p2, y, y0, q0, q1):
    """Two branches of a half-band filter: what `x` comes to behind each of three sections, and `y` behind each of two."""
    n0 = fma(C0, x - p0, x0)
    n1 = fma(C2, n0 - p1, p0)
    m0 = fma(C1, y - q0, y0)
    return n0, n1, fma(C4, n1 - p2, p1), m0, fma(C3, m0 - q1, q0)


def finely(x, x0, p0, p1, p2, p3, y, y0, q0, q1, q2):
    """The same, of four sections and three."""
    n0 = fma(A0, x - p0, x0)
    n1 = fma(A2, n0 - p1, p0)
    n2 = fma(A4, n1 - p2, p1)
    m0 = fma(A1, y - q0, y0)
    m1 = fma(A3, m0 - q1, q0)
    return n0, n1, n2, fma(A6, n2 - p3, p2), m0, m1, fma(A5, m1 - q2, q1)


def doubled(x, x0, p0, p1, p2, q0, q1):
    """The two values in this frame, in their order, and the six next states."""
    n0, n1, n2, m0, m1 = coarsely(x, x0, p0, p1, p2, x, x0, q0, q1)
    return (n2, m1), (x, n0, n1, n2, m0, m1)


def halved(y1, y2, e0, u0, u1, u2, o0, w0, w1):
    """One value of two, and the seven next states."""
    b0, b1, b2, d0, d1 = coarsely(y2, e0, u0, u1, u2, y1, o0, w0, w1)
    return 0.5 * (b2 + d1), (y2, b0, b1, b2, y1, d0, d1)


def lowered(y1, y2, y3, y4, i0, j0, k0, l0, e0, u0, u1, u2, o0, w0, w1):
    """One value of four, and the eleven next states."""
    i1, k1 = fma(D0, y2 - i0, j0), fma(D1, y1 - k0, l0)
    i2, k2 = fma(D0, y4 - i1, y2), fma(D1, y3 - k1, y1)
    value, last = halved(0.5 * (i1 + k1), 0.5 * (i2 + k2), e0, u0, u1, u2, o0, w0, w1)
    return value, (i2, y4, k2, y3, *last)


def finely_raised(x, x0, p0, p1, p2, p3, q0, q1, q2, v0, f0, g0, h0):
    """The four values in this frame, in their order, and the twelve next states."""
    n0, n1, n2, n3, m0, m1, m2 = finely(x, x0, p0, p1, p2, p3, x, x0, q0, q1, q2)              # from one to two
    f1, h1 = fma(B0, n3 - f0, v0), fma(B1, n3 - h0, v0)        # from two to four
    g1 = fma(B2, f1 - g0, f0)
    f2, h2 = fma(B0, m2 - f1, n3), fma(B1, m2 - h1, n3)
    g2 = fma(B2, f2 - g1, f1)
    return (g1, h1, g2, h2), (x, n0, n1, n2, n3, m0, m1, m2, m2, f2, g2, h2)


def finely_lowered(y1, y2, y3, y4, i0, n0, j0, k0, l0, e0, u0, u1, u2, u3, o0, w0, w1, w2):
    """One value of four, and the fourteen next states."""
    i1, k1 = fma(B0, y2 - i0, j0), fma(B1, y1 - k0, l0)        # from four to two
    n1 = fma(B2, i1 - n0, i0)
    i2, k2 = fma(B0, y4 - i1, y2), fma(B1, y3 - k1, y1)
    n2 = fma(B2, i2 - n1, i1)
    early, late = 0.5 * (n1 + k1), 0.5 * (n2 + k2)
    b0, b1, b2, b3, d0, d1, d2 = finely(late, e0, u0, u1, u2, u3, early, o0, w0, w1, w2)       # from two to one
    return 0.5 * (b3 + d2), (i2, n2, y4, k2, y3, late, b0, b1, b2, b3, early, d0, d1, d2)
