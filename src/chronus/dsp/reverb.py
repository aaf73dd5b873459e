"""What reverbs are made of: sixteen delay lines that hear each other and lose nothing but what each band is to lose.

Jot's feedback delay network ("Digital delay networks for designing artificial reverberators", 1991): a loss in proportion to each line's length
gives all modes of a band one decay. Even lanes are the left side, odd lanes the right one.
"""
from chronus.dsp.lanes import absolute, bits, floor, fma, maximum, minimum, neighbour, select, square_root, turns
from chronus.dsp.math import exp2, tangent_of_half_turns, versine

PACE = 64                               # frames between two looks at where a rotation goes
EIGHTH = 0.35355339                     # the square root of an eighth: the factor of Hadamard's matrix for the eight lanes of a side
BEGINS = 1e-6                           # how much of a crossing there is to come when a network begins: a frame, for what is set in it moves from then on
ODD = 0x9E3779B1 - 2**32                # an odd number loses nothing of what it multiplies


def spread(lane, step):
    """A number from 0 to 1 for each lane, no two alike and evenly apart for a `step` that is no simple fraction."""
    return lane * step - floor(lane * step)


def losses(trip, decay, bass, damping):
    """What `absorbing` takes, of a trip of `trip` ms, that the mids, around 1 kHz, fall by 60 dB in `decay` ms, the lows, around 125 Hz, in
    `bass` times as long, the highs, around 8 kHz, `damping` times as fast: 10 ms sooner, for all-pass delays ring on. 9.77 is 0.98 log2(1000).
    """
    loss = -9.77 * trip
    low, middle, high = exp2(1.03 * loss / (decay * bass - 10.0)), exp2(loss / (decay - 10.0)), exp2(loss / (decay / damping - 10.0))
    _, lift, cut = shares(low, middle, high)
    _, lift, cut = nearer(low, middle, high, lift, cut)
    return nearer(low, middle, high, lift, cut)


def nearer(low, middle, high, lift, cut):
    """`shares` of what is left for them where one-poles of about `lift` and `cut` turn a sound by a quarter, and so make it louder."""
    return shares(without(low, 0.258 * lift + 0.056 * cut), without(middle, 0.411 * lift + 0.338 * cut), without(high, 0.057 * lift + 0.261 * cut))


def shares(low, middle, high):
    """`gain`, `lift` and `cut` that keep so much at three frequencies, but for what is turned: the numbers are the inverse of the 3 x 3 matrix of the
    real parts at 48 kHz at 125, 860 and 7250 Hz. In the octaves around 1 kHz and 8 kHz what is lower lasts longer, and is what a decay is heard by.
    """
    above, below = low - middle, high - middle
    lift, cut = 1.471 * above + 0.237 * below, -0.391 * above - 1.321 * below
    return middle - (0.215 * lift + 0.869 * cut), lift, cut


def without(size, turned):
    """The real part of a number of this size whose imaginary part is `turned`; 0 where that is larger."""
    return square_root(maximum(size * size - turned * turned, 0.0))


def absorbing(gain, lift, cut, frame):
    """What `absorbed` takes. `gain` is for all that is not below 2.2 kHz, `cut` is what those below have more, `lift` what those below 450 Hz have more again."""
    t, u = tangent_of_half_turns(450.0 * frame), tangent_of_half_turns(2_200.0 * frame)
    low, high = 1.0 / (1.0 + t), 1.0 / (1.0 + u)
    level = fma(t * low, lift, fma(u * high, cut, gain))
    return level, (1.0 - t) * low, 2.0 * t * low * low * lift, (1.0 - u) * high, 2.0 * u * high * high * cut


def absorbed(x, level, low_pole, low_part, high_pole, high_part, lows, highs):
    """`x` after a trip, and the next states of two one-poles, q (1 + 1/z) / (1 - p / z) with 2 q = 1 - p: of these a part q (1 + p) is what earlier frames add."""
    return fma(level, x, fma(low_part, lows, high_part * highs)), fma(low_pole, lows, x), fma(high_pole, highs, x)


def sweep(modulation, side):
    """What `mixed` takes: where its rotation stands, and how far it sweeps, on either side."""
    far = minimum(maximum(modulation, 0.0), 1.0) * side
    return 0.51763809 * side - 1.48 * far, 5.92 * far


def tuned(length, decay, bass, damping, modulation, freeze, side, frame):
    """What stands still until a knob moves, for trips of `length` ms: how far the input is open, `sweep`, and `absorbing`."""
    opened = minimum(maximum(1.0 - freeze, 0.0), 1.0)
    gain, lift, cut = losses(length * opened, minimum(maximum(decay, 200.0), 20_000.0), minimum(maximum(bass, 0.5), 2.0), minimum(maximum(damping, 1.0), 8.0))
    stand, reach = sweep(modulation, side)
    return opened, stand, reach, absorbing(gain, lift, cut, frame)


def swept(angle, stand, reach):
    """Where a rotation is that goes to and fro evenly, as `turned` takes it."""
    return stand + reach * absolute(turns(angle))


def turned(t):
    """(cosine, sine) of a rotation, by 45 degrees at a `t` of 0.518, by 90 at 1, both with the factor `EIGHTH`. With a sine of t (3 - t t) / 2 its cosine is
    (1 - t t) sqrt(1 - t t / 4).
    """
    z = t * t
    return EIGHTH * ((1.0 - z) * square_root(1.0 - minimum(0.25 * z, 1.0))), EIGHTH * (t * (1.5 - 0.5 * z))


def on_the_way(cosine, sine, now, then, pace=PACE):
    """How far a rotation goes in each of the next `pace` frames, in a straight line to where it is `then`, and where it is now: there from the
    beginning. What a chord is shorter than its arc takes from a frozen tail 0.001 dB in two seconds.
    """
    fresh = (cosine * cosine + sine * sine) <= 0.0
    here, there = turned(now), turned(then)
    cosine, sine = select(fresh, here[0], cosine), select(fresh, here[1], sine)
    return cosine, sine, (there[0] - cosine) * (1.0 / pace), (there[1] - sine) * (1.0 / pace)


def mixed(x, cosine, sine):
    """`x`, turned between left and right by a rotation whose `cosine` and `sine` have the factor of `lanes.smeared` in them, which spreads it over its side next: so
    each lane comes to all, without gain or loss.

    A matrix that moves (Schlecht and Habets, "Time-varying feedback matrices in feedback delay networks", 2015) keeps modes from ringing at
    any pitch, and takes no highs away, as a delay that moves does where it is read between frames.
    """
    return fma(cosine, x, sine * neighbour(x))


def stand_of(size, decay, bass, damping, modulation, predelay, freeze):
    """One integer for how all knobs stand: another one when any of them moves. Of two that move at once one in 2**32 changes is not seen."""
    key = bits(size) * ODD + bits(decay)
    key = (key * ODD + bits(bass)) * ODD + bits(damping)
    return ((key * ODD + bits(modulation)) * ODD + bits(predelay)) * ODD + bits(freeze)


def held(x):
    """`x` from -64 to 64, 36 dB above full level and more: what no motion of a knob may take the network beyond."""
    return minimum(maximum(x, -64.0), 64.0)


def spread_over_eight(a, b, c, d, e, f, g, h):
    """Each of eight numbers spread over all, without their factor `EIGHTH`: Hadamard's matrix."""
    a, b, c, d, e, f, g, h = a + e, b + f, c + g, d + h, a - e, b - f, c - g, d - h
    a, b, c, d, e, f, g, h = a + c, b + d, a - c, b - d, e + g, f + h, e - g, f - h
    return a + b, a - b, c + d, c - d, e + f, e - f, g + h, g - h


def darkening(trip, decay, damping, frame):
    """(gain, pole) of a one-pole low-pass, highs = pole highs + gain x, after trips of `trip` ms: what lies around 600 Hz is to fall by 60 dB in `decay` ms, and
    7250 Hz, by which the octave around 8 kHz is heard, `damping` times as fast, as Jot has it. 9.7 and 9.77 are 0.97 and 0.98 log2(1000).
    """
    middle, high = exp2(-9.7 * trip / (decay - 10.0)), exp2(-9.77 * trip / (decay / damping - 10.0))
    near, far = versine(600.0 * frame), versine(7_250.0 * frame)
    more = maximum(middle * middle / (high * high) - 1.0, 1e-6)
    e = maximum((far - near) / more - near, 1e-4)
    pole = 1.0 / (1.0 + e + square_root(e * (2.0 + e)))
    return middle * square_root((1.0 - pole) * (1.0 - pole) + 2.0 * pole * near), pole
