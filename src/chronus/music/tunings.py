"""Tunings: what frequency a note has, in equal steps, in just intonation, in temperaments, in anything that a Scala file says.

A tuning is a scale of pitches above 1/1, the last of which is the octave (or what repeats in its place), and a keyboard mapping that says which key
plays which of them. Keys are MIDI notes, 0 to 127; pitches are ratios (Fraction) or cents (float).
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import floor

from chronus import limits
from chronus.music.intervals import cents
from chronus.music.names import Names
from chronus.music.notes import A4, note_hz, note_number, positive

KEYS = 128
MIDDLE_C = 60
MOST_CENTS = 1_200_000.0                 # a thousand octaves: a frequency up to there is a number
Pitch = Fraction | float


@dataclass(frozen=True)
class TunedScale:
    """Pitches above 1/1, which is not among them, in the order of their degrees; the last is the octave."""
    about: str
    pitches: tuple[Pitch, ...]

    @cached_property
    def cents(self) -> tuple[float, ...]:
        """Cents of every pitch above 1/1."""
        return tuple(cents(pitch) if isinstance(pitch, Fraction) else pitch for pitch in self.pitches)

    def degree_cents(self, degree: int) -> float:
        """Cents of a degree above 1/1, which is degree 0; beyond the last, and below 0, the scale repeats."""
        octave, place = divmod(degree, len(self.pitches))
        return octave * self.cents[-1] + (self.cents[place - 1] if place else 0.0)


@dataclass(frozen=True)
class Mapping:
    """Which key plays which degree: `degrees` from the key `middle` on, again and again, `octave` degrees apart; None is a key that plays nothing.

    Without `degrees` every key plays the next degree (a linear mapping). `octave` 0 is the size of the scale. `reference` is the key that sounds
    at `hz`; it is one that plays. Keys below `first` and above `last` are not retuned: they sound in equal temperament.
    """
    degrees: tuple[int | None, ...] = ()
    first: int = 0
    last: int = KEYS - 1
    middle: int = MIDDLE_C
    reference: int = A4
    hz: float = 440.0
    octave: int = 0


@dataclass(frozen=True)
class Tuning:
    """A scale on a keyboard. Raises ValueError for a scale without notes, a reference key that plays nothing, keys that lie beyond all numbers."""
    scale: TunedScale
    mapping: Mapping = field(default_factory=Mapping)

    def __post_init__(self):
        if not self.scale.pitches:
            raise ValueError("a scale without notes tunes no keyboard: it needs at least its octave, 2/1")
        if self._cents(self.mapping.reference) is None:
            raise ValueError(f"key {self.mapping.reference} is to sound at {self.mapping.hz:g} Hz, but it plays nothing; name a key that plays")
        for key in range(self.mapping.first, self.mapping.last + 1):
            above = self._cents(key)
            if above is not None and abs(above - self._cents(self.mapping.reference)) > MOST_CENTS:
                raise ValueError(f"key {key} would lie more than {MOST_CENTS / 1200:g} octaves from key {self.mapping.reference}: too far")

    def _cents(self, key: int) -> float | None:
        """Cents of a key above 1/1 on the middle key, or None."""
        mapping, away = self.mapping, key - self.mapping.middle
        if not mapping.degrees:
            return self.scale.degree_cents(away)
        octaves, place = divmod(away, len(mapping.degrees))
        degree = mapping.degrees[place]
        if degree is None:
            return None
        return self.scale.degree_cents(degree) + octaves * self.scale.degree_cents(mapping.octave or len(self.scale.pitches))

    def key_hz(self, key: int) -> float | None:
        """The frequency of a whole key, in Hz; None where the key plays nothing."""
        if not self.mapping.first <= key <= self.mapping.last:
            return note_hz(key)
        above = self._cents(key)
        return None if above is None else self.mapping.hz * 2.0 ** ((above - self._cents(self.mapping.reference)) / 1200.0)

    @cached_property
    def keys_hz(self) -> tuple[float | None, ...]:
        """The frequencies of keys 0 to 127 in Hz."""
        return tuple(self.key_hz(key) for key in range(KEYS))

    def hz(self, note) -> float | None:
        """The frequency of a note in Hz; None where its key plays nothing. Raises ValueError for what is no note.

        A note between two keys sounds between them, by as many parts of the way in cents; where the upper one plays nothing, above the lower one
        by as much in equal temperament.
        """
        number = note_number(note)
        key = floor(number)
        lower, upper = self.keys_hz[key], self.keys_hz[key + 1] if key + 1 < KEYS else None
        if lower is None or number == key:
            return lower
        return lower * ((upper / lower) if upper else 2.0 ** (1.0 / 12.0)) ** (number - key)

    def nearest_key(self, hz: float) -> tuple[int, float]:
        """(the key that sounds nearest to a frequency in Hz, how many cents above that key the frequency is); of two as near, the lower key."""
        hz = positive(hz, "a frequency")
        away = {key: cents(hz) - cents(its) for key, its in enumerate(self.keys_hz) if its}
        key = min(away, key=lambda key: (abs(away[key]), key))
        return key, away[key]


def pitches(text: str) -> tuple[Pitch, ...]:
    """Ratios (3/2) and cents (701.955) as Scala writes them, set apart by spaces."""
    return tuple(float(word) if "." in word else Fraction(word) for word in text.split())


TWELFTH_ROOTS = " ".join(f"{100 * n}.0" for n in range(1, 12)) + " 2/1"
TUNINGS = {name: TunedScale(about, pitches(text)) for name, about, text in (
    ("equal", "twelve equal steps", TWELFTH_ROOTS),
    ("just", "just intonation of five limits, on the middle key", "16/15 9/8 6/5 5/4 4/3 45/32 3/2 8/5 5/3 9/5 15/8 2/1"),
    ("pythagorean", "pure fifths from e flat to g sharp", "2187/2048 9/8 32/27 81/64 4/3 729/512 3/2 6561/4096 27/16 16/9 243/128 2/1"),
    ("meantone", "quarter-comma meantone, Pietro Aaron 1523, e flat to g sharp",
     "76.04900 193.15686 310.26471 5/4 503.42157 579.47057 696.57843 25/16 889.73529 1006.84314 1082.89214 2/1"),
    ("werckmeister3", "Andreas Werckmeister 1691: c-g, g-d, d-a and b-f sharp are a quarter of a Pythagorean comma narrow",
     "256/243 192.18 32/27 390.225 4/3 588.27 696.09 128/81 888.27 16/9 1092.18 2/1"),
    ("kirnberger3", "Johann Philipp Kirnberger 1779: c-g-d-a-e are a quarter of a syntonic comma narrow",
     "256/243 193.15686 32/27 5/4 4/3 45/32 696.57843 128/81 889.73529 16/9 15/8 2/1"),
    ("vallotti", "Francesco Antonio Vallotti 1754: f-c-g-d-a-e-b are a sixth of a Pythagorean comma narrow",
     "94.135 196.09 298.045 392.18 501.955 592.18 698.045 796.09 894.135 1000.0 1090.225 2/1"),
    ("harmonics", "the harmonics from the 8th to the 16th", "9/8 5/4 11/8 3/2 13/8 7/4 15/8 2/1"),
    ("partch", "Harry Partch's 43 notes of eleven limits",
     "81/80 33/32 21/20 16/15 12/11 11/10 10/9 9/8 8/7 7/6 32/27 6/5 11/9 5/4 14/11 9/7 21/16 4/3 27/20 11/8 7/5 10/7 16/11 40/27 3/2 32/21 14/9 "
     "11/7 8/5 18/11 5/3 27/16 12/7 7/4 16/9 9/5 20/11 11/6 15/8 40/21 64/33 160/81 2/1"),
)}
ALIASES = {"ptolemy": "just", "just_intonation": "just", "quarter_comma": "meantone", "werckmeister": "werckmeister3", "kirnberger": "kirnberger3",
           "partch43": "partch", "overtones": "harmonics"}
NAMES = Names("tuning", TUNINGS, ALIASES)


def equal_steps(steps: int, octave: Pitch = Fraction(2)) -> TunedScale:
    """So many equal steps to the octave, or to another ratio or so many cents: `equal_steps(13, Fraction(3))` is that of Bohlen and Pierce."""
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= limits.SCALE_NOTES:
        raise ValueError(f"an octave is divided into 1 to {limits.SCALE_NOTES} equal steps, not {steps!r:.40}")
    size = cents(octave) if isinstance(octave, Fraction) else octave
    return TunedScale(f"{steps} equal steps to {octave}", (*(size * step / steps for step in range(1, steps)), octave))


def tuning(name: str, root="c4", a4_hz: float = 440.0) -> Tuning:
    """A tuning by name ("just", "vallotti"), or "19edo" for 19 equal steps, on every key, 1/1 on the note `root`.

    A scale of twelve notes has its a4 at `a4_hz`; any other has its root where equal temperament with that a4 has it. Raises ValueError with the
    nearest name.
    """
    number = name[:-3] if isinstance(name, str) and name[-3:].lower() in ("edo", "tet") else ""
    scale = equal_steps(int(number)) if number.isdecimal() and len(number) <= 6 else NAMES.find(name)
    middle = note_number(root)
    if middle != floor(middle):
        raise ValueError(f"the root of a tuning is a whole note, not {middle:g}")
    if len(scale.pitches) == 12:
        return Tuning(scale, Mapping(middle=int(middle), hz=positive(a4_hz, "the frequency of a4")))
    return Tuning(scale, Mapping(middle=int(middle), reference=int(middle), hz=note_hz(middle, a4_hz)))
