"""Reading delay lines between the frames. `past` reads whole frames; these interpolate, and differ in how bright a moving tap stays."""

from chronus.dsp.lanes import floor, maximum, past, past_four, to_whole


def tap(line, frames):
    """The line `frames` ago, at least 1, on the straight line between two frames: enough where the delay stands still or the sound is dark.

    Halfway between two frames it is down by 3 dB at a quarter of the sample rate.
    """
    frames = maximum(frames, 1.0)
    whole = floor(frames)
    near = to_whole(whole)
    return past(line, near) + (frames - whole) * (past(line, near + 1) - past(line, near))


def smooth_tap(line, frames):
    """The line `frames` ago, at least 2, on the cubic through four frames (Lagrange): for taps that move, and for strings.

    Halfway between two frames it is down by 1.1 dB at a quarter of the sample rate, by 0.01 dB at a twentieth.
    """
    frames = maximum(frames, 2.0)
    return cubic(past_four(line, to_whole(frames)), frames - floor(frames))


def cubic(four, d):
    """Lagrange's cubic through four values, `d` of the way, 0 to 1, from the second to the third."""
    before, after, beyond = d + 1.0, d - 1.0, d - 2.0
    return (0.5 * (before * beyond)) * (after * four[1] - d * four[2]) + (d * after * (1.0 / 6.0)) * (before * four[3] - beyond * four[0])
