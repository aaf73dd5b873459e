"""Mathematics for lanes: our own polynomials, so that the bits do not depend on anybody's libm.

Errors are against exact mathematics, over the whole range given, in float32 arithmetic; `tests/modules/test_math.py` measures them.
The coefficients come from `bench/fit_polynomials.py`. `fma` stands where it saves time in voices; a processor without it (before 2013) calls
for it lane by lane, and gets the same bits.
"""
from chronus.dsp.lanes import absolute, bits, floor, fma, maximum, minimum, nearest, power_of_two, select, square_root, to_float, turns

SQRT_HALF = 0x3F3504F3                      # the bits of the square root of a half


def sine_of_turns(x):
    """sin(2 pi x) for x in -0.5 to 0.5. Folded to a quarter turn, odd polynomial of degree 9; error below 1.1e-7.

    The straight line 4 y, which is exact, carries most of the value, so that little is left to round.
    """
    a = absolute(x)
    a = select(a > 0.25, 0.5 - a, a)
    y = select(x < 0.0, -a, a)
    z = y * y
    return 4.0 * y + y * (2.28318524 + z * (-41.3416672 + z * (81.6015549 + z * (-76.5596466 + z * 39.597641))))


def cosine_of_turns(x):
    """cos(2 pi x) for x in -0.5 to 0.5; error below 1.2e-7."""
    return sine_of_turns(0.25 - absolute(x))


def swing_of_turns(x):
    """sin(2 pi x) for x in -0.5 to 0.5, for what only swings: a parabola, bent once. Right at the quarters, within 0.0011 between them."""
    wave = x * (8.0 - 16.0 * absolute(x))
    return wave * (0.775 + 0.225 * absolute(wave))


def exp2(x):
    """2**x for x in -126 to 127 (beyond that it is held), exact for whole x; relative error below 1e-7."""
    x = minimum(maximum(x, -126.0), 127.0)
    whole = floor(x + 0.5)
    f = x - whole
    p = 0.693147182 + f * (0.240226477 + f * (0.0555035956 + f * (0.00961850584 + f * (0.00133908074 + f * 0.00015326454))))
    return (1.0 + f * p) * power_of_two(whole)


def approach(frames):
    """The part of the way to go in one frame so that after `frames` frames 60 dB of it are done; fewer than one frame count as one.

    1 - exp(-ln(1000) / frames). Near 0 a polynomial is used, because 1 - exp would keep no digits; relative error below 2e-7.
    """
    z = 6.9077553 / maximum(frames, 1.0)
    near = z * (1.0 + z * (-0.499999851 + z * (0.166662589 + z * (-0.0416300483 + z * (0.00818807539 - z * 0.00112126861)))))
    return select(z < 0.5, near, 1.0 - exp2(z * -1.442695))


def tangent_parts(x):
    """(rise, run) with rise / run = tan(pi x / 2), for x in 0 to 0.994 (a cutoff as a part of half the sample rate); relative error below 5e-5.

    `run` has the pole that the tangent has at a quarter turn, so that what is left for a polynomial is nearly flat. Two parts, because a filter
    needs but one division for both.
    """
    z = x * x
    return x * fma(z, fma(z, -0.0196910184, -0.277727574), 1.57072771), 1.0 - z


def tangent_of_half_turns(x):
    """tan(pi x) for x in 0 to 0.497 (a cutoff as a part of the sample rate); beyond that it is held. Relative error below 3e-7."""
    sine, cosine = quarter_turn(0.5 * minimum(maximum(x, 0.0), 0.497))
    return sine / cosine


def log2(x):
    """log2(x) for x from 2**-126, exact for powers of two; below that, and for what is negative, -126. Relative error below 2e-7.

    The exponent, of what is 0.707 ... 1.414 times a power of two, stands in the upper bits; what is left of `x` without it is 1 + f; then f p(f), of
    degree 9.
    """
    x = maximum(x, 2.0**-126)
    whole = floor(512.0 * turns(bits(x) - SQRT_HALF))
    f = x * power_of_two(-whole) * select(whole > 126.5, select(whole > 127.5, 0.25, 0.5), 1.0) - 1.0
    p = 0.287953496 + f * (-0.239013866 + f * (0.215479791 + f * (-0.206795543 + f * 0.125857174)))
    return whole + f * (1.44269502 + f * (-0.721347392 + f * (0.48090899 + f * (-0.360700607 + f * p))))


def fading(frames):
    """What a level is multiplied by in each frame to be down by 60 dB after `frames`; fewer than 16 count as 16. Error below 0.0045.

    (1 - h) / (1 + h) with h = ln(1000) / 2 / frames, which needs no exponential; from 100 frames on the time is right to 0.04 %.
    """
    h = 3.45387764 / maximum(frames, 16.0)
    return (1.0 - h) / (1.0 + h)


def quarter_turn(x):
    """(sin(2 pi x), cos(2 pi x)) for x in 0 to 0.25: those above without their folding, for filters; errors below 1.1e-7 and 1.2e-7."""
    y = 0.25 - x
    z, w = x * x, y * y
    return (4.0 * x + x * (2.28318524 + z * (-41.3416672 + z * (81.6015549 + z * (-76.5596466 + z * 39.597641)))),
            4.0 * y + y * (2.28318524 + w * (-41.3416672 + w * (81.6015549 + w * (-76.5596466 + w * 39.597641)))))


def versine(x):
    """1 - cos(2 pi x), for x from 0 to 0.5, with all its digits where it is small: what one-pole filters are made of."""
    sine, _ = quarter_turn(0.5 * minimum(maximum(x, 0.0), 0.5))
    return 2.0 * sine * sine


def low_pole(x):
    """The pole of a one-pole low-pass, y = x + pole (y - x), that is 3 dB down at `x` of the sample rate, 0 to 0.5.

    (1 - pole)^2 / |1 - pole exp(-2 pi i x)|^2 = 1/2, solved for it: with e = 1 - cos(2 pi x) it is 1 + e - sqrt(e (2 + e)), here without the difference.
    """
    e = versine(x)
    return 1.0 / (1.0 + e + square_root(e * (2.0 + e)))


def soft_limit(x):
    """`x` where it is small, 1 from 3 on and -1 from -3: x (27 + x^2) / (27 + 9 x^2), tanh within 0.024.

    Two of its derivatives are 0 where it is held, so it has no corner there.
    """
    x = minimum(maximum(x, -3.0), 3.0)
    z = x * x
    return x * (27.0 + z) / (27.0 + 9.0 * z)


def soft_limit_in_loop(x, loop, steepness):
    """The y for which y = soft_limit(steepness (x - loop y)) / steepness, for a feedback without delay: `loop` is 0 or more.

    Solved twice, as a linear loop and then with the gain that the limit has there: exact for small x, and for any x a curve without
    memory that rises, ends at 1 / steepness, and is nowhere further than 4 % of that from the exact one for a loop up to 2.6, 7.5 % up to 8.
    """
    pushed = steepness * x
    size = (1.0 + loop) * (1.0 + loop)
    guess = minimum(pushed * pushed, 9.0 * size)             # the square of the linear solution, held to 3, times `size`
    under, whole = 27.0 * size + 9.0 * guess, 27.0 * size * (1.0 + loop) + guess * (9.0 + loop)
    part = minimum(maximum(pushed * under, -3.0 * whole), 3.0 * whole)          # part / whole, held to 3, is what the limit gets
    z, w = part * part, 27.0 * (whole * whole)
    return part * (w + z) / ((whole * steepness) * (w + 9.0 * z))               # one division for all


def square_of_turns(x, steepness):
    """A square, -1 around 0 and 1 around half a turn; its edges are straight lines as long as 0.5 / steepness of a turn.

    With 0.5 / (frequency in turns for a frame) an edge lasts one frame: a step averaged over a frame, which aliases less than a jump.
    """
    return minimum(maximum((4.0 * absolute(x) - 1.0) * steepness, -1.0), 1.0)


def sine_of_one_turn(x):
    """sin(2 pi x) for x in -0.5 to 0.5; error below 2.5e-7, all harmonics together below -146 dB.

    A polynomial in |w|, w = x (0.5 - |x|), times w, over the whole turn: no folding, so it takes half the time of `sine_of_turns`.
    """
    w = x * (0.5 - absolute(x))
    u = absolute(w)
    return w * fma(u, fma(u, fma(u, 56.143795, 71.1934891), 50.2695732), 12.5663443)


def sine_of_phase(angle, height):
    """`height` times sin(2 pi x) of an integer phase; error below 3.5e-7 of the height.

    The same polynomial; the scale of the phase is taken with the parabola, and the height with the coefficients, which stand still with it.
    """
    x = to_float(angle)
    w = x * fma(absolute(x), -2.0**-64, 2.0**-33)
    u = absolute(w)
    return w * fma(u, fma(u, fma(u, 56.143795 * height, 71.1934891 * height), 50.2695732 * height), 12.5663443 * height)


def sine_of_many_turns(x):
    """sin(2 pi x) for any number of turns; within half a turn the error is below 2.5e-7, beyond it what `x` itself has lost."""
    return sine_of_one_turn(x - nearest(x))


def turns_of_tangent(x):
    """The angle whose tangent is `x`, in turns, for x from -1 to 1; error below 2e-6."""
    z = x * x
    return x * (0.159133673 + z * (-0.0525696576 + z * (0.0286732335 + z * (-0.0135529591 + z * 0.00331752887))))


def impulse_height(frame):
    """How high an impulse of one frame has to be, of which one of 1 at 48 kHz would sound the same: what is heard of it is its area. Exactly 1 there."""
    return 1.0 / (48_000.0 * frame)


def noise_height(frame):
    """How high white noise has to be that has as much in each hertz as at 48 kHz, where it is exactly 1: a higher rate spreads it further."""
    return square_root(impulse_height(frame))
