"""Chords by name and by symbol: `Am7`, `C#maj7/G#`, `F/A`; their notes, inversions and voicings.

Steps are semitones above the root, notes are numbers, 60 being c4. A root without an octave lies in the octave of c4. Eleventh and thirteenth
chords hold all their thirds; leave out what you do not want to hear.
"""

import re
from math import ceil
from typing import NamedTuple

from chronus.music.names import Names
from chronus.music.notes import note_number, root_number
from chronus.patch.errors import shown

CHORDS: dict[str, tuple[int, ...]] = {
    # two and three notes
    "5": (0, 7), "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus2": (0, 2, 7), "sus4": (0, 5, 7), "majb5": (0, 4, 6),
    # sixths and added notes
    "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "69": (0, 4, 7, 9, 14), "m69": (0, 3, 7, 9, 14), "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14),
    "add11": (0, 4, 7, 17), "madd11": (0, 3, 7, 17),
    # sevenths
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "mM7": (0, 3, 7, 11), "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9),
    "dimM7": (0, 3, 6, 11), "aug7": (0, 4, 8, 10), "augM7": (0, 4, 8, 11), "7b5": (0, 4, 6, 10), "maj7b5": (0, 4, 6, 11),
    "7sus2": (0, 2, 7, 10), "7sus4": (0, 5, 7, 10),
    # ninths, elevenths, thirteenths
    "9": (0, 4, 7, 10, 14), "maj9": (0, 4, 7, 11, 14), "m9": (0, 3, 7, 10, 14), "mM9": (0, 3, 7, 11, 14), "m9b5": (0, 3, 6, 10, 14),
    "9sus4": (0, 5, 7, 10, 14), "11": (0, 4, 7, 10, 14, 17), "maj11": (0, 4, 7, 11, 14, 17), "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 17, 21), "maj13": (0, 4, 7, 11, 14, 17, 21), "m13": (0, 3, 7, 10, 14, 17, 21), "13sus4": (0, 5, 7, 10, 14, 21),
    # altered
    "7b9": (0, 4, 7, 10, 13), "7#9": (0, 4, 7, 10, 15), "7#11": (0, 4, 7, 10, 18), "7b13": (0, 4, 7, 10, 20), "7b5b9": (0, 4, 6, 10, 13),
    "7b5#9": (0, 4, 6, 10, 15), "7#5b9": (0, 4, 8, 10, 13), "7#5#9": (0, 4, 8, 10, 15), "9b5": (0, 4, 6, 10, 14), "9#5": (0, 4, 8, 10, 14),
    "9#11": (0, 4, 7, 10, 14, 18), "13b9": (0, 4, 7, 10, 13, 17, 21), "13#11": (0, 4, 7, 10, 14, 18, 21), "maj7#11": (0, 4, 7, 11, 18),
    "maj9#11": (0, 4, 7, 11, 14, 18), "maj13#11": (0, 4, 7, 11, 14, 18, 21), "m7b9": (0, 3, 7, 10, 13), "7b9#11": (0, 4, 7, 10, 13, 18),
    "7#9#11": (0, 4, 7, 10, 15, 18), "7b9b13": (0, 4, 7, 10, 13, 20), "13#9": (0, 4, 7, 10, 15, 17, 21), "m7#5": (0, 3, 8, 10),
    "m7add11": (0, 3, 7, 10, 17), "maj7add11": (0, 4, 7, 11, 17), "maj7add13": (0, 4, 7, 11, 21),
}
ALIASES = {
    "": "maj", "M": "maj", "major": "maj", "m": "min", "-": "min", "mi": "min", "minor": "min", "o": "dim", "°": "dim", "diminished": "dim",
    "+": "aug", "#5": "aug", "augmented": "aug", "power": "5", "sus": "sus4", "b5": "majb5", "M6": "6", "maj6": "6", "add6": "6", "min6": "m6",
    "-6": "m6", "madd6": "m6", "6/9": "69", "6add9": "69", "m6/9": "m69", "m6add9": "m69", "add2": "add9", "madd2": "madd9", "minadd9": "madd9",
    "majadd9": "add9", "majadd2": "add9", "majadd11": "add11", "majadd4": "add11", "add4": "add11", "madd4": "madd11", "dom7": "7", "dominant": "7",
    "dominant7": "7", "M7": "maj7", "ma7": "maj7", "major7": "maj7", "Δ": "maj7", "Δ7": "maj7", "△": "maj7", "△7": "maj7", "min7": "m7",
    "mi7": "m7", "-7": "m7", "minor7": "m7", "mmaj7": "mM7", "minmaj7": "mM7", "m(maj7)": "mM7", "-maj7": "mM7", "ø": "m7b5", "ø7": "m7b5",
    "half-diminished": "m7b5", "min7b5": "m7b5", "-7b5": "m7b5", "o7": "dim7", "°7": "dim7", "diminished7": "dim7", "omaj7": "dimM7",
    "°M7": "dimM7", "7#5": "aug7", "+7": "aug7", "7+": "aug7", "maj7#5": "augM7", "+M7": "augM7", "+maj7": "augM7", "augmaj7": "augM7",
    "7sus": "7sus4", "sus7": "7sus4", "M9": "maj9", "major9": "maj9", "Δ9": "maj9", "△9": "maj9", "min9": "m9", "-9": "m9", "minor9": "m9",
    "mmaj9": "mM9", "minmaj9": "mM9", "ø9": "m9b5", "9sus": "9sus4", "M11": "maj11", "min11": "m11", "-11": "m11", "M13": "maj13", "min13": "m13",
    "-13": "m13", "13sus": "13sus4", "M7#11": "maj7#11", "M7add11": "maj7add11", "M7add13": "maj7add13", "7b9b5": "7b5b9", "7#9b5": "7b5#9",
    "7b9#5": "7#5b9", "7#9#5": "7#5#9", "alt": "7#5#9", "7alt": "7#5#9", "aug9": "9#5", "+9": "9#5", "M9#11": "maj9#11", "M13#11": "maj13#11",
    "min7b9": "m7b9",
}
NAMES = Names("chord", CHORDS, ALIASES)
ROOT = "([A-Ga-g])(##|#|bb|b|)"                      # no "s" for sharp, or Csus4 would be C sharp
SYMBOL = re.compile(rf"{ROOT}([^/]*(?:6/9)?)(?:/{ROOT})?")
VOICINGS = Names("voicing", dict.fromkeys(("close", "open", "drop2", "drop3", "spread")), {})


class Chord(NamedTuple):
    """A chord that has not been played yet: its root as a note, steps above it, ascending, and what stands in the bass.

    `inversion` is the place in `steps` of the lowest note; `bass` is a pitch class, 0 to 12, that is no note of the chord, or None.
    """
    root: float
    steps: tuple[float, ...]
    inversion: int = 0
    bass: float | None = None

    @property
    def classes(self) -> tuple[float, ...]:
        """The pitch classes that sound, 0 (c) up to 12, each once, from the bass and the root on."""
        below = () if self.bass is None else (self.bass,)
        return tuple(dict.fromkeys((*below, *((self.root + step) % 12.0 for step in self.steps))))

    def notes(self) -> list[float]:
        """The notes in close position, ascending; a foreign bass lies below them all, less than an octave under the root."""
        notes = inverted([self.root + step for step in self.steps], self.inversion)
        return notes if self.bass is None else [self.root - (self.root - self.bass) % 12.0, *notes]


def chord(name: str, root=None) -> Chord:
    """The chord of a symbol with a root of its own ("Am7", "F/A"), or of a name ("m7") on `root`, a note or a name such as "bb".

    A bass after the slash that belongs to the chord makes it an inversion. Raises ValueError with the nearest name.
    """
    if root is not None:
        return Chord(root_number(root), tuple(map(float, NAMES.find(name))))
    found = SYMBOL.fullmatch(name.strip().replace("♯", "#").replace("♭", "b")) if isinstance(name, str) else None
    if not found:
        raise ValueError(f"{shown(name)} is no chord: write a symbol such as Am7, C#maj7/G# or F/A, or a name such as m7 with a root")
    letter, shift, quality, low_letter, low_shift = found.groups()
    begin = root_number(letter + shift)
    steps = tuple(map(float, NAMES.find(quality)))
    if low_letter is None:
        return Chord(begin, steps)
    low = root_number(low_letter + low_shift) % 12.0
    belongs = [place for place, step in enumerate(steps) if (begin + step) % 12.0 == low]
    return Chord(begin, steps, belongs[0]) if belongs else Chord(begin, steps, 0, low)


def chord_notes(name: str, root=None, inversion: int | None = None, voicing: str = "close", low=None, high=None) -> list[float]:
    """The notes of a chord, ascending: `name` and `root` as in `chord`, `voicing` and the range as in `voiced`.

    `inversion` 0 has the root in the bass, 1 the next note of the chord, and so on; without it, it is that of the symbol. Raises ValueError.
    """
    what = chord(name, root)
    if inversion is not None:
        what = what._replace(inversion=inversion)
    return voiced(what.notes(), voicing, low, high)


def inverted(notes: list[float], inversion: int) -> list[float]:
    """The same pitch classes with note number `inversion` of the stack as the lowest: those below it rise by octaves. Raises ValueError."""
    if isinstance(inversion, bool) or not isinstance(inversion, int) or not 0 <= inversion < len(notes):
        raise ValueError(f"a chord of {len(notes)} notes has inversions 0 to {len(notes) - 1}, not {inversion!r:.40}")
    bass = notes[inversion]
    return sorted(note if note >= bass else note + 12.0 * -((note - bass) // 12.0) for note in notes)


def voiced(notes: list[float], voicing: str = "close", low=None, high=None) -> list[float]:
    """The same pitch classes in another position, ascending, from notes in close position.

    close: as they are. open: every other note from the second on an octave higher. drop2, drop3: the second or third note from the top an octave
    lower. spread: from the lowest up, always the nearest note that is left at least a tritone higher. With `low` or `high`, all move by as few
    octaves as bring them into the range. Raises ValueError where there are too few notes or too little room.
    """
    voicing, notes = VOICINGS.known(voicing), sorted(notes)
    if voicing == "open":
        notes = [note + 12.0 * (place % 2) for place, note in enumerate(notes)]
    elif voicing == "spread":
        notes = _spread(notes)
    elif voicing != "close":
        from_top = int(voicing[-1])
        if len(notes) < from_top:
            raise ValueError(f"{voicing} takes a chord of at least {from_top} notes, this one has {len(notes)}")
        notes[-from_top] -= 12.0
    return within(sorted(notes), low, high)


def _spread(notes: list[float]) -> list[float]:
    spread, left = [notes[0]], notes[1:]
    while left:
        floor = spread[-1] + 6.0
        above = [floor + (note - floor) % 12.0 for note in left]
        spread.append(min(above))
        del left[above.index(min(above))]
    return spread


def within(notes: list[float], low=None, high=None) -> list[float]:
    """All notes, ascending, moved by the fewest octaves that bring them between the notes `low` and `high`, both included. Raises ValueError."""
    low, high = None if low is None else note_number(low), None if high is None else note_number(high)
    octaves = 0
    if low is not None and notes[0] < low:
        octaves = ceil((low - notes[0]) / 12.0)
    elif high is not None and notes[-1] > high:
        octaves = -ceil((notes[-1] - high) / 12.0)
    moved = [note + 12.0 * octaves for note in notes]
    if (low is not None and moved[0] < low) or (high is not None and moved[-1] > high):
        raise ValueError(f"a chord that spans {notes[-1] - notes[0]:g} semitones does not fit from {low} to {high} by octaves; widen the range")
    return moved
