"""Reading delay lines between the frames. `past` reads whole frames; these interpolate, and differ in how bright a moving tap stays.

A place that jumps is a click as loud as the sound, so one that a knob turns glides there.
"""

from chronus.dsp.lanes import absolute, any_lane, floor, maximum, minimum, past, past_four, select, square_root, to_whole

GETS_GOING = 0.01                        # seconds until a place that glides is as fast as it may be; it brakes in twice that


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


def steady_tap(line, frames, hurry):
    """As `smooth_tap`, for a loop: while its place is in a `hurry`, on the straight line between two frames, which is never louder than they are. The cubic may
    be, by a quarter in the middle of the highest pitch; a place that keeps coming back there, shaken as fast as that, would make more of it each time.
    """
    frames = maximum(frames, 2.0)
    four, d = past_four(line, to_whole(frames)), frames - floor(frames)
    return hastened(hurry, cubic(four, d), four[1] + d * (four[2] - four[1]))


def hastened(hurry, calm, fast):
    """What is heard of two while a place is in a hurry."""
    if any_lane(hurry > 0.0):
        calm = select(hurry > 0.0, calm + hurry * (fast - calm), calm)
    return calm


def hurried(hurry, before, place):
    """How much of a hurry a place is in, 0 to 1, a frame later: it comes by ten frames in which it went a frame or more, and is gone after a thousand in which
    it did not. So a pitch that jumps once is none. Where it was `before` is 0 at first.
    """
    haste = select(before > 0.0, 0.1 * minimum(maximum(4.0 * absolute(place - before) - 3.0, 0.0), 1.0), 0.0)
    return minimum(maximum(hurry + haste - 0.001, 0.0), 1.0)


def cubic(four, d):
    """Lagrange's cubic through four values, `d` of the way, 0 to 1, from the second to the third."""
    before, after, beyond = d + 1.0, d - 1.0, d - 2.0
    return (0.5 * (before * beyond)) * (after * four[1] - d * four[2]) + (d * after * (1.0 / 6.0)) * (before * four[3] - beyond * four[0])


def glided(place, speed, aim, most, frame):
    """(place, speed) a frame later: on the way to `aim` by `most` a frame at the most, getting going and braking softly, for a change of speed at once would
    be a corner in the sound. Who is there stands exactly, with a speed of 0; what moves slowly is followed closely.
    """
    bend = most * (frame / GETS_GOING)
    way = aim - place
    pace = minimum(minimum(absolute(way), square_root(bend * absolute(way))), most)
    speed = minimum(maximum(select(way < 0.0, -pace, pace), speed - bend), speed + bend)
    place = place + speed
    return place, select(place != aim, speed, 0.0)
