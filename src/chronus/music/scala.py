"""Scala files: scales (.scl) and keyboard mappings (.kbm), read and written as huygens-fokker.org/scala defines them.

Both are text in ISO 8859-1, one value a line; lines that begin with an exclamation mark are comments. Errors name the line and what is wrong with it.
"""

import re
from decimal import Decimal
from fractions import Fraction

from chronus import limits
from chronus.music.tunings import KEYS, Mapping, Pitch, TunedScale
from chronus.patch.errors import shown

ENDS = r"(?![\d.,:/*^\\+-]|[eE][+-]?\d)"          # the number is read as a whole: 701,955 and 1e3 are none
CENTS = re.compile(r"[ \t]*([+-]?(?:\d{1,6}\.\d*|\.\d+))" + ENDS)
RATIO = re.compile(r"[ \t]*(\d{1,40})(?:/(\d{1,40}))?(?![ \t]*[:/])" + ENDS)      # Scala itself asks for 10 digits
INTEGER = re.compile(r"[ \t]*(-?\d{1,9})(?!\S)")
FREQUENCY = re.compile(r"[ \t]*(\d{1,6}(?:\.\d*)?|\.\d+)(?!\S)")


class ScalaError(ValueError):
    """What is wrong with a Scala file; the message begins with the line, unless the file as a whole is too long."""


def read_scl(text: str) -> TunedScale:
    """The scale of a .scl file: a description, the number of notes, then a pitch a line, with a period in cents, else a ratio; what follows a
    pitch in its line is ignored. Raises ScalaError."""
    lines = _lines(text)
    if not lines:
        raise ScalaError("line 1: a .scl file begins with a description of the scale, which may be an empty line; here is nothing")
    (first, about), lines = lines[0], [(number, line) for number, line in lines[1:] if line.strip()]
    if not lines:
        raise ScalaError(f"line {first}: after the description comes the number of notes, and the file ends here")
    count = _integer(*lines[0], "the number of notes", 0, limits.SCALE_NOTES)
    rest = lines[1:]
    if len(rest) < count:
        raise ScalaError(f"line {lines[-1][0]}: the file ends after {len(rest)} of the {count} pitches that line {lines[0][0]} announces")
    if len(rest) > count:
        number, line = rest[count]
        raise ScalaError(f"line {number}: line {lines[0][0]} announces {count} pitches, and here is one more: {shown(line.strip())}")
    return TunedScale(about.strip(), tuple(_pitch(*line) for line in rest))


def write_scl(scale: TunedScale, name: str = "scale.scl") -> str:
    """The text of a .scl file; `read_scl` gives the same scale, but for line breaks and outer spaces in its description."""
    about = " ".join(scale.about.split())
    about = f" {about}" if about.startswith("!") else about            # else it would be a comment
    return "\n".join([f"! {' '.join(name.split())}", "!", about, f" {len(scale.pitches)}", "!", *map(_written, scale.pitches)]) + "\n"


def read_kbm(text: str) -> Mapping:
    """The mapping of a .kbm file: its size, the first and last key to retune, the middle key, the reference key, its frequency in Hz, the degree
    that is the formal octave, then a degree or x a line; x at the end may be left out. Size 0 is a linear mapping. Raises ScalaError."""
    lines = [(number, line) for number, line in _lines(text) if line.strip()]
    if len(lines) < 7:
        raise ScalaError(f"line {lines[-1][0] if lines else 1}: a .kbm file begins with seven values (size, first and last key, middle key, "
                         f"reference key, its frequency, the formal octave), and here are {len(lines)}")
    size = _integer(*lines[0], "the size of the mapping", 0, limits.SCALE_NOTES)
    first, last, middle, reference = (_integer(*line, what, 0, KEYS - 1) for line, what in zip(
        lines[1:5], ("the first key to retune", "the last key to retune", "the middle key", "the reference key")))
    if first > last:
        raise ScalaError(f"line {lines[2][0]}: the last key to retune, {last}, lies below the first, {first}")
    number, line = lines[5]
    frequency = FREQUENCY.match(line)
    if not frequency or float(frequency[1]) < 0.001:
        raise ScalaError(f"line {number}: the frequency of the reference key goes from 0.001 to 999999 Hz (440.0), not {shown(line.strip())}")
    octave = _integer(*lines[6], "the degree that is the formal octave", 0, limits.SCALE_NOTES)
    rest = lines[7:]
    if len(rest) > size:
        number, line = rest[size]
        raise ScalaError(f"line {number}: line {lines[0][0]} announces a mapping of {size} keys, and here is one more: {shown(line.strip())}")
    degrees = [_key(*line) for line in rest] + [None] * (size - len(rest))
    mapping = Mapping(tuple(degrees), first, last, middle, reference, float(frequency[1]), octave)
    if degrees and degrees[(reference - middle) % size] is None:
        raise ScalaError(f"line {lines[4][0]}: the reference key {reference} plays nothing in this mapping; name one that has a degree")
    return mapping


def write_kbm(mapping: Mapping) -> str:
    """The text of a .kbm file, with a comment for each value; `read_kbm` gives the same mapping."""
    values = (("Size of map (the pattern repeats every so many keys)", len(mapping.degrees)), ("First MIDI note number to retune", mapping.first),
              ("Last MIDI note number to retune", mapping.last), ("Middle note, where the first entry of the map is", mapping.middle),
              ("Reference note, whose frequency is given", mapping.reference), ("Frequency of the reference note in Hz", _written(mapping.hz)),
              ("Scale degree that is the formal octave (0: the size of the scale)", mapping.octave))
    lines = [line for comment, value in values for line in (f"! {comment}:", str(value))]
    degrees = ["x" if degree is None else str(degree) for degree in mapping.degrees]
    return "\n".join([*lines, "! Map: scale degrees, x for a key that plays nothing", *degrees]) + "\n"


def _lines(text: str) -> list[tuple[int, str]]:
    """(number from 1, line) of all that are no comments."""
    if len(text) > limits.SCALE_FILE_BYTES:
        raise ScalaError(f"a Scala file has at most {limits.SCALE_FILE_BYTES} bytes, this one has {len(text)}")
    text = text.removeprefix("\ufeff").removeprefix("\ufeff".encode().decode("latin-1"))     # the mark that some editors put before UTF-8
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n") if text else []
    return [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("!")]


def _integer(number: int, line: str, what: str, low: int, high: int) -> int:
    found = INTEGER.match(line)
    if not found or not low <= int(found[1]) <= high:
        raise ScalaError(f"line {number}: {what} is a whole number from {low} to {high}, not {shown(line.strip())}")
    return int(found[1])


def _key(number: int, line: str) -> int | None:
    if line.split()[0] in ("x", "X"):
        return None
    return _integer(number, line, "a degree of the scale (or x for a key that plays nothing)", 0, limits.SCALE_NOTES)


def _pitch(number: int, line: str) -> Pitch:
    if found := CENTS.match(line):
        return float(found[1])
    found = RATIO.match(line)
    if found and int(found[1]) and int(found[2] or 1):
        return Fraction(int(found[1]), int(found[2] or 1))
    raise ScalaError(f"line {number}: {shown(line.strip())} is no pitch; write cents with a period, such as 701.955, or a ratio above 0, such as 3/2")


def _written(pitch: Pitch) -> str:
    """A ratio, or cents with a period and every digit that it takes to read the same number again."""
    if isinstance(pitch, Fraction):
        return f"{pitch.numerator}/{pitch.denominator}"
    text = format(Decimal(repr(pitch)), "f")
    return text if "." in text else text + ".0"
