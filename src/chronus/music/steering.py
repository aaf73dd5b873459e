"""Following somebody else's beat: which tempo to play so that ours comes to lie on theirs, as a drummer would, without a jump.

Pure: both beats are of the same moment. Used for Ableton Link and for an incoming MIDI clock.
"""

CATCH_UP_BEATS = 4.0                     # an error that is small falls to a third in so many beats: 0.5 ms are 0.03 BPM at 120
FAR_SECONDS, FAR_BEATS = 0.001, 1.5      # one above this in so many: a beat that is half a beat away is within 1 ms after four bars
MOST = 0.1                               # the tempo is changed by no more than this part for it
NEAR_SECONDS = 0.0005                    # an error below this is left alone, where nobody says


def error_in_beats(ours: float, theirs: float, quantum: float) -> float:
    """How far ours is behind theirs, in beats, where beats count round in bars of `quantum`: from -quantum/2 up to quantum/2."""
    return (theirs - ours + quantum / 2.0) % quantum - quantum / 2.0


def steer(bpm: float, ours: float, theirs: float, quantum: float, near: float = NEAR_SECONDS) -> float:
    """The tempo to play, in beats a minute, when theirs is `bpm`. An error below `near` seconds is left alone."""
    error = error_in_beats(ours, theirs, quantum)
    seconds = abs(error) * 60.0 / bpm
    if seconds < near:
        return bpm
    return bpm * (1.0 + min(max(error / (FAR_BEATS if seconds > FAR_SECONDS else CATCH_UP_BEATS), -MOST), MOST))
