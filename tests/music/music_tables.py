"""A theory that is small enough to check by eye, and the reading of the notation in which tables say what sounds."""

from fractions import Fraction
from time import process_time

from chronus import limits
from chronus.music.patterns import Pattern, PatternError, Theory, cycles_of, parse, period_of

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "pentatonic": (0, 2, 4, 7, 9)}
CHORDS = {"maj": (0, 4, 7), "min": (0, 3, 7), "maj7": (0, 4, 7, 11)}


def degree_note(name: str, root: float, degree: float) -> float:
    if name not in SCALES:
        raise ValueError(f"no scale '{name}'; there are {', '.join(SCALES)}")
    octave, step = divmod(int(degree), len(SCALES[name]))
    return root + 12 * octave + SCALES[name][step]


def chord_notes(name: str, root: float) -> list[float]:
    if name not in CHORDS:
        raise ValueError(f"no chord '{name}'; there are {', '.join(CHORDS)}")
    return [root + note for note in CHORDS[name]]


THEORY = Theory(degree_note, chord_notes)


def assert_bounded(line: str) -> None:
    """It is played or refused, within seconds of the processor's time, and never too much of it."""
    begun = process_time()
    try:
        found = parse(line, THEORY)
        assert len(cycles_of(found, 0, period_of(found))) <= limits.PATTERN_EVENTS * limits.PATTERN_CYCLES
    except PatternError as error:
        assert error.message
    assert process_time() - begun < 10.0              # the longest takes 3 s


def label(value: dict) -> str:
    """A value as the tables write it: its word, or its number; then its sample."""
    text = value["name"] if "name" in value else f"{value['number']:g}"
    return f"{text}:{value['sample']}" if "sample" in value else text


def heard(pattern: Pattern, cycles: int, seed: int = 0) -> list[tuple[Fraction, Fraction, str]]:
    return sorted((on.begin, on.length, label(on.value)) for on in cycles_of(pattern, 0, cycles, seed))


def written(text: str) -> tuple[list[tuple[Fraction, Fraction, str]], int]:
    """What a table says: onset, length and label of each event, and the number of cycles."""
    found, cycles = [], text.split("|")
    for number, cycle in enumerate(cycles):
        for voice in cycle.split(" + "):
            steps = voice.split()
            if "@" in voice:
                found += [(Fraction(place.split("+")[0]), Fraction(place.split("+")[1]), name) for name, place in (s.split("@") for s in steps)]
                continue
            for i, name in enumerate(steps):
                if name not in "-.":
                    held = next((j for j in range(i + 1, len(steps)) if steps[j] != "-"), len(steps)) - i
                    found.append((number + Fraction(i, len(steps)), Fraction(held, len(steps)), name))
    return sorted(found), len(cycles)
