"""Scales by name: their steps in semitones above the root, their notes, and the way from degrees to notes and back.

Steps with a fraction are quarter tones and other notes between the keys: 1.5 is 150 cents. All scales repeat at the octave. A root is a note, or a
name without an octave, which lies in the octave of c4. Notes are numbers, 60 being c4; degrees lead as far up and down as one likes, beyond 0 to
127 too. Names that end in `_approx` say that the instruments themselves differ from village to village, and from these numbers.
"""

from chronus.music.names import Names
from chronus.music.notes import HIGHEST, LOWEST, note_number, root_number

SCALES: dict[str, tuple[float, ...]] = {
    # modes of the major scale
    "major": (0, 2, 4, 5, 7, 9, 11), "dorian": (0, 2, 3, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10), "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10), "minor": (0, 2, 3, 5, 7, 8, 10), "locrian": (0, 1, 3, 5, 6, 8, 10),
    # of the melodic minor scale, as it goes up
    "melodic_minor": (0, 2, 3, 5, 7, 9, 11), "dorian_b2": (0, 1, 3, 5, 7, 9, 10), "lydian_augmented": (0, 2, 4, 6, 8, 9, 11),
    "lydian_dominant": (0, 2, 4, 6, 7, 9, 10), "mixolydian_b6": (0, 2, 4, 5, 7, 8, 10), "locrian_sharp2": (0, 2, 3, 5, 6, 8, 10),
    "altered": (0, 1, 3, 4, 6, 8, 10),
    # of the harmonic minor scale
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11), "locrian_sharp6": (0, 1, 3, 5, 6, 9, 10), "ionian_sharp5": (0, 2, 4, 5, 8, 9, 11),
    "dorian_sharp4": (0, 2, 3, 6, 7, 9, 10), "phrygian_dominant": (0, 1, 4, 5, 7, 8, 10), "lydian_sharp2": (0, 3, 4, 6, 7, 9, 11),
    "altered_bb7": (0, 1, 3, 4, 6, 8, 9),
    # other scales of seven notes
    "harmonic_major": (0, 2, 4, 5, 7, 8, 11), "double_harmonic": (0, 1, 4, 5, 7, 8, 11), "hungarian_minor": (0, 2, 3, 6, 7, 8, 11),
    "hungarian_major": (0, 3, 4, 6, 7, 9, 10), "neapolitan_minor": (0, 1, 3, 5, 7, 8, 11), "neapolitan_major": (0, 1, 3, 5, 7, 9, 11),
    "persian": (0, 1, 4, 5, 6, 8, 11), "enigmatic": (0, 1, 4, 6, 8, 10, 11),
    # five notes, six notes
    "major_pentatonic": (0, 2, 4, 7, 9), "minor_pentatonic": (0, 3, 5, 7, 10), "egyptian": (0, 2, 5, 7, 10), "ritusen": (0, 2, 5, 7, 9),
    "man_gong": (0, 3, 5, 8, 10), "blues": (0, 3, 5, 6, 7, 10), "major_blues": (0, 2, 3, 4, 7, 9), "prometheus": (0, 2, 4, 6, 9, 10),
    "tritone": (0, 1, 4, 6, 7, 10), "augmented": (0, 3, 4, 7, 8, 11),
    # scales that repeat within the octave: Messiaen's modes 1 and 2 are whole_tone and half_whole
    "chromatic": tuple(range(12)),
    "whole_tone": (0, 2, 4, 6, 8, 10), "whole_half": (0, 2, 3, 5, 6, 8, 9, 11), "half_whole": (0, 1, 3, 4, 6, 7, 9, 10),
    "messiaen3": (0, 2, 3, 4, 6, 7, 8, 10, 11), "messiaen4": (0, 1, 2, 5, 6, 7, 8, 11), "messiaen5": (0, 1, 5, 6, 7, 11),
    "messiaen6": (0, 2, 4, 5, 6, 8, 10, 11), "messiaen7": (0, 1, 2, 3, 5, 6, 7, 8, 9, 11), "quarter_tones": tuple(n / 2 for n in range(24)),
    "fifths": (0, 7), "octaves": (0,),
    # bebop: a passing note more, so that the notes of the chord fall on the beat
    "bebop_major": (0, 2, 4, 5, 7, 8, 9, 11), "bebop_dominant": (0, 2, 4, 5, 7, 9, 10, 11), "bebop_dorian": (0, 2, 3, 4, 5, 7, 9, 10),
    "bebop_minor": (0, 2, 3, 5, 7, 8, 10, 11), "bebop_melodic_minor": (0, 2, 3, 5, 7, 8, 9, 11),
    # Japan, Ryukyu, China
    "hirajoshi": (0, 2, 3, 7, 8), "insen": (0, 1, 5, 7, 10), "iwato": (0, 1, 5, 6, 10), "kumoi": (0, 2, 3, 7, 9), "miyako_bushi": (0, 1, 5, 7, 8),
    "ryukyu": (0, 4, 5, 7, 11), "chinese": (0, 4, 6, 7, 11),
    # gamelan: slendro as five equal steps; pelog as nine, of which it has seven (0 1 2 4 5 6 8); pelog_12_approx and selisir on the piano
    "slendro_approx": (0, 2.4, 4.8, 7.2, 9.6), "pelog_approx": tuple(12 * n / 9 for n in (0, 1, 2, 4, 5, 6, 8)),
    "pelog_12_approx": (0, 1, 3, 6, 7, 8, 10), "pelog_selisir_approx": (0, 1, 3, 7, 8),
    # maqamat, in quarter tones as they are written; sikah and huzam begin on a half-flat note
    "rast": (0, 2, 3.5, 5, 7, 9, 10.5), "suznak": (0, 2, 3.5, 5, 7, 8, 11), "bayati": (0, 1.5, 3, 5, 7, 8, 10), "husayni": (0, 1.5, 3, 5, 7, 8.5, 10),
    "saba": (0, 1.5, 3, 4, 7, 8, 10), "sikah": (0, 1.5, 3.5, 5.5, 7, 8.5, 10.5), "huzam": (0, 1.5, 3.5, 4.5, 7.5, 8.5, 10.5),
    # thaats that are no mode of another name
    "marva": (0, 1, 4, 6, 7, 9, 11), "purvi": (0, 1, 4, 6, 7, 8, 11), "todi": (0, 1, 3, 6, 7, 8, 11),
}
ALIASES = {
    "maj": "major", "ionian": "major", "min": "minor", "aeolian": "minor", "natural_minor": "minor", "jazz_minor": "melodic_minor",
    "phrygian_sharp6": "dorian_b2", "acoustic": "lydian_dominant", "overtone": "lydian_dominant", "lydian_b7": "lydian_dominant",
    "aeolian_dominant": "mixolydian_b6", "melodic_major": "mixolydian_b6", "half_diminished": "locrian_sharp2", "aeolian_b5": "locrian_sharp2",
    "super_locrian": "altered", "diminished_whole_tone": "altered", "ionian_augmented": "ionian_sharp5", "ukrainian_dorian": "dorian_sharp4",
    "romanian_minor": "dorian_sharp4", "nikriz": "dorian_sharp4", "spanish": "phrygian_dominant", "freygish": "phrygian_dominant",
    "hijaz": "phrygian_dominant", "ultralocrian": "altered_bb7", "byzantine": "double_harmonic", "hijazkar": "double_harmonic",
    "gypsy_minor": "hungarian_minor", "nawa_athar": "hungarian_minor", "nahawand": "harmonic_minor", "kurd": "phrygian", "ajam": "major",
    "pentatonic": "major_pentatonic", "maj_pent": "major_pentatonic", "min_pent": "minor_pentatonic", "gong": "major_pentatonic",
    "shang": "egyptian", "jiao": "man_gong", "zhi": "ritusen", "yu": "minor_pentatonic", "yo": "ritusen", "minor_blues": "blues",
    "whole": "whole_tone", "messiaen1": "whole_tone", "messiaen2": "half_whole", "octatonic": "whole_half", "diminished": "whole_half",
    "dominant_diminished": "half_whole", "in": "miyako_bushi", "sakura": "miyako_bushi", "slendro": "slendro_approx", "pelog": "pelog_approx",
    "bebop": "bebop_dominant", "bilawal": "major", "khamaj": "mixolydian", "kafi": "dorian", "asavari": "minor", "bhairavi": "phrygian",
    "kalyan": "lydian", "bhairav": "double_harmonic",
}
NAMES = Names("scale", SCALES, ALIASES)


def scale(name: str) -> tuple[float, ...]:
    """The steps of a scale: semitones above its root, ascending from 0, all below 12. Raises ValueError with the nearest name."""
    return tuple(map(float, NAMES.find(name)))


def scale_notes(name: str, root, low=LOWEST, high=HIGHEST) -> list[float]:
    """All notes of a scale from `low` to `high`, ascending; where `high` is below `low`, none. Raises ValueError."""
    steps, begin, low, high = scale(name), root_number(root), note_number(low), note_number(high)
    octaves = range(-12, 12)                                   # from any root down past 0 and up past 127
    return [note for octave in octaves for step in steps if low <= (note := begin + 12.0 * octave + step) <= high]


def degree_note(name: str, root, degree) -> float:
    """The note of a degree: 0 is the root, as many as the scale has notes an octave above, -1 the note below the root.

    A degree is a whole number, 2.0 too; what lies between two degrees is not in the scale and is refused. Raises ValueError.
    """
    steps, begin = scale(name), root_number(root)
    if isinstance(degree, bool) or not isinstance(degree, (int, float)) or not abs(degree) <= 1_000 or degree != int(degree):
        raise ValueError(f"a degree of a scale is a whole number from -1000 to 1000, 0 being the root, not {degree!r:.40}; round it first")
    octave, place = divmod(int(degree), len(steps))
    return begin + 12.0 * octave + steps[place]


def nearest_degree(name: str, root, note) -> int:
    """The degree whose note is nearest to a note; of two as near, the lower. Raises ValueError."""
    steps, begin, note = scale(name), root_number(root), note_number(note)
    octave = int((note - begin) // 12.0)
    near = range(len(steps) * octave, len(steps) * (octave + 1) + 1)
    return min(near, key=lambda degree: (round(abs(degree_note(name, root, degree) - note), 9), degree))


def nearest_in_scale(name: str, root, note) -> float:
    """The note of a scale that is nearest to a note; of two as near, the lower. Raises ValueError."""
    return degree_note(name, root, nearest_degree(name, root, note))
