"""Roman numerals against the chords that a harmony book writes beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.music import progressions
from chronus.music.chords import chord
from chronus.music.progressions import DEGREES, led, numeral_chord, progression
from chronus.music.scales import scale
from chronus.music.voice_leading import lead

IN = {
    ("c", "major"): {"I": "C", "ii": "Dm", "iii": "Em", "IV": "F", "V": "G", "vi": "Am", "vii°": "Bdim", "viio": "Bdim", "viidim": "Bdim",
    "ii7": "Dm7", "V7": "G7", "Imaj7": "Cmaj7",
                     "IM7": "Cmaj7", "I7": "C7", "IVmaj7": "Fmaj7", "viiø7": "Bm7b5", "viiø": "Bm7b5", "viim7b5": "Bm7b5", "vii7b5": "Bm7b5",
                     "vii°7": "Bdim7", "V9": "G9", "V13": "G13", "ii9": "Dm9",
                     "ii11": "Dm11", "iiø7": "Dm7b5", "imaj7": "CmM7", "bVII": "Bb", "♭VII": "Bb", "bVI": "Ab", "bIII": "Eb", "bII6": "Db/F",
                     "#iv°": "F#dim", "♯iv°7": "F#dim7", "#ivø7": "F#m7b5",
                     "III+": "Eaug", "Vaug": "Gaug", "Vsus4": "Gsus4", "Isus2": "Csus2", "iisus4": "Dsus4", "Iadd9": "Cadd9", "iadd9": "Cmadd9",
                     "Iadd6": "C6", "I69": "C69", "I6/9": "C69",
                     "iim7": "Dm7", "IIm7": "Dm7", "ii-7": "Dm7", "II7": "D7", "V7b9": "G7b9", "V7#9": "G7#9", "IV5": "F5", "iv": "Fm", "iv7": "Fm7",
                     "i5": "C5", "ii7sus4": "D7sus4",
                     "bbVII": "A",
                     "I6": "C/E", "I63": "C/E", "I64": "C/G", "ii6": "Dm/F", "V65": "G7/B", "V43": "G7/D", "V42": "G7/F", "V2": "G7/F",
                     "ii65": "Dm7/F", "vii°6": "Bdim/D",
                     "vii°65": "Bdim7/D", "viiø43": "Bm7b5/F", "Imaj65": "Cmaj7/E", "Imaj42": "Cmaj7/B", "V+6": "Gaug/B",
                     "V/V": "D", "V7/V": "D7", "V/ii": "A", "V7/ii": "A7", "V7/vi": "E7", "V7/IV": "C7", "vii°7/V": "F#dim7", "vii°7/ii": "C#dim7",
                     "viiø7/V": "F#m7b5", "V65/V": "D7/F#", "IV/V": "C", "ii7/IV": "Gm7",
                     "V/bVII": "F", "iv/ii": "Gm", "ii/V": "Am"},
    ("a", "minor"): {"i": "Am", "iiø7": "Bm7b5", "ii°": "Bdim", "III": "C", "iv": "Dm", "v": "Em", "V": "E", "V7": "E7", "VI": "F", "VII": "G",
    "vii°": "G#dim", "vii°7": "G#dim7", "#vi°": "F#dim", "bII": "Bb",
                     "VIImaj7": "Gmaj7", "i64": "Am/E", "V7/iv": "A7", "bVII": "Gb"},
    ("eb", "major"): {"I": "Eb", "ii7": "Fm7", "V7": "Bb7", "vi": "Cm", "V/V": "F"},
    ("d", "dorian"): {"i": "Dm", "IV": "G", "VII": "C", "ii": "Em", "III": "F", "v": "Am"},
    ("e", "phrygian dominant"): {"I": "E", "II": "F", "vii": "Dm"},
    ("f#", "harmonic minor"): {"V7": "C#7", "vii°7": "Fdim7", "VI": "D"},
    ("g", "mixolydian"): {"I": "G", "VII": "F", "v": "Dm"},
}
TABLE = [(key, mode, numeral, symbol) for (key, mode), row in IN.items() for numeral, symbol in row.items()]


@pytest.mark.parametrize("key, mode, numeral, symbol", TABLE)
def test_numerals_are_the_chords_of_the_books(key, mode, numeral, symbol):
    found, wanted = numeral_chord(numeral, key, mode), chord(symbol)
    assert (found.root % 12, found.steps, found.inversion) == (wanted.root % 12, wanted.steps, wanted.inversion)


@pytest.mark.parametrize("text", ("ii7 V7 Imaj7", "ii7-V7-Imaj7", "ii7, V7, Imaj7", "ii7 - V7 - Imaj7", "ii7 -V7 -Imaj7", "| ii7 | V7 | Imaj7 |", "  ii7\nV7\tImaj7 "))
def test_a_progression_is_written_in_many_ways(text):
    assert progression(text, "c") == [chord("m7", "d"), chord("7", "g"), chord("maj7", "c")]


def test_a_progression_is_led_smoothly():
    assert led(progression("ii7 V7 Imaj7", "c")) == [[62, 65, 69, 72], [62, 65, 67, 71], [60, 64, 67, 71]]
    assert led(progression("I IV V I", "c")) == [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]]


def test_what_is_led_again_is_not_worked_out_again(monkeypatch):
    progressions._led.cache_clear()
    asked = []
    monkeypatch.setattr(progressions, "lead", lambda notes, to: asked.append(to) or lead(notes, to))
    first = led(progression("I IV V I " * 20, "c"))
    assert len(asked) < 12 and led(progression("I IV V I " * 20, "c")) == first and len(asked) < 12


@pytest.mark.parametrize("numeral, hint", (("VIII", "no Roman numeral"), ("IIII", "no Roman numeral"), ("iV", "no Roman numeral"),
    ("", "no Roman numeral"), ("C", "no Roman numeral"),
                                           ("V/", "no Roman numeral"), ("V/X", "no Roman numeral"), (5, "no Roman numeral"),
                                           ("Vmja7", "'Vmja7': no chord 'mja7'; did you mean"),
                                           ("iimja7", "'iimja7': no chord 'mja7'; did you mean 'ma7'"), ("I" * 500, "no Roman numeral"),
                                           ("V" + "7" * 99, "at most")))
def test_what_is_no_numeral_is_refused(numeral, hint):
    with pytest.raises(ValueError, match=hint):
        numeral_chord(numeral, "c")


def test_keys_modes_and_lengths_are_refused():
    with pytest.raises(ValueError, match="'blues' has 6"):
        numeral_chord("I", "c", "blues")
    with pytest.raises(ValueError, match="did you mean 'dorian'"):
        numeral_chord("I", "c", "dorain")
    with pytest.raises(ValueError, match="no note"):
        numeral_chord("I", "h")
    for text in ("", " | ", "I " * 257):
        with pytest.raises(ValueError, match="1 to 256 chords"):
            progression(text, "c")


@given(st.sampled_from(TABLE), st.integers(0, 11))
def test_transposition_commutes(row, by):
    _, mode, numeral, _ = row
    low, high = numeral_chord(numeral, 60, mode), numeral_chord(numeral, 60 + by, mode)
    assert high == low._replace(root=low.root + by)


@given(st.sampled_from(("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian", "harmonic_minor")), st.integers(0, 6),
    st.integers(48, 72))
def test_a_plain_numeral_is_on_the_degree_of_its_mode(mode, degree, key):
    assert numeral_chord(DEGREES[degree].upper(), key, mode).root == key + scale(mode)[degree]
