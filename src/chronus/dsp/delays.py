"""Reading delay lines between the frames. `past` reads whole frames; these interpolate, and differ in how bright a moving tap stays."""

from chronus.dsp.lanes import floor, maximum, past, to_whole


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
    whole = floor(frames)
    d, near = frames - whole, to_whole(whole)
    before, after, beyond = d + 1.0, d - 1.0, d - 2.0
    return (past(line, near - 1) * (d * after * beyond * (-1.0 / 6.0)) + past(line, near) * (before * after * beyond * 0.5)
            + past(line, near + 1) * (before * d * beyond * -0.5) + past(line, near + 2) * (before * d * after * (1.0 / 6.0)))
