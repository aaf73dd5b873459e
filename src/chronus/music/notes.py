"""Note names and numbers, as MIDI counts them: c4 is 60, a4 is 69 and 440 Hz; eb, f#, b-1 and numbers between notes are understood, too."""

import re

LOWEST, HIGHEST = 0.0, 127.0
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SHIFTS = {"": 0, "#": 1, "s": 1, "##": 2, "b": -1, "bb": -2}
NAME = re.compile(r"([a-g])(##|#|s|bb|b|)(-?\d)")


def note_number(note) -> float:
    """The number of a note given by name or number, 0 to 127, with fractions for what lies between. Raises ValueError that says what it takes."""
    if isinstance(note, str):
        found = NAME.fullmatch(note.strip().lower())
        if not found:
            raise ValueError(f"{note[:40]!r} is no note; write a name such as c4, f#3 or eb5, or a number from 0 to 127, 60 being c4")
        note = 12 * (int(found[3]) + 1) + STEPS[found[1]] + SHIFTS[found[2]]
    if isinstance(note, bool) or not isinstance(note, (int, float)) or not LOWEST <= note <= HIGHEST:
        raise ValueError(f"notes go from c-1 (0) to g9 (127), not {note!r:.40}")
    return float(note)
