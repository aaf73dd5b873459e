"""Edges without aliases, to the last: what `dsp.edges` does, with a steeper filter and an exact eye for frequencies that move.

The elliptic low-pass has four pairs of poles: flat within 0.1 dB up to 16 kHz, 93 dB down from 28 kHz on, at 48 kHz. Where an edge was between two
frames is read from a polynomial of fifth degree through six values of the phase, half of them on either side, so what is heard is the wave of one
frame ago. A corner has seven derivatives, taken from a polynomial of seventh degree; and `slow` is what the filter makes of the phase itself while it
moves. The numbers come from `bench/fit_pristine.py`: ringing is right within 4e-7 of a step.

A `ring` is (now, next) of each pair: heard is the sum of the four `now`. `v` is how long ago an edge was, in frames, less 0.5. `s0`, `s1` ... are the
steps of a phase in turns, newest first, from the one that is still to come; the edge lies in `s2`, the middle of the polynomial, the `way`.
"""
from chronus.dsp.lanes import maximum, minimum

LATE = 2.6831002                             # frames by which the filter delays what is slow


def slow(s0, s1, s2, s3, s4, s5, s6, s7):
    """What is missing to a phase of one frame ago, which went by eight steps, to come out as the filter makes it; in turns, to be taken away."""
    return ((0.066085662 * s0 - 0.22831567 * s1) + (1.11376564 * s2 + 1.39116859 * s3)) + ((0.352063644 * s4 - 0.302868877 * s5)
                                                                                         + (0.619689357 * s6 - 0.328488145 * s7))


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
    return (0.849612347 * now1 + next1, 0.0 - 0.229880118 * now1, 0.276680413 * now2 + next2, 0.0 - 0.319207492 * now2,
            -0.441549243 * now3 + next3, 0.0 - 0.508940821 * now3, -0.984262797 * now4 + next4, 0.0 - 0.804252681 * now4)


def heard(ring):
    return (ring[0] + ring[2]) + (ring[4] + ring[6])


def struck(height, v, ring):
    """The ringing with that of a step in it, which was `height` high."""
    now1, next1, now2, next2, now3, next3, now4, next4 = ring
    m0, m1, m2 = height, height * v, height * (v * v)
    m3, m4 = m2 * v, m2 * (v * v)
    m5, m6 = m4 * v, m4 * (v * v)
    m7 = m6 * v
    return (now1 + (-1.55154315 * m0 + 0.718445925 * m1 + 0.0713705469 * m2 - 0.127525699 * m3 + 0.0425545047 * m4 - 0.00750970605 * m5),
            next1 + (0.464479385 * m0 + 0.00416096445 * m1 - 0.182531912 * m2 + 0.0889196792 * m3 - 0.0209734468 * m4 + 0.00270851152 * m5),
            now2 + (0.471301977 * m0 - 1.23245203 * m1 + 0.214123599 * m2 + 0.345297989 * m3 - 0.135612491 * m4 - 0.00550722359 * m5
                    + 0.0102434082 * m6),
            next2 + (-0.463948234 * m0 + 0.0564921983 * m1 + 0.449658348 * m2 - 0.190677292 * m3 - 0.0234112901 * m4 + 0.0248349537 * m5
                     - 0.00307071952 * m6),
            now3 + (0.190570858 * m0 + 0.555361982 * m1 - 0.537138412 * m2 - 0.218661433 * m3 + 0.201026929 * m4 + 0.0129544508 * m5
                    - 0.0252702637 * m6 + 0.00129049777 * m7),
            next3 + (0.265049265 * m0 - 0.196439174 * m1 - 0.419879273 * m2 + 0.214650187 * m3 + 0.0921340215 * m4 - 0.0518024222 * m5
                     - 0.00546532663 * m6 + 0.00492632757 * m7),
            now4 + (-0.109844032 * m0 - 0.0383702758 * m1 + 0.259100122 * m2 + 0.0108688441 * m3 - 0.100716634 * m4 + 0.00186418921 * m5
                    + 0.0149065887 * m6 - 0.000653110862 * m7),
            next4 + (-0.0715956959 * m0 + 0.160219564 * m1 + 0.148706073 * m2 - 0.134742876 * m3 - 0.0501483111 * m4 + 0.0334375615 * m5
                     + 0.00633393612 * m6 - 0.00377226115 * m7))


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
    real = 0.672407519 - 0.573983539 * u1 + 0.162127834 * u2 - 0.00551700637 * u3 - 0.00857878987 * u4 + 0.00270309631 * u5
    imag = 0.165305764 + 0.202666499 * u1 - 0.212856624 * u2 + 0.078210345 * u3 - 0.015020361 * u4 + 0.00138639603 * u5
    along = 2.88233068 * d1 - 3.05832192 * d2 + 2.08848567 * d3 - 0.0157401111 * d4 - 2.67250707 * d5 + 5.10454633 * d6 - 6.25273095 * d7
    across = -0.507567355 * d1 - 1.31535657 * d2 + 3.15911525 * d3 - 4.30786239 * d4 + 4.10745949 * d5 - 2.23976127 * d6 - 1.0540323 * d7
    now, turned = real * along - imag * across, real * across + imag * along
    now1, next1 = now1 + now, next1 + (-0.424806174 * now - 0.222305718 * turned)
    real = 0.593011261 - 0.949832641 * u1 - 0.0736614384 * u2 + 0.356945604 * u3 - 0.0891239569 * u4 - 0.01701426 * u5 + 0.00924568868 * u6
    imag = 0.461868109 + 0.521101869 * u1 - 0.777278041 * u2 + 0.115338012 * u3 + 0.10162131 * u4 - 0.0344132469 * u5 - 0.000443269338 * u6
    along = -0.0582211436 * d1 - 0.492561777 * d2 + 0.298773023 * d3 + 0.0728725667 * d4 - 0.183873632 * d5 + 0.0659922862 * d6 + 0.0522353939 * d7
    across = -0.798316345 * d1 + 0.256495723 * d2 + 0.243289463 * d3 - 0.25719648 * d4 + 0.0242638436 * d5 + 0.110467107 * d6 - 0.0724003889 * d7
    now, turned = real * along - imag * across, real * across + imag * along
    now2, next2 = now2 + now, next2 + (-0.138340206 * now - 0.547785979 * turned)
    real = (0.496299517 - 1.45618077 * u1 - 0.418675952 * u2 + 0.984685993 * u3 - 0.0380612753 * u4 - 0.175430886 * u5
             + 0.0231083945 * u6 + 0.0127421963 * u7)
    imag = (0.683438105 + 0.704932583 * u1 - 1.49178492 * u2 - 0.0951918496 * u3 + 0.471970013 * u4 - 0.0462708097 * u5
             - 0.0512060051 * u6 + 0.00878705274 * u7)
    along = (-0.194548314 * d1 + 0.0855053508 * d2 + 0.0372853451 * d3 - 0.0301695123 * d4
             - 0.0046085129 * d5 + 0.00907145536 * d6 - 0.00041390169 * d7)
    across = (0.131539691 * d1 + 0.0878697066 * d2 - 0.0520290162 * d3 - 0.0143716556 * d4
             + 0.0168268602 * d5 + 0.000819428969 * d6 - 0.00473720981 * d7)
    now, turned = real * along - imag * across, real * across + imag * along
    now3, next3 = now3 + now, next3 + (0.220774622 * now - 0.678379973 * turned)
    real = (0.449816578 - 1.84208944 * u1 - 0.843286513 * u2 + 1.48626238 * u3 + 0.245164018 * u4 - 0.355418288 * u5 - 0.0245395565 * u6
             + 0.038794745 * u7)
    imag = (0.833346171 + 0.877092614 * u1 - 2.02951922 * u2 - 0.531142776 * u3 + 0.81313014 * u4 + 0.0877962953 * u5 - 0.123790389 * u6
             - 0.00563230256 * u7)
    along = (0.0535389811 * d1 + 0.0046739378 * d2 - 0.011753978 * d3 - 0.000455324533 * d4
             + 0.00255368607 * d5 - 2.17543902e-05 * d6 - 0.000549153722 * d7)
    across = (0.0127928038 * d1 - 0.0251190081 * d2 - 0.00157722517 * d3 + 0.00548574676 * d4
             + 8.23425245e-05 * d5 - 0.00118573227 * d6 + 3.79093068e-05 * d7)
    now, turned = real * along - imag * across, real * across + imag * along
    now4, next4 = now4 + now, next4 + (0.492131398 * now - 0.749706187 * turned)
    return now1, next1, now2, next2, now3, next3, now4, next4
