"""How loud a sound is between its frames: read at eight times the rate with a windowed sinc (Kaiser, 4.5) over 24 frames.

That is twice what ITU-R BS.1770 asks for. What is still missed, for sounds up to 20 kHz, is less than MARGIN.
"""
from chronus.dsp.lanes import absolute, any_lane, beside, fma, halves, maximum, neighbour, numbers_beside, past_all

MARGIN = 0.95                           # -0.45 dB
REACH = 12                              # frames of the sinc on either side
FAR_BELOW = 0.388                       # what is no louder than this part of a value cannot be above it between its frames either: 1 / (REST + NEAR / 0.93)
NEAR, REST = 1.271, 1.208               # what the weights below add up to at most: of the two frames next to a place; of all others, 1.123 over 0.93
SECONDS = 0.0053                        # of the lines: 4 KiB at 96 kHz. In a short one, frames would seldom lie side by side
# How the sum, and the difference, of the frames 1, 2, ... 12 before and behind weigh for the values one, two, three and four eighths of the way
# between two frames; those beyond the middle are the same with the difference turned round.
SUMS = (
    (0.556335, -0.08419216, 0.0458313, -0.02974647, 0.02052244, -0.01443997, 0.01013679, -0.006989982, 0.004666752, -0.002964615, 0.00174522, -0.0009043636),
    (0.5992831, -0.1499109, 0.08355102, -0.05456011, 0.0377285, -0.02657148, 0.01865802, -0.01286346, 0.008582753, -0.005445884, 0.003199089, -0.001650692),
    (0.6261841, -0.1916863, 0.1082958, -0.07097416, 0.04914612, -0.0346321, 0.02432185, -0.01676633, 0.01118261, -0.007090463, 0.004159792, -0.002140823),
    (0.6353448, -0.2060138, 0.1169086, -0.07671014, 0.05314215, -0.03745497, 0.02630569, -0.01813318, 0.01209272, -0.007665699, 0.004495321, -0.002311478),
)
DIFFERENCES = (
    (0.4185034, -0.02227329, 0.008047692, -0.004285101, 0.002714178, -0.001880134, 0.001362768, -0.001005864, 0.0007418473, -0.0005384226, 0.0003789182, -0.0002540011),
    (0.3011859, -0.02649642, 0.009801907, -0.0052514, 0.003334295, -0.002312342, 0.001677031, -0.001238194, 0.0009133093, -0.0006628627, 0.0004664323, -0.0003125743),
    (0.1575557, -0.01696195, 0.006360712, -0.00342019, 0.002174728, -0.001509211, 0.001094943, -0.000808569, 0.0005964559, -0.0004328945, 0.0003045879, -0.0002040807),
)


EVEN, ODD = tuple(zip(*SUMS)), tuple(zip(*DIFFERENCES, (0.0,) * 12))
NEAREST, FARTHER, FARTHEST = (12, 11, 13, 10, 14, 9, 15, 8), (16, 7, 17, 6, 18, 5, 19, 4), (20, 3, 21, 2, 22, 1, 23)


def nearly(line, recent, most):
    """(peak, mask): how loud the frame 12 ago is, and whether the sound could be above `most` there or between it and the next. `recent` is at least 0.93 times
    as loud as all frames that are heard there.
    """
    here, next_ = past_all(line, (12, 11))
    peak = absolute(here)
    return peak, fma(REST, recent, NEAR * maximum(peak, absolute(next_))) > most


def really(peak, loud, line, newest):
    """How loud it is around there on the louder of the sides, between the frames too where they could be `loud`."""
    if any_lane(loud):
        peak = maximum(peak, between(line, newest))
    return maximum(peak, neighbour(peak))


def loudest_of(recent, x):
    """`recent` for the next frame: in 24 frames it falls by 7 % at most."""
    return maximum(absolute(x), fma(recent, 0.997, -1e-30))             # so that silence is 0 in time


def most_of_four(x, before, second, third):
    """The largest of this value and of those of three frames before; and the next states, of pairs."""
    pair = maximum(x, before)
    return maximum(pair, third), (x, pair, second)


def mean_of_four(x, before, second, third):
    """The mean of this value and of those of three frames before; and the next states, of pairs."""
    pair = 0.5 * (x + before)
    return 0.5 * (pair + third), (x, pair, second)


def weighed(a, b, c, d, weights):
    """The sum of four, each times its four weights, which lie beside each other in one vector."""
    return (four(a) * numbers_beside(a, weights[0]) + four(b) * numbers_beside(a, weights[1])) \
        + (four(c) * numbers_beside(a, weights[2]) + four(d) * numbers_beside(a, weights[3]))


def four(x):
    two = beside(x, x)
    return beside(two, two)


def between(line, newest):
    """The largest size of the sound at seven places between the frames 12 and 11 ago."""
    a, b, c, d, e, f, g, h = past_all(line, NEAREST)
    even, odd = weighed(a + b, c + d, e + f, g + h, EVEN[:4]), weighed(a - b, c - d, e - f, g - h, ODD[:4])
    a, b, c, d, e, f, g, h = past_all(line, FARTHER)
    even, odd = even + weighed(a + b, c + d, e + f, g + h, EVEN[4:8]), odd + weighed(a - b, c - d, e - f, g - h, ODD[4:8])
    a, b, c, d, e, f, g = past_all(line, FARTHEST)
    even, odd = even + weighed(a + b, c + d, e + f, g + newest, EVEN[8:]), odd + weighed(a - b, c - d, e - f, g - newest, ODD[8:])
    a, b = halves(absolute(even) + absolute(odd))
    c, d = halves(maximum(a, b))
    return maximum(c, d)
