"""Four times the sample rate and back, for what bends a wave: half-band filters of all-pass sections, two by two.

Valenzuela and Constantinides 1983. Five coefficients next to the sample rate, -80 dB from 28 kHz on at 48 kHz, and two above them, -71 dB from 76 kHz
on. A curve that rises steeply needs a finer way up, because what is left of the images bends with it: seven and three, -112 dB and -101 dB.
"""
C0, C1, C2, C3, C4 = 0.0610907, 0.2210652, 0.430463832, 0.650964801, 0.876656677
D0, D1 = 0.126620436, 0.565795715
A0, A1, A2, A3, A4, A5, A6 = 0.033397508, 0.126292939, 0.260582948, 0.415885886, 0.577350269, 0.739707378, 0.908403154
B0, B1, B2 = 0.063787837, 0.266780962, 0.668548793


def raised(x, x0, p0, p1, p2, q0, q1, v0, g0, h0):
    """The four values in this frame, in their order, and the nine next states."""
    n0 = x0 + C0 * (x - p0)                                    # from one to two
    n1 = p0 + C2 * (n0 - p1)
    n2 = p1 + C4 * (n1 - p2)
    m0 = x0 + C1 * (x - q0)
    m1 = q0 + C3 * (m0 - q1)
    g1, h1 = v0 + D0 * (n2 - g0), v0 + D1 * (n2 - h0)          # from two to four
    g2, h2 = n2 + D0 * (m1 - g1), n2 + D1 * (m1 - h1)
    return (g1, h1, g2, h2), (x, n0, n1, n2, m0, m1, m1, g2, h2)


def finely_raised(x, x0, p0, p1, p2, p3, q0, q1, q2, v0, f0, g0, h0):
    """The same with images 30 dB further down, and twelve states."""
    n0 = x0 + A0 * (x - p0)
    n1 = p0 + A2 * (n0 - p1)
    n2 = p1 + A4 * (n1 - p2)
    n3 = p2 + A6 * (n2 - p3)
    m0 = x0 + A1 * (x - q0)
    m1 = q0 + A3 * (m0 - q1)
    m2 = q1 + A5 * (m1 - q2)
    f1, h1 = v0 + B0 * (n3 - f0), v0 + B1 * (n3 - h0)
    g1 = f0 + B2 * (f1 - g0)
    f2, h2 = n3 + B0 * (m2 - f1), n3 + B1 * (m2 - h1)
    g2 = f1 + B2 * (f2 - g1)
    return (g1, h1, g2, h2), (x, n0, n1, n2, n3, m0, m1, m2, m2, f2, g2, h2)


def lowered(y1, y2, y3, y4, i0, j0, k0, l0, e0, u0, u1, u2, o0, w0, w1):
    """One value of four, and the eleven next states."""
    i1, k1 = j0 + D0 * (y2 - i0), l0 + D1 * (y1 - k0)          # from four to two
    i2, k2 = y2 + D0 * (y4 - i1), y1 + D1 * (y3 - k1)
    early, late = 0.5 * (i1 + k1), 0.5 * (i2 + k2)
    b0 = e0 + C0 * (late - u0)                                 # from two to one
    b1 = u0 + C2 * (b0 - u1)
    b2 = u1 + C4 * (b1 - u2)
    d0 = o0 + C1 * (early - w0)
    d1 = w0 + C3 * (d0 - w1)
    return 0.5 * (b2 + d1), (i2, y4, k2, y3, late, b0, b1, b2, early, d0, d1)
