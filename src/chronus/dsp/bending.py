"""Curves that bend a wave, without aliases.

A round curve, x / sqrt(1 + x x): each frame is its mean over the two straight ways that meet there, in which a place weighs less the further away it is,
down to nothing (Bilbao, Esqueda, Parker and Valimaki, "Antiderivative Antialiasing for Memoryless Nonlinearities", 2017). From a to b, with s = sqrt(1 + a a)
and t = sqrt(1 + b b), that mean is m = (a + b) / (s + t), and what the end weighs more than the beginning is (1 - m m) / 4 times
coth h - h / sinh(h)^2, where tanh h = (b - a) / (s + t): small differences are nowhere divided by each other. For a quarter of the latter, of tanh h, stands
an odd polynomial (`bench/fit_polynomials.py`), right within 0.0023, and within 0.00002 up to 0.3.

A corner of a curve: it is drawn with a ruler, and gets what a corner of that height adds to the two frames before it and the two behind it when
a cubic spline is its low-pass (Esqueda, Valimaki and Bilbao, "Rounding Corners with BLAMP", DAFx 2016). Where the wave goes through it, and how steeply,
is that of the cubic through four frames: on a straight way the pace is 0.2 % off at 4186 Hz, and the short dips that an octave is driven to are as much too small.
"""
from chronus.dsp.lanes import absolute, any_lane, beside, fma, halves, maximum, minimum, polynomials, square_root

CORNER = ((0.00833333333, -0.0416666667, 0.0833333333, -0.0833333333, 0.0416666667, -0.00833333333),
          (0.233333333, -0.5, 0.333333333, 0.0, -0.0833333333, 0.025),
          (0.00833333333, 0.0416666667, 0.0833333333, 0.0833333333, 0.0416666667, -0.025),
          (0.0, 0.0, 0.0, 0.0, 0.0, 0.00833333333))


def four(a, b, c, d):
    """Four frames beside each other."""
    return beside(beside(a, b), beside(c, d))


def each(x):
    """The four again."""
    early, late = halves(x)
    return (*halves(early), *halves(late))


def rounded(a, size, way, b, c, d, e):
    """What the round curve makes of the frames b, c, d and e, each one frame late; and the last frame, its size, and half of the way to it, for the next four."""
    now = four(b, c, d, e)
    sizes = square_root(fma(now, now, 1.0))
    s, t, u, v = each(sizes)
    last, per = four(a, b, c, d), 1.0 / (four(size, s, t, u) + sizes)
    mean, tangent = (last + now) * per, (now - last) * per
    z = tangent * tangent
    series = fma(z * z, fma(z * z, 0.149615139, fma(z, -0.173908234, 0.0761525407)), fma(z, 0.0291921329, 0.166679695))
    lean = tangent * (1.0 - mean * mean) * series
    f, g, h, following = each(fma(0.5, mean, lean))
    k, l, m, n = each(fma(0.5, mean, -lean))
    return (way + k, f + l, g + m, h + n), (e, v, following)


def corners(low, middle, top, before, a, b, after):
    """What corners at -1, 0 and 1 add to the two frames before them and the two behind them, where the way from a to b goes through them. They are so high:
    by how much the curve is steeper above them.
    """
    way, where, slope = b - a, (a, a, a), (a, a, a)
    through = crosses(-1.0, a, b), crosses(0.0, a, b), crosses(1.0, a, b)
    if any_lane(through[0] | through[1] | through[2]):
        per, first, last = 1.0 / way, 0.166666667 * ((before - a) + way), 0.166666667 * ((after - b) - way)
        (t, p), (u, q), (v, r) = met(-1.0, a, way, per, first, last), met(0.0, a, way, per, first, last), met(1.0, a, way, per, first, last)
        where, slope = (t, u, v), (p, q, r)
    l1, l2, l3, l4 = polynomials(through[0], where[0], slope[0] * low, CORNER)
    m1, m2, m3, m4 = polynomials(through[1], where[1], slope[1] * middle, CORNER)
    t1, t2, t3, t4 = polynomials(through[2], where[2], slope[2] * top, CORNER)
    return l1 + m1 + t1, l2 + m2 + t2, l3 + m3 + t3, l4 + m4 + t4


def crosses(at, a, b):
    """Where a way goes through a place."""
    return ((a < at) & (b >= at)) | ((a >= at) & (b < at))


def met(at, a, way, per, first, last):
    """When the cubic is at a place, from the straight way once towards it, and how fast it moves there; `first` and `last` are a sixth of its second
    differences at both ends.
    """
    t = minimum(maximum((at - a) * per, 0.0), 1.0)
    left = 1.0 - t
    t = minimum(maximum(t + t * left * ((1.0 + left) * first + (1.0 + t) * last) * per, 0.0), 1.0)
    left = 1.0 - t
    return t, absolute(way - (left - t) * ((1.0 + left) * first + (1.0 + t) * last) - t * left * (last - first))
