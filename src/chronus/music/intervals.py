"""Intervals by name, and how large they are: "P5" and "perfect fifth" are 7 semitones, "-m3" is 3 down, 3/2 is 702 cents."""

import re
from fractions import Fraction
from math import log2

from chronus.music.names import Names
from chronus.music.notes import positive

MAJOR = (0, 2, 4, 5, 7, 9, 11)                       # semitones of the perfect and major intervals, unison to seventh
PERFECT = (1, 4, 5)                                  # these numbers, and their octaves, are perfect and never major or minor
SHORT = re.compile(r"(-?)(P|M|m|A{1,2}|d{1,2})([1-9]|1[0-9]|2[0-2])")      # three octaves
QUALITIES = {"perfect": "P", "major": "M", "minor": "m", "augmented": "A", "diminished": "d"}
NUMBERS = ("unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
           "fourteenth", "fifteenth")
BY_SEMITONES = ("P1", "m2", "M2", "m3", "M3", "P4", "A4", "P5", "m6", "M6", "m7", "M7")


def _semitones(quality: str, number: int) -> float | None:
    """The size of an interval; None for one that there is not, such as a perfect third."""
    octaves, step = divmod(number - 1, 7)
    perfect = step + 1 in PERFECT
    if quality in ("P" if not perfect else "Mm"):
        return None
    lowered = {"P": 0, "M": 0, "m": -1, "A": 1, "AA": 2, "d": -1 if perfect else -2, "dd": -2 if perfect else -3}[quality]
    size = 12 * octaves + MAJOR[step] + lowered
    return float(size) if size >= 0 else None


INTERVALS = {f"{quality}{number}": size for number in range(1, 16) for quality in ("P", "M", "m", "A", "d")
             if (size := _semitones(quality, number)) is not None}
LONG = {f"{long} {NUMBERS[int(name[1:]) - 1]}": name for long, short in QUALITIES.items() for name in INTERVALS if name[0] == short}
ALIASES = {"unison": "P1", "semitone": "m2", "half step": "m2", "tone": "M2", "whole tone": "M2", "whole step": "M2", "fourth": "P4",
           "tritone": "A4", "TT": "A4", "fifth": "P5", "octave": "P8", "twelfth": "P12", "two octaves": "P15"}
NAMES = Names("interval", INTERVALS, LONG | ALIASES)


def interval(name: str) -> float:
    """Semitones of an interval: "P5", "m3", "A4", "dd7", "M10", "minor third", "tritone"; with a minus in front, downwards.

    Short names know perfect (P), major (M), minor (m), augmented (A, AA) and diminished (d, dd), from 1 to 22, in these very letters.
    Raises ValueError with the nearest name.
    """
    short = SHORT.fullmatch(name.strip()) if isinstance(name, str) else None
    size = _semitones(short[2], int(short[3])) if short else None
    if size is not None:
        return -size if short[1] else size
    downwards = isinstance(name, str) and name.startswith("-")
    if short:
        raise ValueError(f"there is no interval {name!r}: unisons, fourths and fifths are perfect (P), the others major (M) or minor (m)")
    size = NAMES.find(name.removeprefix("-") if downwards else name)
    return -size if downwards else size


def interval_name(semitones: float) -> str:
    """The short name of so many whole semitones, up to three octaves: 7 is "P5", -3 is "-m3", 6 is "A4". Raises ValueError."""
    size = abs(semitones)
    if not size <= 36 or size != int(size):
        raise ValueError(f"intervals have names from 0 to 36 whole semitones, not {semitones!r:.40}")
    octaves, rest = divmod(int(size), 12)
    name = BY_SEMITONES[rest]
    return f"{'-' if semitones < 0 else ''}{name[0]}{int(name[1]) + 7 * octaves}"


def cents(ratio: float | Fraction) -> float:
    """How large a ratio of two frequencies is, in cents, 1200 to the octave: 2 is 1200, 3/2 is 701.955. Raises ValueError."""
    return 1200.0 * log2(positive(ratio, "a ratio"))


def ratio(cents: float) -> float:
    """The ratio of two frequencies so many cents apart: 1200 is 2."""
    return 2.0 ** (cents / 1200.0)
