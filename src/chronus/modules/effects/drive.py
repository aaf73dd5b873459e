"""Warmth to fury: saturation that stays clean of aliases even on high notes, from a round shoulder over a hard edge to an octave above.

`shape` goes from 0, the curve x / sqrt(1 + x x), over 1, which clips, to 2, which turns the lower half up and clips. The round one is averaged over the ways
from frame to frame, of the others each corner is rounded by a spline (`dsp.bending`), at four times the sample rate (`dsp.oversampling`).
`drive` is in dB. Of an octave that is driven further and further only shorter and shorter dips are left, 44 dB down at 40 dB: that is as far as shape 2
is driven, and 48 dB are for those up to 1.6. `bias` moves the middle of the curve, for even harmonics, and the offset that comes of it is taken out below
5 Hz. What is driven has waited for a frame: so a processor raises one while it bends the one before.
"""
from chronus.dsp.bending import corners, rounded
from chronus.dsp.declare import frame_seconds, inlet, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, select, square_root
from chronus.dsp.math import exp2
from chronus.dsp.oversampling import finely_raised, lowered


def near(x):
    """4096 is far enough: beyond it differences would lose the digits that hold aliases down."""
    return minimum(maximum(x, -4096.0), 4096.0)


def drawn(x, middle, hard, octave):
    """The shapes with corners, as a ruler draws them, but for what they make of the middle."""
    clipped, turned = minimum(maximum(x, -1.0), 1.0) - middle, minimum(absolute(x), 1.0) - absolute(middle)
    return hard * clipped + octave * (turned - clipped)


@module(kind="effects", version=3, bypass="audio",
        promises=(promise("gain_at_level", at=1000.0, level=-60.0, db=0.0, within=0.01, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=16_000.0, level=-60.0, db=0.0, within=0.5, drive=0.0, gain=1.0),
                  promise("gain_at_level", at=1000.0, level=-80.0, db=40.0, within=0.01, drive=40.0, gain=1.0),
                  promise("aliases", at=4186.0, below_db=-110.0, drive=10.0), promise("aliases", at=4186.0, below_db=-100.0, drive=20.0),
                  promise("aliases", at=4186.0, below_db=-75.0, drive=48.0), promise("aliases", at=2093.0, below_db=-75.0, drive=48.0, bias=0.5),
                  promise("gain_at_level", at=1000.0, level=-20.0, db=0.0, within=0.01, drive=0.0, gain=1.0, shape=1.0),
                  promise("aliases", at=4186.0, below_db=-95.0, drive=10.0, shape=1.0),
                  promise("aliases", at=4186.0, below_db=-90.0, drive=48.0, shape=1.0),
                  promise("aliases", at=4186.0, below_db=-78.0, drive=10.0, shape=2.0, against=2),
                  promise("aliases", at=4186.0, below_db=-65.0, drive=20.0, shape=2.0, against=2),
                  promise("aliases", at=4186.0, below_db=-60.0, drive=48.0, shape=2.0, against=2),
                  promise("aliases", at=4186.0, below_db=-60.0, drive=48.0, shape=2.0, bias=0.5, against=2),
                  promise("aliases", at=2093.0, below_db=-60.0, drive=48.0, shape=2.0, against=2)))
def drive(audio=inlet(), drive=ratio(12.0, high=48.0), bias=ratio(0.0, low=-1.0, high=1.0), gain=ratio(0.7, high=16.0), shape=ratio(0.0, high=2.0),
          frame=frame_seconds(), x0=state(), p0=state(), p1=state(), p2=state(), p3=state(), q0=state(), q1=state(), q2=state(), v0=state(), f0=state(),
          g0=state(), h0=state(), b1=state(), b2=state(), b3=state(), b4=state(), a2=state(), a3=state(), a4=state(), size=state(), way=state(),
          y3=state(), y4=state(), c1=state(), c2=state(), c3=state(), i0=state(), j0=state(), k0=state(), l0=state(), e0=state(), u0=state(), u1=state(),
          u2=state(), o0=state(), w0=state(), w1=state(), offset=state()):
    much = minimum(maximum(shape, 0.0), 2.0)
    hard, octave = minimum(much, 1.0), maximum(much - 1.0, 0.0)
    x = minimum(maximum(audio, -1e6), 1e6) * exp2(0.166096405 * minimum(maximum(drive, 0.0), 60.0 - 20.0 * octave))
    raised, up = finely_raised(x, x0, p0, p1, p2, p3, q0, q1, q2, v0, f0, g0, h0)
    middle = minimum(maximum(bias, -1.0), 1.0)
    b1, b2, b3, b4 = b1 + middle, b2 + middle, b3 + middle, b4 + middle
    still = middle / square_root(1.0 + middle * middle)
    (r1, r2, r3, r4), (last, size, way) = rounded(a4, size, way, b1, b2, b3, b4)
    z1, z2, z3, z4 = y3, y4, r1 - still, r2 - still         # two late, as what has corners is
    y3, y4 = r3 - still, r4 - still
    n1, n2, n3 = 0.0 * much, 0.0 * much, 0.0 * much
    if any_lane(much > 0.0):
        d, e, f, g, h, k, l = near(a2), near(a3), near(a4), near(b1), near(b2), near(b3), near(b4)
        low, top, turn = hard - 2.0 * octave, -hard, 2.0 * octave
        s1, t1, m1, q1 = corners(low, turn, top, d, e, f, g)
        s2, t2, m2, q2 = corners(low, turn, top, e, f, g, h)
        s3, t3, m3, q3 = corners(low, turn, top, f, g, h, k)
        s4, t4, m4, q4 = corners(low, turn, top, g, h, k, l)
        d1, d2, d3, d4 = drawn(d, middle, hard, octave), drawn(e, middle, hard, octave), drawn(f, middle, hard, octave), drawn(g, middle, hard, octave)
        bent, soft = much > 0.0, 1.0 - hard
        z1, z2 = select(bent, soft * z1 + (d1 + c1 + s1), z1), select(bent, soft * z2 + (d2 + c2 + t1 + s2), z2)
        z3, z4 = select(bent, soft * z3 + (d3 + c3 + m1 + t2 + s3), z3), select(bent, soft * z4 + (d4 + q1 + m2 + t3 + s4), z4)
        n1, n2, n3 = select(bent, q2 + m3 + t4, 0.0), select(bent, q3 + m4, 0.0), select(bent, q4, 0.0)
    heard, down = lowered(z1, z2, z3, z4, i0, j0, k0, l0, e0, u0, u1, u2, o0, w0, w1)
    bare = heard - offset
    return bare * gain, (*up, *raised, b2, b3, last, size, way, y3, y4, n1, n2, n3, *down, offset + bare * minimum(31.4159265 * frame, 1.0))
