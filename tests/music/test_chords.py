"""Chords against their spelling, symbols, inversions and voicings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.music.chords import CHORDS, VOICINGS, chord, chord_notes, inverted, voiced
from chronus.music.notes import STEPS, root_number

NAMES = st.sampled_from(sorted(CHORDS))

# the notes from the root up, as a chord book spells them
SPELLED = {
    "C": "c e g", "Cm": "c eb g", "Cdim": "c eb gb", "C°": "c eb gb", "Caug": "c e g#", "C+": "c e g#", "C5": "c g", "Csus2": "c d g",
    "Csus4": "c f g",
    "C6": "c e g a", "Cm6": "c eb g a", "C69": "c e g a d", "C6/9": "c e g a d", "Cm69": "c eb g a d", "C7": "c e g bb", "Cmaj7": "c e g b",
    "CM7": "c e g b",
    "CΔ": "c e g b", "Am7": "a c e g", "a-7": "a c e g", "Cm7b5": "c eb gb bb", "Bø": "b d f a", "Cdim7": "c eb gb a", "B°7": "b d f ab",
    "CmM7": "c eb g b",
    "Cm(maj7)": "c eb g b", "Caug7": "c e g# bb", "C7#5": "c e g# bb", "C+M7": "c e g# b", "C7b5": "c e gb bb", "C7sus4": "c f g bb",
    "C9": "c e g bb d",
    "Cmaj9": "c e g b d", "Cm9": "c eb g bb d", "C9sus4": "c f g bb d", "C11": "c e g bb d f", "Cm11": "c eb g bb d f", "C13": "c e g bb d f a",
    "Cmaj13": "c e g b d f a", "Cm13": "c eb g bb d f a", "Cadd9": "c e g d", "Cmadd9": "c eb g d", "Cadd11": "c e g f", "C7b9": "c e g bb db",
    "E7#9": "e g# b d g", "C7#11": "c e g bb f#", "C7b13": "c e g bb ab", "C7#5#9": "c e g# bb d#", "C7alt": "c e g# bb d#", "C9#11": "c e g bb d f#",
    "C13b9": "c e g bb db f a", "C13#11": "c e g bb d f# a", "Cmaj7#11": "c e g b f#", "Bb": "bb d f", "F#m": "f# a c#", "F♯m": "f# a c#",
    "Bbm7b5": "bb db e ab",
    "Eb7": "eb g bb db", "C#maj7": "c# f g# c", "CdimM7": "c eb gb b", "Cmaj9#11": "c e g b d f#", "C13sus4": "c f g bb d a", "C9b5": "c e gb bb d",
    "C9#5": "c e g# bb d", "C7b5b9": "c e gb bb db", "C7b5#9": "c e gb bb eb", "C7#5b9": "c e g# bb db", "Cm7b9": "c eb g bb db",
    "CmM9": "c eb g b d",
    "Cm9b5": "c eb gb bb d", "Cmaj11": "c e g b d f", "Cmaj13#11": "c e g b d f# a", "Cmajb5": "c e gb", "C7sus2": "c d g bb", "Cmaj7b5": "c e gb b",
    "Cmadd11": "c eb g f", "CMaj7": "c e g b", "CM 7": "c e g b", "CMadd9": "c e g d", "CmMaj7": "c eb g b", "Cm MAJ 7": "c eb g b",
    "C7b9#11": "c e g bb db f#", "C7#9#11": "c e g bb d# f#", "C7b9b13": "c e g bb db ab", "C13#9": "c e g bb d# f a", "Cm7#5": "c eb g# bb",
    "Cm7add11": "c eb g bb f", "Cmaj7add11": "c e g b f", "Cmaj7add13": "c e g b a", "C MIN 7": "c eb g bb",
}


def classes(text: str) -> list[int]:
    return [(STEPS[word[0]] + word.count("#", 1) - word.count("b", 1)) % 12 for word in text.split()]


@pytest.mark.parametrize("symbol", SPELLED)
def test_chords_are_spelled_as_in_the_books(symbol):
    notes = chord_notes(symbol)
    assert [note % 12 for note in notes] == classes(SPELLED[symbol])
    assert notes == sorted(notes) and 60 <= notes[0] < 72


def test_every_chord_is_spelled_above():
    spelled = {chord(symbol).steps for symbol in SPELLED}
    assert not [name for name, steps in CHORDS.items() if steps not in spelled]


def test_a_name_on_a_root():
    assert chord_notes("m7", "a3") == [57, 60, 64, 67] and chord_notes("", 48.5) == [48.5, 52.5, 55.5] and chord_notes("5", "bb") == [70, 77]


@pytest.mark.parametrize("symbol, notes", (("F/A", [69, 72, 77]), ("C/G", [67, 72, 76]), ("C#maj7/G#", [68, 72, 73, 77]),
    ("C/D", [50, 60, 64, 67]), ("C6/9/E", [64, 67, 69, 72, 74]),
                                           ("Am7/G", [79, 81, 84, 88]), ("C9/D", [74, 76, 79, 82, 84]), ("Ab/Gb", [66, 68, 72, 75])))
def test_a_bass_after_the_slash(symbol, notes):
    assert chord_notes(symbol) == notes


def test_inversions():
    assert [chord_notes("C7", inversion=n) for n in range(4)] == [[60, 64, 67, 70], [64, 67, 70, 72], [67, 70, 72, 76], [70, 72, 76, 79]]
    assert chord_notes("C9", inversion=4)[0] == 74


def test_voicings():
    close = [60.0, 64.0, 67.0, 71.0]
    assert [voiced(close, voicing) for voicing in VOICINGS.table] == [
        close, [60, 67, 76, 83], [55, 60, 64, 71], [52, 60, 67, 71], [60, 67, 76, 83]]
    assert voiced([60.0, 64.0, 67.0], "open") == [60, 67, 76] and chord_notes("C9", voicing="spread") == [60, 67, 74, 82, 88]
    assert voiced([60.0, 64.0, 67.0], "drop2") == [52, 60, 67]


def test_a_range_moves_the_whole_chord_by_octaves():
    assert chord_notes("C", low=30, high=50) == [36, 40, 43] and chord_notes("C", low=61) == [72, 76, 79] and chord_notes("C", high="g4") == [60, 64,
        67]
    assert chord_notes("C", low="c4", high="g4") == [60, 64, 67]
    with pytest.raises(ValueError, match="spans 7 semitones does not fit"):
        chord_notes("C", low=61, high=71)


@pytest.mark.parametrize("name, root, hint", (("Cmja7", None, "no chord 'mja7'; did you mean"), ("H7", None, "is no chord"),
    ("C/H", None, "is no chord"), ("CM7b9", None, "no chord 'M7b9'"), ("", None, "is no chord"),
                                              ("m77", "c", "did you mean 'm7'"), (7, None, "is no chord"), ("m7", "q", "is no note"),
                                              ("C" + "m" * 99, None, "at most")))
def test_what_is_no_chord_is_refused(name, root, hint):
    with pytest.raises(ValueError, match=hint):
        chord(name, root)


def test_what_cannot_be_voiced_is_refused():
    with pytest.raises(ValueError, match="inversions 0 to 2, not 3"):
        chord_notes("C", inversion=3)
    with pytest.raises(ValueError, match="drop3 takes a chord of at least 3"):
        chord_notes("C5", voicing="drop3")
    with pytest.raises(ValueError, match="did you mean 'open'"):
        chord_notes("C", voicing="opne")


@given(NAMES, st.integers(0, 127), st.data())
def test_inversions_and_voicings_keep_the_pitch_classes(name, root, data):
    close = chord(name, root).notes()
    place = data.draw(st.integers(0, len(close) - 1))
    turned = inverted(close, place)
    assert turned[0] == close[place] and turned == sorted(turned)
    for voicing in ("close", "open", "drop2", "spread"):
        notes = voiced(turned, voicing)
        assert sorted(note % 12 for note in notes) == sorted(note % 12 for note in close) and notes == sorted(notes)


@given(NAMES, st.integers(0, 60), st.integers(0, 60), st.sampled_from(("close", "open", "drop2", "spread")))
def test_transposition_commutes(name, root, by, voicing):
    assert chord_notes(name, root + by, voicing=voicing) == [note + by for note in chord_notes(name, root, voicing=voicing)]


@given(NAMES, st.sampled_from("c c# db d eb e f f# gb g ab a bb b".split()))
def test_a_symbol_is_a_root_and_a_name(name, root):
    if not (name[:1] == "b" or name[:1] == "#"):
        assert chord(root.capitalize() + name).steps == chord(name, root).steps and chord(root + name).root == root_number(root)
