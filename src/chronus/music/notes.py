"""Note names and numbers, as MIDI counts them: c4 is 60, a4 is 69 and 440 Hz; eb, f#, b-1, c4+50 (in cents) and numbers in between go, too."""

import re
from fractions import Fraction
from math import log2

LOWEST, HIGHEST = 0.0, 127.0
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SHIFTS = {"": 0, "#": 1, "s": 1, "##": 2, "b": -1, "bb": -2}
CLASS = re.compile(r"([a-g])(##|#|s|bb|b|)")
NAME = re.compile(CLASS.pattern + r"(-?\d)([+-]\d{1,4}(?:\.\d{1,12})?)?")
SHARPS = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
FLATS = ("c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b")
A4, A4_HZ = 69, 440.0


def note_number(note) -> float:
    """The number of a note given by name or number, 0 to 127, with fractions for what lies between. Raises ValueError that says what it takes."""
    if isinstance(note, str):
        found = NAME.fullmatch(note.strip().lower())
        if not found:
            raise ValueError(f"{note[:40]!r} is no note; write a name such as c4, f#3 or eb5, or a number from 0 to 127, 60 being c4")
        note = 12 * (int(found[3]) + 1) + STEPS[found[1]] + SHIFTS[found[2]] + float(found[4] or 0.0) / 100.0
    if isinstance(note, bool) or not isinstance(note, (int, float)) or not LOWEST <= note <= HIGHEST:
        raise ValueError(f"notes go from c-1 (0) to g9 (127), not {note!r:.40}")
    return float(note)


def note_name(number, flats: bool = False) -> str:
    """The name of a note, 0 to 127: 60 is "c4", 61 "c#4" or, with `flats`, "db4". What lies between has its distance in cents, to a
    hundredth, from the nearest note (of two, the upper): 60.25 is "c4+25". `note_number` reads it back. Raises ValueError."""
    number = note_number(number)
    whole = min(int(number + 0.5), int(HIGHEST))
    cents = round(100.0 * (number - whole), 2)
    return f"{(FLATS if flats else SHARPS)[whole % 12]}{whole // 12 - 1}" + (f"{cents:+.10g}" if cents else "")


def root_number(root) -> float:
    """The number of a root: a note, or a name without an octave, which lies in the octave of c4: "a" is 69, "bb" 70. Raises ValueError."""
    if isinstance(root, str) and CLASS.fullmatch(root.strip().lower()):
        letter, shift = CLASS.fullmatch(root.strip().lower()).groups()
        return 60.0 + (STEPS[letter] + SHIFTS[shift]) % 12
    return note_number(root)


def note_hz(note, a4_hz: float = A4_HZ) -> float:
    """The frequency of a note in equal temperament, in Hz; other tunings are in `tunings`. Raises ValueError."""
    return positive(a4_hz, "the frequency of a4") * 2.0 ** ((note_number(note) - A4) / 12.0)


def hz_note(hz: float, a4_hz: float = A4_HZ) -> float:
    """The note of a frequency in Hz in equal temperament, with its fraction; it may lie beyond 0 to 127. Raises ValueError."""
    return A4 + 12.0 * log2(positive(hz, "a frequency") / positive(a4_hz, "the frequency of a4"))


def positive(value, what: str) -> float:
    """A number, or a fraction, above 0 and below 1e300. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)) or not 0.0 < value < 1e300:
        raise ValueError(f"{what} is a number above 0, not {value!r:.40}")
    return float(value)
