"""Mathematics for lanes: our own polynomials, so that the bits do not depend on anybody's libm.

Errors are against exact mathematics, over the whole range given, in float32 arithmetic; `tests/modules/test_math.py` measures them.
"""
from chronus.dsp.lanes import absolute, floor, maximum, minimum, power_of_two, select


def sine_of_turns(x):
    """sin(2 pi x) for x in -0.5 to 0.5. Folded to a quarter turn, odd polynomial of degree 11; error below 1.2e-7."""
    a = absolute(x)
    a = select(a > 0.25, 0.5 - a, a)
    y = select(x < 0.0, -a, a)
    z = y * y
    return y * (6.2831853072 + z * (-41.341702240 + z * (81.605249277 + z * (-76.705859753 + z * (42.058693945 + z * -15.0946426)))))


def cosine_of_turns(x):
    """cos(2 pi x) for x in -0.5 to 0.5; error below 1.2e-7."""
    return sine_of_turns(0.25 - absolute(x))


def exp2(x):
    """2**x for x in -126 to 127 (beyond that it is held); relative error below 1.5e-7."""
    x = minimum(maximum(x, -126.0), 127.0)
    whole = floor(x)
    f = x - whole
    fraction = 1.0 + f * (0.69314718 + f * (0.24022651 + f * (0.05550411 + f * (0.00961813 + f * (0.00133336 + f * (0.00015404 + f * 0.00001525))))))
    return fraction * power_of_two(whole)


def approach(frames):
    """The part of the way to go in one frame so that after `frames` frames 60 dB of it are done; 1 for fewer than one frame.

    1 - exp(-ln(1000) / frames). Near 0 the series is used, because 1 - exp would keep no digits; relative error below 4e-6.
    """
    z = 6.9077553 / maximum(frames, 1.0)
    series = z * (1.0 - z * (0.5 - z * (0.16666667 - z * (0.041666667 - z * 0.0083333333))))
    return select(z < 0.25, series, 1.0 - exp2(z * -1.4426950))


def tangent_of_half_turns(x):
    """tan(pi x) for x in 0 to 0.497 (a cutoff as a part of the sample rate); beyond that it is held. Relative error below 2e-6."""
    x = minimum(maximum(x, 0.0), 0.497)
    half = 0.5 * x
    return sine_of_turns(half) / cosine_of_turns(half)
