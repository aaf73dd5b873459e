"""Leads the voices of one chord to the next with the least motion.

The motion is the sum of what all voices move, in semitones, as in Tymoczko, A Geometry of Music (2011), chapter 2. All ways to give the notes of the
new chord to the voices are compared, by dynamic programming over the sets of notes that are given already.
"""

from chronus import limits
from chronus.music.chords import Chord


def nearest_of_class(note: float, pitch_class: float) -> float:
    """The note of a pitch class (0 to 12, 0 being c) that is nearest to a note; of two as near, the lower."""
    above = (pitch_class - note) % 12.0
    return note + above if above < 6.0 else note + above - 12.0


def lead(notes: list[float], to: Chord) -> list[float]:
    """The notes, ascending, to which the voices that hold `notes` move so that the chord `to` sounds and the voices move least.

    There are as many notes as before, or as `to` has if that is more: with fewer notes than voices some are doubled, with more some voices split.
    Every note of the chord sounds; which one is lowest is left to the motion. Of ways with equal motion it is the one whose voices, from the lowest
    on, are lower. Up to CHORD_NOTES notes and voices. Raises ValueError.
    """
    voices, classes = sorted(notes), list(to.classes)
    if not voices or max(len(voices), len(classes)) > limits.CHORD_NOTES:
        raise ValueError(f"voices are led from 1 to {limits.CHORD_NOTES} notes to as many, not from {len(voices)} to {len(classes)}")
    if len(classes) > len(voices):
        return _cheapest(classes, voices, lambda pitch_class, note: nearest_of_class(note, pitch_class), lambda _, note, new: abs(new - note))
    return _cheapest(voices, classes, nearest_of_class, lambda note, _, new: abs(new - note))


def _cheapest(givers: list[float], takers: list[float], target, motion) -> list[float]:
    """Gives every giver one taker so that every taker is taken: the new notes of the cheapest way. No fewer givers than takers."""
    ways: dict[int, tuple[float, tuple[float, ...]]] = {0: (0.0, ())}
    for giver in givers:
        further: dict[int, tuple[float, tuple[float, ...]]] = {}
        for taken, (cost, so_far) in ways.items():
            for place, taker in enumerate(takers):
                new = target(giver, taker)
                way = (round(cost + motion(giver, taker, new), 9), (*so_far, new))
                key = taken | 1 << place
                if key not in further or way < further[key]:
                    further[key] = way
        ways = further
    return sorted(ways[(1 << len(takers)) - 1][1])
