"""What an event of a pattern says: a word, a number or a note, with where it stands and how loud it is; and functions that change it."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import NamedTuple

from chronus import limits
from chronus.music.notes import root_number
from chronus.music.patterns.errors import PatternError
from chronus.music.patterns.pattern import Event, Pattern, Run, Span, combined
from chronus.patch.errors import suggestion

NOTE = re.compile(r"([a-g])(##|ss|#|s|bb|ff|b|f|n|)(-?\d)?", re.IGNORECASE)
SHIFTS = {"ss": "##", "s": "#", "ff": "bb", "f": "b", "n": ""}              # as TidalCycles writes sharps and flats
FALSE = {"f", "false"}


@dataclass(frozen=True, slots=True)
class Value:
    """A word as it was written, and the number that it means: for a note 0 to 127, c4 being 60; what is not said is None.

    `sample` is what stands behind the colon of bd:3; `pan` goes from -1 (left) to 1 (right); `gain` multiplies the loudness, 1 as it is.
    """
    name: str | None = None
    number: Fraction | float | None = None
    sample: int | None = None
    pan: float | None = None
    gain: float | None = None

    def as_dict(self) -> dict:
        """What is said, with the number as a float."""
        said = {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name) is not None}
        return said | {"number": float(self.number)} if "number" in said else said

    @property
    def is_true(self) -> bool:
        return self.name not in FALSE if self.number is None or self.name in FALSE else self.number != 0


class Theory(NamedTuple):
    """What scales and chords there are: the note of a degree, and the notes of a chord. Both raise ValueError that says what to do."""
    degree_note: Callable[[str, float, float], float]           # name of the scale, root, degree from 0
    chord_notes: Callable[[str, float], list[float]]            # name of the chord, root


def read_word(word: str) -> Value:
    """A word of the text, with the note and the sample that it names."""
    name, _, sample = word.partition(":")
    return Value(name, note_of(name), int(sample) if sample else None)


def note_of(name: str) -> Fraction | None:
    """The number of a note, which without an octave lies in that of c4; None for other words."""
    found = NOTE.fullmatch(name)
    if not found:
        return None
    shift = found[2].lower()
    try:
        return Fraction(root_number(f"{found[1]}{SHIFTS.get(shift, shift)}{found[3] or ''}"))
    except ValueError:
        return None


def number_of(value: Value) -> Fraction:
    """The number as an exact fraction. Raises PatternError where there is none."""
    if value.number is None:
        raise PatternError(f"a number is wanted here, not '{value.name}'")
    return Fraction(value.number).limit_denominator(limits.PATTERN_NUMBER)


def whole_of(value: Value) -> int:
    number = number_of(value)
    if number.denominator != 1 or abs(number) > limits.PATTERN_STEPS:
        raise PatternError(f"a whole number up to {limits.PATTERN_STEPS} is wanted here, not {float(number):g}")
    return int(number)


def count_of(value: Value) -> int:
    number = number_of(value)
    if number.denominator != 1 or not 1 <= number <= limits.PATTERN_STEPS:
        raise PatternError(f"a whole number from 1 to {limits.PATTERN_STEPS} is wanted here, not {float(number):g}")
    return int(number)


def share_of(value: Value) -> Fraction:
    number = number_of(value)
    if not 0 <= number <= 1:
        raise PatternError(f"a number from 0 to 1 is wanted here, not {float(number):g}")
    return number


def word_of(value: Value) -> str:
    return value.name if value.name is not None else f"{float(value.number):g}"


def with_number(value: Value, number: Fraction | float | None) -> Value:
    """Another number. The word goes if it is the name of a note."""
    return replace(value, number=number, name=None if value.name and note_of(value.name) is not None else value.name)


def transpose(steps: Pattern, pattern: Pattern) -> Pattern:
    """Notes and numbers, so many semitones higher; words stay."""
    return combined(pattern, steps, lambda v, by: v if v.number is None else with_number(v, v.number + number_of(by)))


def scaled(low: Fraction, high: Fraction, pattern: Pattern) -> Pattern:
    """What goes from 0 to 1 goes from `low` to `high`."""
    return pattern.with_values(lambda v: v if v.number is None else with_number(v, low + v.number * (high - low)))


def note(numbers: Pattern, pattern: Pattern) -> Pattern:
    """The numbers of another pattern."""
    return combined(pattern, numbers, lambda v, other: with_number(v, other.number))


def sound(names: Pattern, pattern: Pattern) -> Pattern:
    """The words of another pattern."""
    return combined(pattern, names, lambda v, other: replace(v, name=other.name, sample=v.sample if other.sample is None else other.sample))


def instead(value: Value, other: Value) -> Value:
    """What the other one says, where the first one stands, and as loud."""
    return replace(value, name=other.name, number=other.number, sample=other.sample)


def pan(places: Pattern, pattern: Pattern) -> Pattern:
    return combined(pattern, places, lambda v, place: replace(v, pan=float(min(max(number_of(place), -1), 1))))


def gain(gains: Pattern, pattern: Pattern) -> Pattern:
    """Gains multiply, so echoes of echoes fade."""
    return combined(pattern, gains, lambda v, by: louder(v, number_of(by)))


def louder(value: Value, by: Fraction | float) -> Value:
    return replace(value, gain=(1.0 if value.gain is None else value.gain) * float(by))


def scale(theory: Theory, name: str, root: Fraction, pattern: Pattern) -> Pattern:
    """Numbers are degrees of a scale: 0 is the root, 7 an octave higher where the scale has seven notes."""
    def degree(value: Value) -> Value:
        return value if value.number is None else with_number(value, asked(theory.degree_note, name, float(root), float(value.number)))
    asked(theory.degree_note, name, float(root), 0.0)
    return pattern.with_values(degree)


def chord(theory: Theory, name: str, pattern: Pattern) -> Pattern:
    """Each note is the root of a chord."""
    asked(theory.chord_notes, name, 60.0)

    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        return [ev._replace(value=v) for ev in pattern.events(begin, end, run) for v in chord_of(theory, name, ev.value)]
    return Pattern(find, pattern.period, [pattern])


def chord_of(theory: Theory, name: str, root: Value) -> list[Value]:
    if root.number is None:
        return [root]
    return [with_number(root, number) for number in asked(theory.chord_notes, name, float(root.number))]


def asked(function: Callable, *args):
    """What the theory answers; its refusal, such as an unknown name, is a mistake in the text."""
    try:
        return function(*args)
    except ValueError as error:
        raise PatternError(str(error)) from None


def converge(notes: list) -> list:
    """The outermost first: first, last, second, last but one."""
    return [notes[i // 2] if i % 2 == 0 else notes[-1 - i // 2] for i in range(len(notes))]


def pinky_up(notes: list) -> list:
    return [n for low in notes[:-1] for n in (low, notes[-1])] or notes


def thumb_up(notes: list) -> list:
    return [n for high in notes[1:] for n in (notes[0], high)] or notes


def there_and_back(notes: list) -> list:
    """Forwards and backwards, without what would be heard twice, or at once again."""
    return notes[:-1] + notes[::-1][:-1] if len(notes) > 1 else notes


ARPEGGIOS = {
    "up": list, "down": lambda n: n[::-1], "updown": there_and_back, "downup": lambda n: there_and_back(n[::-1]),
    "up&down": lambda n: n + n[::-1], "down&up": lambda n: n[::-1] + n,
    "converge": converge, "diverge": lambda n: converge(n)[::-1], "disconverge": lambda n: converge(n) + converge(n)[::-1][1:],
    "pinkyup": pinky_up, "pinkyupdown": lambda n: there_and_back(pinky_up(n)),
    "thumbup": thumb_up, "thumbupdown": lambda n: there_and_back(thumb_up(n)),
}


def arp(mode: str, pattern: Pattern) -> Pattern:
    """The notes of a chord one after the other, in the time of the chord."""
    if mode not in ARPEGGIOS:
        raise PatternError(f"no arpeggio '{mode}'{suggestion(mode, ARPEGGIOS)}")

    def find(begin: Fraction, end: Fraction, run: Run) -> list[Event]:
        chords: dict[Span, list[Event]] = {}
        for ev in pattern.events(begin, end, run):
            chords.setdefault(ev.extent, []).append(ev)
        found = []
        for whole, notes in chords.items():
            notes = ARPEGGIOS[mode](notes)
            width = (whole.end - whole.begin) / len(notes)
            for i, ev in enumerate(notes):
                piece = Span(whole.begin + i * width, whole.begin + (i + 1) * width)
                part = ev.part.common(piece)
                if part:
                    found.append(ev._replace(whole=piece, part=part))
        return found
    return Pattern(find, pattern.period, [pattern])


def sine(time: Fraction) -> Value:
    """Between 0 and 1; rounded, because the last bits of a sine differ between machines."""
    return Value(number=Fraction(round(0.5 + 0.5 * math.sin(2.0 * math.pi * float(time % 1)), 9)).limit_denominator(10**9))


SIGNALS = {
    "sine": sine,
    "cosine": lambda t: sine(t + Fraction(1, 4)),
    "saw": lambda t: Value(number=t % 1),
    "isaw": lambda t: Value(number=1 - t % 1),
    "tri": lambda t: Value(number=min(t % 1, 1 - t % 1) * 2),
    "square": lambda t: Value(number=Fraction(int(t % 1 >= Fraction(1, 2)))),
}
