"""Holds a sound below a ceiling without a click: nothing is louder, not even between the samples, and what is quiet passes untouched.

It looks 37 frames ahead (0.77 ms at 48 kHz), and both sides are turned down together. The peak between the frames is read at eight times the
rate, with a windowed sinc over twelve frames (Kaiser, 5), in the manner of ITU-R BS.1770; what that still misses is taken off the
ceiling. The gain that a peak needs is held for 32 frames and averaged over 32, so it has arrived, along a straight line, when the peak
comes; it returns in `release`.
"""
from chronus.dsp.declare import frame_seconds, inlet, line, milliseconds, module, promise, ratio, state
from chronus.dsp.lanes import absolute, maximum, minimum, neighbour, past, select
from chronus.dsp.math import approach

MARGIN = 0.977                          # -0.2 dB
AHEAD = 37                              # frames: half of the sinc, and the average
FEW = 40 / 44_100                       # seconds of a line that holds AHEAD frames at any rate
# what twelve frames weigh for the values one to four eighths behind the sixth; those beyond are the same backwards
EIGHTHS = (
    (-0.003102394, 0.008939302, -0.02042931, 0.04299544, -0.1001038, 0.9741771, 0.1328115, -0.05201617, 0.02467141, -0.01115452, 0.00418244, -0.0009709451),
    (-0.004879555, 0.01471956, -0.03430083, 0.07240196, -0.1634471, 0.8977755, 0.2900837, -0.1060843, 0.05004928, -0.02293281, 0.008885805, -0.002271165),
    (-0.005372824, 0.0170705, -0.04065226, 0.08625752, -0.1901856, 0.7783834, 0.4598192, -0.1534056, 0.07173964, -0.03324809, 0.01326966, -0.003675602),
    (-0.00484387, 0.01632949, -0.03983627, 0.08515047, -0.1844453, 0.6276455, 0.6276455, -0.1844453, 0.08515047, -0.03983627, 0.01632949, -0.00484387),
)


def between(a, b, c, d, e, f, g, h, i, j, k, newest, w):
    """The size of the signal between two frames, by weights."""
    return absolute(((a * w[0] + b * w[1]) + (c * w[2] + d * w[3])) + ((e * w[4] + f * w[5]) + (g * w[6] + h * w[7]))
                    + ((i * w[8] + j * w[9]) + (k * w[10] + newest * w[11])))


def eighths(a, b, c, d, e, f, g, h, i, j, k, newest):
    """The largest of the four values in the first half between the sixth frame and the seventh."""
    return maximum(maximum(between(a, b, c, d, e, f, g, h, i, j, k, newest, EIGHTHS[0]), between(a, b, c, d, e, f, g, h, i, j, k, newest, EIGHTHS[1])),
                   maximum(between(a, b, c, d, e, f, g, h, i, j, k, newest, EIGHTHS[2]), between(a, b, c, d, e, f, g, h, i, j, k, newest, EIGHTHS[3])))


@module(kind="effects", lanes=2, across=True, bypass="audio",
        promises=(promise("gain_at", outlet="out", at=1000.0, db=-6.0206, within=0.001, gain=0.5), promise("holds_true_peak", peak=0.891, ceiling=0.891)))
def limiter(audio=inlet(), ceiling=ratio(0.891, low=0.001, high=4.0), release=milliseconds(100.0, low=1.0, high=5_000.0),
            gain=ratio(1.0, high=64.0), frame=frame_seconds(),
            a=state(), b=state(), c=state(), d=state(), e=state(), f=state(), g=state(), h=state(), i=state(), j=state(), k=state(),
            level=state(), sound=line(FEW), held1=line(FEW), held2=line(FEW), held4=line(FEW), held8=line(FEW), held16=line(FEW),
            mean1=line(FEW), mean2=line(FEW), mean4=line(FEW), mean8=line(FEW), mean16=line(FEW)):
    heard = minimum(maximum(audio, -1e6), 1e6) * minimum(maximum(gain, 0.0), 64.0)
    peak = maximum(absolute(f), maximum(eighths(a, b, c, d, e, f, g, h, i, j, k, heard), eighths(heard, k, j, i, h, g, f, e, d, c, b, a)))
    peak = maximum(peak, neighbour(peak))
    top = MARGIN * minimum(maximum(ceiling, 0.001), 4.0)
    # from here on gains are how much they are below 1, so that silence is 0
    need = 1.0 - top / maximum(peak, top)
    need2 = maximum(need, past(held1, 1))
    need4 = maximum(need2, past(held2, 2))
    need8 = maximum(need4, past(held4, 4))
    need16 = maximum(need8, past(held8, 8))
    need32 = maximum(need16, past(held16, 16))
    level = maximum(need32, level - level * approach(release * (0.001 / frame)))
    level = select(level < 1e-9, 0.0, level)
    sum2 = 0.5 * (level + past(mean1, 1))
    sum4 = 0.5 * (sum2 + past(mean2, 2))
    sum8 = 0.5 * (sum4 + past(mean4, 4))
    sum16 = 0.5 * (sum8 + past(mean8, 8))
    turned_down = 0.5 * (sum16 + past(mean16, 16))
    return past(sound, AHEAD) * (1.0 - turned_down), (b, c, d, e, f, g, h, i, j, k, heard, level, heard, need, need2, need4, need8, need16,
                                                     level, sum2, sum4, sum8, sum16)
