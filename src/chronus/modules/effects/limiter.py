"""Holds a sound below a ceiling without a click: nothing is louder, not even between the samples, and what is quiet passes untouched.

It looks 43 frames ahead (0.9 ms at 48 kHz), and both sides are turned down together. The peak between the frames is read at eight times the
rate with a windowed sinc over 24 frames (Kaiser, 4.5), twice what ITU-R BS.1770 asks for, and only where one could be; what that still
misses is taken off the ceiling. The gain that a peak needs is held for 32 frames and averaged over 32, so it has arrived, along a straight
line, when the peak comes; it returns in `release`. That holds for sounds up to 20 kHz; white noise to the very end of the spectrum reads up
to 1.5 dB more between its frames.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, any_lane, maximum, minimum, neighbour, past, select
from chronus.dsp.math import approach

MARGIN = 0.95                           # -0.45 dB
REACH = 12                              # frames of the sinc on either side
AHEAD = 31 + REACH
FEW = 50 / 44_100                       # seconds of a line that holds AHEAD frames at any rate
MOST = 0.4                              # the weights below add up to less than 1 / MOST: where all frames are below that, so is what lies between
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


def weighed(a, b, c, d, e, f, g, h, i, j, k, last, w):
    return ((a * w[0] + b * w[1]) + (c * w[2] + d * w[3])) + ((e * w[4] + f * w[5]) + (g * w[6] + h * w[7])) + ((i * w[8] + j * w[9]) + (k * w[10] + last * w[11]))


def both_sides(before, behind):
    return before + behind, before - behind


def between(line, newest):
    """The largest size of the sound at seven places between the frames 12 and 11 ago."""
    s0, d0 = both_sides(past(line, 12), past(line, 11))
    s1, d1 = both_sides(past(line, 13), past(line, 10))
    s2, d2 = both_sides(past(line, 14), past(line, 9))
    s3, d3 = both_sides(past(line, 15), past(line, 8))
    s4, d4 = both_sides(past(line, 16), past(line, 7))
    s5, d5 = both_sides(past(line, 17), past(line, 6))
    s6, d6 = both_sides(past(line, 18), past(line, 5))
    s7, d7 = both_sides(past(line, 19), past(line, 4))
    s8, d8 = both_sides(past(line, 20), past(line, 3))
    s9, d9 = both_sides(past(line, 21), past(line, 2))
    s10, d10 = both_sides(past(line, 22), past(line, 1))
    s11, d11 = both_sides(past(line, 23), newest)
    most = absolute(weighed(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, SUMS[3]))
    for i in range(3):
        both = absolute(weighed(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, SUMS[i])) + absolute(weighed(d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, DIFFERENCES[i]))
        most = maximum(most, both)
    return most


@module(kind="effects", lanes=2, across=True, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.001, gain=0.5),
                  promise("holds_true_peak", peak=0.891, ceiling=0.891)))
def limiter(audio=inlet(), ceiling=ratio(0.891, low=0.001, high=4.0), release=milliseconds(100.0, low=1.0, high=5_000.0),
            gain=ratio(1.0, high=64.0), frame=frame_seconds(), recent=state(), level=state(), sound=line(FEW),
            need1=line(FEW), need2=line(FEW), need4=line(FEW), need8=line(FEW), need16=line(FEW),
            mean1=line(FEW), mean2=line(FEW), mean4=line(FEW), mean8=line(FEW), mean16=line(FEW)):
    heard = minimum(maximum(audio, -1e6), 1e6) * minimum(maximum(gain, 0.0), 64.0)
    top = MARGIN * minimum(maximum(ceiling, 0.001), 4.0)
    recent = maximum(absolute(heard), recent * 0.99)            # over the 24 frames of the sinc it falls by less than a quarter
    peak = absolute(past(sound, REACH))
    if any_lane(recent > MOST * 0.75 * top):
        peak = maximum(peak, between(sound, heard))
    peak = maximum(peak, neighbour(peak))
    # from here on gains are how much they are below 1, so that silence is 0
    need = 1.0 - top / maximum(peak, top)
    held2 = maximum(need, past(need1, 1))
    held4 = maximum(held2, past(need2, 2))
    held8 = maximum(held4, past(need4, 4))
    held16 = maximum(held8, past(need8, 8))
    held32 = maximum(held16, past(need16, 16))
    level = maximum(held32, level - level * approach(release * (0.001 / frame)))
    level = select(level < 1e-9, 0.0, level)
    sum2 = 0.5 * (level + past(mean1, 1))
    sum4 = 0.5 * (sum2 + past(mean2, 2))
    sum8 = 0.5 * (sum4 + past(mean4, 4))
    sum16 = 0.5 * (sum8 + past(mean8, 8))
    turned_down = 0.5 * (sum16 + past(mean16, 16))
    recent = select(recent < 1e-30, 0.0, recent)
    return past(sound, AHEAD) * (1.0 - turned_down), (recent, level, heard, need, held2, held4, held8, held16, level, sum2, sum4, sum8, sum16)
