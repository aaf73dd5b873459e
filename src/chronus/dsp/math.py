"""Mathematics for lanes: our own polynomials, so that the bits do not depend on anybody's libm.

Errors are against exact mathematics, over the whole range given, in float32 arithmetic; `tests/modules/test_math.py` measures them.
The coefficients come from `bench/fit_polynomials.py`. No `fma`: where a processor has none it is a call for each lane, and the bits
are good enough without.
"""
from chronus.dsp.lanes import absolute, floor, maximum, minimum, power_of_two, select


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


def tangent_of_half_turns(x):
    """tan(pi x) for x in 0 to 0.497 (a cutoff as a part of the sample rate); beyond that it is held. Relative error below 3e-7."""
    x = minimum(maximum(x, 0.0), 0.497)
    half = 0.5 * x
    return sine_of_turns(half) / cosine_of_turns(half)
