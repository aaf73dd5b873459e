"""Edges without aliases, to the last: what `dsp.edges` does, with a steeper filter and an exact eye for frequencies that move.

The elliptic low-pass has four pairs of poles: flat within 0.2 dB up to 16 kHz, 96 dB down from 28 kHz on, at 48 kHz. Where an edge was between two
frames is read from a polynomial of fifth degree through six values of the phase, half of them on either side, so what is heard is the wave of one
frame ago. A corner has seven derivatives, taken from a polynomial of seventh degree; and `slow` is what the filter makes of the phase itself while it
moves. The numbers come from `bench/fit_pristine.py`: ringing is right within 4e-7 of a step.

A `ring` is (now, next) of each pair: heard is the sum of the four `now`. `v` is how long ago an edge was, in frames, less 0.5. `s0`, `s1` ... are the
steps of a phase in turns, newest first, from the one that is still to come; the edge lies in `s2`, the middle of the polynomial, the `way`.
"""
from chronus.dsp.lanes import fma, maximum, minimum

LATE = 2.74471592                             # frames by which the filter delays what is slow


def slow(s0, s1, s2, s3, s4, s5, s6, s7):
    """What is missing to a phase of one frame ago, which went by eight steps, to come out as the filter makes it; in turns, to be taken away."""
    return ((0.111649294 * s0 - 0.49429786 * s1) + (1.62854275 * s2 + 1.15698321 * s3)) + ((0.00715876373 * s4 + 0.159230899 * s5)
                                                                                         + (0.677365737 * s6 - 0.50191687 * s7))


def course(s0, s1, s2, s3, s4):
    """The phase around the middle of the third step: its coefficients of the powers 1, 3, 5, 2 and 4 of time."""
    near, far, tilt, sweep = s1 + s3, s0 + s4, s1 - s3, s0 - s4
    return (1.11145833 * s2 - 0.0604166667 * near + 0.0046875 * far,
            -0.458333333 * s2 + 0.25 * near - 0.0208333333 * far,
            0.05 * s2 - 0.0333333333 * near + 0.00833333333 * far,
            0.354166667 * tilt - 0.0520833333 * sweep, 0.0208333333 * sweep - 0.0416666667 * tilt)


def far_course(way, s0, s1, s2, s3, s4, s5, s6):
    """The same through two more values of the past (Newton's form): coefficients of the powers 1, 3, 5, 7, 2, 4 and 6."""
    o1, o3, o5, e2, e4 = way
    c6 = ((s0 - s5) - 5.0 * (s1 - s4) + 10.0 * (s2 - s3)) * 0.00138888889
    o7 = ((s0 + s6) - 6.0 * (s1 + s5) + 15.0 * (s2 + s4) - 20.0 * s3) * 0.000198412698
    e6 = c6 + 3.5 * o7
    return (o1 - 3.515625 * o7, o3 + 16.1875 * o7, o5 - 8.75 * o7, o7, e2 + 16.1875 * e6, e4 - 8.75 * e6, e6)


def since(past, step, way):
    """How long ago a phase on its `way` went through its edge, less 0.5 (`v`): a frame ago it was `past` the edge, by a part of `step`.

    From the straight line twice towards it, at the mean pace and then at its own, whose reciprocal is that of the mean and one term of its series:
    right to 1e-5 of a frame where the pace changes by a tenth in one. Whatever comes in, it is in range: `maximum` takes -0.5 where a number is none.
    """
    o1, o3, o5, e2, e4 = way
    per_step = 1.0 / step
    aim = (past - 0.5 * step) - (0.25 * e2 + 0.0625 * e4)
    v = held(past * per_step - 0.5)
    z = v * v
    v = held(v - (v * (o1 + z * (o3 + z * o5)) - z * (e2 + z * e4) - aim) * per_step)
    z = v * v
    pace = o1 + z * (3.0 * o3 + 5.0 * z * o5) - v * (2.0 * e2 + 4.0 * z * e4)
    return held(v - (v * (o1 + z * (o3 + z * o5)) - z * (e2 + z * e4) - aim) * per_step * (2.0 - pace * per_step))


def held(v):
    return minimum(maximum(v, -0.5), 0.5)


def rung(ring):
    """The ringing one frame later. The zeros make no difference but to -0: with them an edge of height 0 may as well be left out."""
    now1, next1, now2, next2, now3, next3, now4, next4 = ring
    return (fma(0.946322173, now1, next1), 0.0 - 0.282399882 * now1, fma(0.325365101, now2, next2), 0.0 - 0.373383539 * now2,
            fma(-0.427268433, now3, next3), 0.0 - 0.557110079 * now3, fma(-0.963734398, now4, next4), 0.0 - 0.82766833 * now4)


def heard(ring):
    return (ring[0] + ring[2]) + (ring[4] + ring[6])


def struck(strike, ring):
    """The ringing with what an edge adds to it."""
    now1, next1, now2, next2, now3, next3, now4, next4 = ring
    n1, x1, n2, x2, n3, x3, n4, x4 = strike
    return now1 + n1, next1 + x1, now2 + n2, next2 + x2, now3 + n3, next3 + x3, now4 + n4, next4 + x4


def fifth(v, c0, c1, c2, c3, c4, c5):
    """A polynomial of fifth degree, its coefficients from the lowest."""
    return fma(v, fma(v, fma(v, fma(v, fma(v, c5, c4), c3), c2), c1), c0)


def sixth(v, c0, c1, c2, c3, c4, c5, c6):
    return fma(v, fifth(v, c1, c2, c3, c4, c5, c6), c0)


def seventh(v, c0, c1, c2, c3, c4, c5, c6, c7):
    return fma(v, sixth(v, c1, c2, c3, c4, c5, c6, c7), c0)


def strike(height, v):
    """What a step adds to the ringing, which was `height` high."""
    return (height * fifth(v, -1.4808219, 0.567408873, 0.102586799, -0.102163012, 0.0270443818, -0.00363074699),
            height * fifth(v, 0.511902241, 0.0201629357, -0.17222068, 0.0704936426, -0.0133302692, 0.00116927608),
            height * sixth(v, 0.445650377, -1.0199933, 0.0710226469, 0.305828886, -0.0867627739, -0.0127194713, 0.00756452923),
            height * sixth(v, -0.434809537, 0.00282086516, 0.419515282, -0.138630571, -0.0335372841, 0.0196963475, -0.00106717444),
            height * seventh(v, 0.124156112, 0.533889829, -0.376480666, -0.242396356, 0.146700782, 0.0258440959, -0.0192455145, -0.00055020786),
            height * seventh(v, 0.245641579, -0.11528437, -0.402189281, 0.146619028, 0.0974928363, -0.0374117689, -0.00777612756, 0.00372159022),
            height * seventh(v, -0.0886170382, -0.0790135591, 0.208699265, 0.0466494681, -0.0811142547, -0.00752104774, 0.0120237556, 0.000470545871),
            height * seventh(v, -0.0743781983, 0.110508988, 0.15844419, -0.0936365285, -0.0554959896, 0.0233498903, 0.00739670607, -0.00264298801))


def bent(change, v, way, ring):
    """The ringing with that of a corner in it, where the wave goes on by `change` times the way of the phase more than it went."""
    o1, o3, o5, o7, e2, e4, e6 = way
    u1, u2 = v, v * v
    u3, u4, u5, u6 = u2 * v, u2 * u2, u2 * (u2 * v), u2 * (u2 * u2)
    u7 = u6 * v
    d1 = change * ((o1 + 3.0 * o3 * u2 + 5.0 * o5 * u4 + 7.0 * o7 * u6) - v * (2.0 * e2 + 4.0 * e4 * u2 + 6.0 * e6 * u4))
    d2 = change * ((2.0 * e2 + 12.0 * e4 * u2 + 30.0 * e6 * u4) - v * (6.0 * o3 + 20.0 * o5 * u2 + 42.0 * o7 * u4))
    d3 = change * ((6.0 * o3 + 60.0 * o5 * u2 + 210.0 * o7 * u4) - v * (24.0 * e4 + 120.0 * e6 * u2))
    d4 = change * ((24.0 * e4 + 360.0 * e6 * u2) - v * (120.0 * o5 + 840.0 * o7 * u2))
    d5, d6, d7 = change * ((120.0 * o5 + 2520.0 * o7 * u2) - v * (720.0 * e6)), change * (720.0 * e6 - 5040.0 * o7 * v), change * (5040.0 * o7)
    now1, next1, now2, next2, now3, next3, now4, next4 = ring
    real = 0.708722049 - 0.528722592 * u1 + 0.113486953 * u2 + 0.00707476233 * u3 - 0.0082102018 * u4 + 0.00183971578 * u5
    imag = 0.170663486 + 0.227053729 * u1 - 0.196717454 * u2 + 0.0593331714 * u3 - 0.00849957502 * u4 + 0.000302400575 * u5
    along = 2.89977893 * d1 - 3.11731274 * d2 + 1.67215433 * d3 + 1.6097847 * d4 - 5.95067957 * d5 + 9.49260526 * d6 - 9.71349403 * d7
    across = -0.230591434 * d1 - 1.96560254 * d2 + 4.35908406 * d3 - 5.69154301 * d4 + 4.55412195 * d5 - 0.10726267 * d6 - 7.0916324 * d7
    now, turned = real * along - imag * across, real * across + imag * along
    now1, next1 = now1 + now, next1 + (-0.473161086 * now - 0.241905909 * turned)
    real = 0.621986224 - 0.922521509 * u1 - 0.147686171 * u2 + 0.346174119 * u3 - 0.0614167394 * u4 - 0.0214313473 * u5 + 0.00736993076 * u6
    imag = 0.473481058 + 0.576176378 * u1 - 0.742148771 * u2 + 0.0577078432 * u3 + 0.105508145 * u4 - 0.0257011824 * u5 - 0.00252305682 * u6
    along = -0.0479283107 * d1 - 0.456110823 * d2 + 0.25684618 * d3 + 0.104893813 * d4 - 0.186040316 * d5 + 0.0404865002 * d6 + 0.0754916107 * d7
    across = -0.696726465 * d1 + 0.20947843 * d2 + 0.253278843 * d3 - 0.237079258 * d4 - 0.0101859349 * d5 + 0.127638592 * d6 - 0.0596872366 * d7
    now, turned = real * along - imag * across, real * across + imag * along
    now2, next2 = now2 + now, next2 + (-0.16268255 * now - 0.588997391 * turned)
    real = (0.516122065 - 1.44037668 * u1 - 0.4946019 * u2 + 0.948463427 * u3 + 0.00771934143 * u4 - 0.169158728 * u5
             + 0.0146495638 * u6 + 0.0127387645 * u7)
    imag = (0.692831889 + 0.75789157 * u1 - 1.45115471 * u2 - 0.165341084 * u3 + 0.453166487 * u4 - 0.0236665297 * u5
             - 0.0499438379 * u6 + 0.00605004555 * u7)
    along = (-0.155162248 * d1 + 0.081516059 * d2 + 0.0302821043 * d3 - 0.027958987 * d4
             - 0.00392383456 * d5 + 0.00852438834 * d6 - 0.000299470496 * d7)
    across = (0.131068799 * d1 + 0.0705608525 * d2 - 0.0485597899 * d3 - 0.0118771111 * d4
             + 0.0156397126 * d5 + 0.000768632355 * d6 - 0.00453328844 * d7)
    now, turned = real * along - imag * across, real * across + imag * along
    now3, next3 = now3 + now, next3 + (0.213634216 * now - 0.715171658 * turned)
    real = (0.462544865 - 1.81965907 * u1 - 0.878248827 * u2 + 1.43271739 * u3 + 0.264523918 * u4 - 0.335171401 * u5 - 0.0287390626 * u6
             + 0.0358915832 * u7)
    imag = (0.834154961 + 0.90587038 * u1 - 1.97982296 * u2 - 0.560854037 * u3 + 0.775068807 * u4 + 0.0979901542 * u5 - 0.115650826 * u6
             - 0.00721440869 * u7)
    along = (0.0480275473 * d1 - 0.00036705161 * d2 - 0.0105597879 * d3 + 0.000520602771 * d4
             + 0.00230345374 * d5 - 0.000210562047 * d6 - 0.000498422888 * d7)
    across = (0.00135041754 * d1 - 0.0225424422 * d2 + 0.000641477733 * d3 + 0.00493685259 * d4
             - 0.000346850148 * d5 - 0.0010725889 * d6 + 0.000121042144 * d7)
    now, turned = real * along - imag * across, real * across + imag * along
    now4, next4 = now4 + now, next4 + (0.481867199 * now - 0.771668538 * turned)
    return now1, next1, now2, next2, now3, next3, now4, next4
