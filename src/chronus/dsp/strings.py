"""What a string and a tuned comb have in common: a loop through a delay line that stays in tune, however its highs are damped.

What damps the loop is a trapezoidal low-pass of one pole. Its lag at the pitch is an angle whose tangent is known, `slant`, so the line is
made shorter by exactly that; what rings for 25 ms or longer is within 2 cents. `slant` is sqrt(freq / K), with K from 5 kHz (dark) to 5 MHz
(bright): then a partial at f Hz, below its corner, falls by 60 dB in 13.8 K / f**2 seconds in every note, high or low, as on an instrument, as far as
what is lost between frames lets it: at 6 kHz that alone takes half a second to one, by the note.
"""
from chronus.dsp.delays import hastened, hurried, steady_tap
from chronus.dsp.lanes import maximum, minimum, square_root
from chronus.dsp.math import exp2, quarter_turn, turns_of_tangent

LONGEST = 0.0502                          # seconds of the line: a period of 20 Hz, and what an interpolation needs beyond it


def tuned_loop(freq, decay, brightness, frame):
    """(turn, period, delay, loss, part): how much of a period a frame is, frames of a period, and how many the line is read ago; what a period
    leaves of a sound that is to fall by 60 dB in `decay` ms; and the coefficient of the low-pass, whose next state is its output and another
    `part` of the way.
    """
    pitch = minimum(maximum(freq, 20.0), 5_000.0)
    fall = minimum(maximum(decay, 1.0), 60_000.0)
    turn, share = pitch * frame, 1.0 / (pitch * fall)          # of a period in the decay, in thousands
    period = fall * share * (1.0 / frame)
    dark = 1.0 - minimum(maximum(brightness, 0.0), 1.0)
    slant = square_root(pitch) * (0.00044 + 0.0137 * (dark * dark * dark))
    sine, cosine = quarter_turn(0.5 * turn)
    return turn, period, period * (1.0 - turns_of_tangent(slant)), exp2(-9965.78428 * share), sine / (sine + slant * cosine)


def come_round(line, delay, part, low, place, hurry):
    """(back, low, hurry): what comes back from the loop's line through its low-pass, before its `loss`; and how the low-pass and the hurry of its place stand then.
    `place` is the `delay` of the frame before.
    """
    hurry = hurried(hurry, place, delay)
    came = steady_tap(line, delay, hurry)
    step = (came - low) * part
    dark = low + step
    return hastened(hurry, dark, came), dark + step, hurry
