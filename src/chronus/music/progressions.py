"""Roman numerals in any key and mode: `ii7 V7 Imaj7`, `bVII`, `#iv°`, `V/V`, with figured bass (6, 64, 65, 43, 42).

Capitals are major chords, small letters minor ones; what follows is the chord's own name: V7 and I7 are dominant sevenths, Imaj7 is a major
one, ii7 a minor one, vii° is diminished, viiø7 half-diminished, III+ augmented. The degree is that of the mode: in a minor, VI is on f; b and #
before the numeral move it from there by a semitone each. One degree is not: a diminished chord on vii in a mode with a minor third is on the
leading note, so vii°7 in a minor is g#°7. After a slash stands the degree that is a tonic for this one chord: V/V, vii°7/ii; in small letters it
is that of harmonic minor. 6 is the first inversion; a chord with an added sixth is Iadd6.
"""

import re
from functools import lru_cache

from chronus import limits
from chronus.music.chords import NAMES, Chord
from chronus.music.notes import root_number
from chronus.music.scales import scale
from chronus.music.voice_leading import lead
from chronus.patch.errors import shown

DEGREES = ("i", "ii", "iii", "iv", "v", "vi", "vii")
SHIFTS = {"b": -1, "♭": -1, "#": 1, "♯": 1}
ROMAN = r"([b♭#♯]{0,2})(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)"
NUMERAL = re.compile(rf"{ROMAN}(?![IViv])([^/]*(?:6/9)?)(?:/{ROMAN})?")
FIGURES = {"6": ("", 1), "63": ("", 1), "64": ("", 2), "65": ("7", 1), "43": ("7", 2), "42": ("7", 3), "2": ("7", 3)}
FIGURED = re.compile(r"(|°|o|\+)(6|63|64|65|43|42|2)|(ø|maj|M)(65|43|42|2)")      # all else is the name of a chord, such as sus2 or maj6
OWN_QUALITY = re.compile(r"[°oø+-]|dim|aug|.*sus|m(?!aj)|half|5$")                 # names that say themselves that they are not major
SEPARATORS = re.compile(r"[\s,|]+(?:-[\s,|]+)*|-(?=[b♭#♯]*[IViv])")


def numeral_chord(numeral: str, key, mode: str = "major") -> Chord:
    """The chord of a Roman numeral in a key, a note or a name such as "eb", and a mode, a scale of seven notes. Raises ValueError."""
    found = NUMERAL.fullmatch(numeral.strip()) if isinstance(numeral, str) else None
    if not found:
        raise ValueError(f"{shown(numeral)} is no Roman numeral: write I to VII or i to vii with what follows: ii7, bVII, vii°7, V65, V7/ii")
    shift, degree, name, to_shift, to_degree = found.groups()
    tonic = root_number(key)
    if to_degree:
        tonic, mode = _degree(to_shift, to_degree, tonic, mode), "major" if to_degree.isupper() else "harmonic_minor"
    quality, inversion = _quality(name, degree.islower(), numeral)
    steps = tuple(map(float, NAMES.find(quality)))
    leading = degree == "vii" and not shift and 6.0 in steps and 7.0 not in steps
    root = _degree(shift, degree, tonic, mode, leading)
    return Chord(root, steps, inversion)


def progression(text: str, key, mode: str = "major") -> list[Chord]:
    """The chords of numerals set apart by spaces, commas, bars (|) or hyphens, at most PROGRESSION_CHORDS. Raises ValueError."""
    words = [word for word in SEPARATORS.split(text.strip()) if word]
    if not 0 < len(words) <= limits.PROGRESSION_CHORDS:
        raise ValueError(f"a progression has 1 to {limits.PROGRESSION_CHORDS} chords, not {len(words)}; write numerals such as I vi ii7 V7")
    return [numeral_chord(word, key, mode) for word in words]


def led(chords: list[Chord]) -> list[list[float]]:
    """The notes of chords one after another: the first in close position, from there on every voice moves as little as it can."""
    played: list[list[float]] = []
    for chord in chords:
        played.append(list(_led(tuple(played[-1]), chord)) if played else chord.notes())
    return played


@lru_cache(maxsize=4 * limits.PROGRESSION_CHORDS)
def _led(notes: tuple[float, ...], to: Chord) -> tuple[float, ...]:
    """What `lead` finds, which takes milliseconds; chords come again."""
    return tuple(lead(list(notes), to))


def _degree(shift: str, degree: str, tonic: float, mode: str, leading: bool = False) -> float:
    """The root on a degree of a mode, within an octave above the tonic and a semitone or two around it."""
    steps = scale(mode)
    if len(steps) != 7:
        raise ValueError(f"Roman numerals count seven degrees, and the scale {mode!r} has {len(steps)}; take a mode such as major, minor or dorian")
    step = 11.0 if leading and steps[2] == 3.0 else steps[DEGREES.index(degree.lower())]
    return tonic + step + sum(SHIFTS[sign] for sign in shift)


def _quality(name: str, minor: bool, numeral: str) -> tuple[str, int]:
    """(name of the chord, inversion) of what follows a numeral."""
    inversion = 0
    if figured := FIGURED.fullmatch(name):
        seventh, inversion = FIGURES[figured[2] or figured[4]]
        name = (figured[1] or figured[3] or "") + seventh
    if minor and not OWN_QUALITY.match(name):
        name = "m" + name
    try:
        return NAMES.known(name), inversion
    except ValueError as error:
        raise ValueError(f"{numeral!r}: {error}") from None
