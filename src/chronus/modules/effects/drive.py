"""Warmth to fury: saturation that stays clean of aliases even on high notes, from a round shoulder over a hard edge to an octave above.

`shape` goes from 0, the curve x / sqrt(1 + x x), over 1, which clips, to 2, which turns the lower half up and clips. Of the first, each frame is the mean over
the straight way from the last one (Parker, Zavalishin and Le Bivic 2016), in a form without that method's ill-conditioned division:
(a + b) / (sqrt(1 + a a) + sqrt(1 + b b)). The others are sums of abs(x - 1), abs(x) and abs(x + 1), whose corners alias more: theirs is the mean over two
such ways, in which what is further away weighs less, down to nothing (Bilbao, Esqueda, Parker and Valimaki 2017). It runs at four times the sample rate (`dsp.oversampling`).
`drive` is in dB; `bias` moves the middle of the curve, for even harmonics, and the offset that comes of it is taken out below 5 Hz.
"""
from chronus.dsp.declare import frame_seconds, inlet, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select, square_root
from chronus.dsp.math import exp2
from chronus.dsp.oversampling import lowered, raised


def sizes(a, b):
    """What abs(x) comes to on the way from a to b, where a place weighs as much as of the way is behind it, and where as much as is before it."""
    far, near = absolute(a), absolute(b)
    crosses, way = a * b < 0.0, far + near
    rest = select(crosses, 0.333333333 / maximum(way * way, 1e-30), 0.0)
    return (0.333333333 * near + far * (select(crosses, -0.166666667, 0.166666667) + far * far * rest),
            0.333333333 * far + near * (select(crosses, -0.166666667, 0.166666667) + near * near * rest))


def corners(a, b):
    """The same of what clips, and of what turns up and clips: two of the one, two of the other."""
    above, below, turned = sizes(a + 1.0, b + 1.0), sizes(a - 1.0, b - 1.0), sizes(a, b)
    return (0.5 * (above[0] - below[0]), 0.5 * (above[1] - below[1]),
            turned[0] - 0.5 * (above[0] + below[0]) + 0.5, turned[1] - 0.5 * (above[1] + below[1]) + 0.5)


def near(x):
    """256 is far enough: beyond it differences would lose the digits that hold aliases down."""
    return minimum(maximum(x, -256.0), 256.0)


def harder(round_, before, after, hard, octave):
    """The curve in the frame between two ways: `hard` and `octave` are how much there is of the next shapes."""
    clipped, turned = before[0] + after[1], before[2] + after[3]
    return round_ + hard * (clipped - round_) + octave * (turned - clipped)


@module(kind="effects", version=2, bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-60.0, db=0.0, within=0.01, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=16_000.0, level=-60.0, db=0.0, within=0.5, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=1000.0, level=-80.0, db=40.0, within=0.01, drive=40.0, gain=1.0),
                  promise("aliases", at=4186.0, below_db=-95.0, drive=10.0), promise("aliases", at=4186.0, below_db=-80.0, drive=20.0),
                  promise("aliases", at=4186.0, below_db=-55.0, drive=40.0),
                  promise("gain_at_level", at=1000.0, level=-20.0, db=0.0, within=0.01, drive=0.0, gain=1.0, shape=1.0),
                  promise("aliases", at=4186.0, below_db=-75.0, drive=10.0, shape=1.0),
                  promise("aliases", at=4186.0, below_db=-75.0, drive=20.0, shape=1.0),
                  promise("aliases", at=2093.0, below_db=-60.0, drive=20.0, shape=2.0, against=2),
                  promise("aliases", at=4186.0, below_db=-70.0, drive=10.0, shape=2.0, against=2)))
def drive(audio=inlet(), drive=ratio(12.0, high=48.0), bias=ratio(0.0, low=-1.0, high=1.0), gain=ratio(0.7, high=16.0), shape=ratio(0.0, high=2.0),
          frame=frame_seconds(), x0=state(), p0=state(), p1=state(), p2=state(), q0=state(), q1=state(), v0=state(), g0=state(),
          h0=state(), a0=state(), r0=state(), i0=state(), j0=state(), k0=state(), l0=state(), e0=state(), u0=state(), u1=state(),
          u2=state(), o0=state(), w0=state(), w1=state(), b0=state(), offset=state()):
    x = minimum(maximum(audio, -1e6), 1e6) * exp2(0.166096405 * minimum(maximum(drive, 0.0), 60.0))
    four, up = raised(x, x0, p0, p1, p2, q0, q1, v0, g0, h0)
    middle = minimum(maximum(bias, -1.0), 1.0)
    a1, a2, a3, a4 = four[0] + middle, four[1] + middle, four[2] + middle, four[3] + middle
    r1, r2, r3, r4 = square_root(1.0 + a1 * a1), square_root(1.0 + a2 * a2), square_root(1.0 + a3 * a3), square_root(1.0 + a4 * a4)
    still = middle / square_root(1.0 + middle * middle)
    y1, y2 = (a0 + a1) / (r0 + r1) - still, (a1 + a2) / (r1 + r2) - still
    y3, y4 = (a2 + a3) / (r2 + r3) - still, (a3 + a4) / (r3 + r4) - still
    much = minimum(maximum(shape, 0.0), 2.0)
    if any_lane(much > 0.0):
        hard, octave = minimum(much, 1.0), maximum(much - 1.0, 0.0)
        moved = hard * (middle - still) + octave * (absolute(middle) - middle)
        bent = much > 0.0
        b, c, d, e, f, g = near(b0), near(a0), near(a1), near(a2), near(a3), near(a4)
        into, one, two, three, four_ = corners(b, c), corners(c, d), corners(d, e), corners(e, f), corners(f, g)
        z1, z2 = harder(y1 + still, into, one, hard, octave) - still - moved, harder(y2 + still, one, two, hard, octave) - still - moved
        z3, z4 = harder(y3 + still, two, three, hard, octave) - still - moved, harder(y4 + still, three, four_, hard, octave) - still - moved
        y1, y2, y3, y4 = select(bent, z1, y1), select(bent, z2, y2), select(bent, z3, y3), select(bent, z4, y4)
    down = lowered(y1, y2, y3, y4, i0, j0, k0, l0, e0, u0, u1, u2, o0, w0, w1)
    bare = down[0] - offset
    offset = offset + bare * minimum(31.4159265 * frame, 1.0)
    return bare * gain, (*up, a4, r4, *down[1], a3, offset)
