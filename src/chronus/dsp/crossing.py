"""From one place in a delay line to another without a click: for 30 ms both are heard, one less and less. So nothing is bent, as by a tape that moves."""
from chronus.dsp.lanes import maximum, select, to_whole

CROSSES = 0.03                          # seconds from the places where lines are read to others
AWAY = 1 << 20                          # frames that a countdown is behind meanwhile, so that every frame is looked at


def differ(a, b):
    """Where two values are not the same."""
    return (a < b) | (a > b)


def behind(left):
    """How far the countdown of what crosses over is behind; 0 where it stays."""
    return to_whole(select(left > 0.0, float(AWAY), 0.0))


def crossed(left, here, there):
    """What is heard between two places, of a crossing of which the part `left`, from 1 to 0, is to come: along an S, whose slope begins and ends at 0."""
    return here + (1.0 - left * left * (3.0 - 2.0 * left)) * (there - here)


def crossing(here, there, left, to, frame):
    """(here, there, left) a frame later, where things are to be read at `to`, above 0: at once there in the first frame, later on the way there, or to where
    it was to be before, which is reached first.
    """
    step = frame / CROSSES
    arrives = (left > 0.0) & (left <= step)
    here, left = select(arrives, there, select(here > 0.0, here, to)), maximum(left - step, 0.0)
    there = select(left > 0.0, there, to)
    return here, there, select((left <= 0.0) & differ(there, here), 1.0, left)
