"""Scales against spelled-out notes from the books, the modes as rotations, and the way from degrees to notes and back."""

import inspect

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chronus.modules.control import quantise
from chronus.music.notes import STEPS
from chronus.music.scales import SCALES, degree_note, nearest_degree, nearest_in_scale, scale, scale_notes

NAMES = st.sampled_from(sorted(SCALES))
ROOTS = st.integers(0, 127)

# spelled on c (or where they are taught, on another root), as the books have them
SPELLED = {
    "major": "c d e f g a b", "dorian": "d e f g a b c", "phrygian": "e f g a b c d", "lydian": "f g a b c d e", "mixolydian": "g a b c d e f",
    "aeolian": "a b c d e f g", "locrian": "b c d e f g a", "melodic minor": "a b c d e f# g#", "harmonic minor": "a b c d e f g#",
    "harmonic major": "c d e f g ab b", "phrygian dominant": "e f g# a b c d", "lydian dominant": "c d e f# g a bb", "altered": "c db eb e gb ab bb",
    "lydian augmented": "c d e f# g# a b", "locrian #2": "c d eb f gb ab bb", "dorian b2": "c db eb f g a bb", "mixolydian b6": "c d e f g ab bb",
    "locrian #6": "c db eb f gb a bb", "ionian #5": "c d e f g# a b", "ukrainian dorian": "c d eb f# g a bb", "lydian #2": "c d# e f# g a b",
    "ultralocrian": "c db eb e gb ab a", "double harmonic": "c db e f g ab b", "hungarian minor": "c d eb f# g ab b",
    "hungarian major": "c d# e f# g a bb",
    "neapolitan minor": "c db eb f g ab b", "neapolitan major": "c db eb f g a b", "persian": "c db e f gb ab b", "enigmatic": "c db e f# g# a# b",
    "major pentatonic": "c d e g a", "minor pentatonic": "a c d e g", "egyptian": "c d f g bb", "yo": "d e g a b", "man gong": "c eb f ab bb",
    "blues": "c eb f gb g bb", "major blues": "c d eb e g a", "prometheus": "c d e f# a bb", "whole tone": "c d e f# g# a#",
    "octatonic": "c d eb f gb ab a b", "half whole": "c db eb e f# g a bb", "augmented": "c eb e g ab b", "bebop dominant": "c d e f g a bb b",
    "bebop major": "c d e f g g# a b", "hirajoshi": "a b c e f", "insen": "d eb g a c", "iwato": "b c e f a", "kumoi": "d e f a b",
    "in": "d eb g a bb",
    "ryukyu": "c e f g b", "hijaz": "d eb f# g a bb c", "hijazkar": "c db e f g ab b", "nawa athar": "c d eb f# g ab b", "nikriz": "c d eb f# g a bb",
    "bilawal": "c d e f g a b", "khamaj": "c d e f g a bb", "kafi": "c d eb f g a bb", "asavari": "c d eb f g ab bb", "bhairavi": "c db eb f g ab bb",
    "kalyan": "c d e f# g a b", "bhairav": "c db e f g ab b", "marva": "c db e f# g a b", "purvi": "c db e f# g ab b", "todi": "c db eb f# g ab b",
    "ritusen": "c d f g a", "bebop minor": "c d eb f g ab bb b", "bebop melodic minor": "c d eb f g g# a b", "tritone": "c db e gb g bb",
    "chinese": "c e f# g b", "bebop dorian": "c d eb e f g a bb",
    # h: a quarter tone lower than the letter
    "rast": "c d eh f g a bh", "bayati": "d eh f g a bb c", "sikah": "eh f g a bh c d", "saba": "d eh f gb a bb c", "huzam": "eh f g ab b c d",
    "husayni": "d eh f g a bh c", "suznak": "c d eh f g ab b",
}
SIGNS = {"#": 1.0, "b": -1.0, "h": -0.5}
PARENTS = {"major": "major dorian phrygian lydian mixolydian minor locrian",
           "melodic minor": "melodic_minor dorian_b2 lydian_augmented lydian_dominant mixolydian_b6 locrian_sharp2 altered",
           "harmonic minor": "harmonic_minor locrian_sharp6 ionian_sharp5 dorian_sharp4 phrygian_dominant lydian_sharp2 altered_bb7",
           "hungarian minor": "hungarian_minor", "major pentatonic": "major_pentatonic egyptian man_gong ritusen minor_pentatonic"}
MODES = [(parent, place, name) for parent, names in PARENTS.items() for place, name in enumerate(names.split())]
ONLY_IN_NUMBERS = "chromatic quarter_tones fifths octaves slendro pelog pelog_12_approx pelog_selisir_approx".split()
MESSIAEN = {"messiaen1": "222222", "messiaen2": "12121212", "messiaen3": "211211211", "messiaen4": "11311131", "messiaen5": "141141",
"messiaen6": "22112211",
            "messiaen7": "1112111121"}


@pytest.mark.parametrize("name", SPELLED)
def test_scales_are_spelled_as_in_the_books(name):
    notes = [STEPS[word[0]] + sum(map(SIGNS.get, word[1:])) for word in SPELLED[name].split()]
    assert scale(name) == tuple((note - notes[0]) % 12 for note in notes)


@pytest.mark.parametrize("parent, place, name", MODES)
def test_modes_are_their_parent_from_another_degree(parent, place, name):
    steps = scale(parent)
    assert scale(name) == tuple((step - steps[place]) % 12 for step in (*steps[place:], *steps[:place]))


@pytest.mark.parametrize("name", MESSIAEN)
def test_modes_of_limited_transposition(name):
    steps = list(map(int, MESSIAEN[name]))
    assert sum(steps) == 12 and scale(name) == tuple(sum(steps[:place]) for place in range(len(steps)))


def test_every_scale_is_sound_and_in_the_books():
    for name, steps in SCALES.items():
        assert steps[0] == 0 and list(steps) == sorted(set(steps)) and steps[-1] < 12, name
    books = {scale(name) for name in (*SPELLED, *MESSIAEN, *ONLY_IN_NUMBERS)}
    assert not [name for name in SCALES if scale(name) not in books]
    assert scale("slendro")[1:] == (2.4, 4.8, 7.2, 9.6) and len(scale("quarter tones")) == 24 and scale("chromatic") == tuple(range(12))


def test_the_quantiser_has_the_same_scales():
    names = ("chromatic major minor harmonic_minor melodic_minor dorian phrygian lydian mixolydian major_pentatonic minor_pentatonic blues "
             "whole_tone diminished fifths octaves").split()
    sets = ", ".join(str(sum(1 << int(step) for step in scale(name))) for name in names)
    assert f"sets = ({sets})" in inspect.getsource(quantise)


@pytest.mark.parametrize("written", ("harmonic_minor", "Harmonic Minor", "harmonic-minor", "harmonicMinor", " harmonicminor "))
def test_a_name_may_be_written_in_many_ways(written):
    assert scale(written) == (0, 2, 3, 5, 7, 8, 11)


def test_notes_of_a_scale_in_a_range():
    assert scale_notes("minor pentatonic", "a", "a3", "c5") == [57, 60, 62, 64, 67, 69, 72]
    assert scale_notes("major", "g4", 60, 67) == [60, 62, 64, 66, 67]
    assert scale_notes("rast", "c4", 63, 65) == [63.5, 65]
    assert scale_notes("major", 127, 0, 6) == [0, 2, 4, 6] and scale_notes("major", 0, 122, 127) == [122, 124, 125, 127]
    assert len(scale_notes("major", "c")) == 75 and scale_notes("major", "c", 70, 60) == []


@pytest.mark.parametrize("name, root, degree, note", (("major", "c4", 0, 60), ("major", "c4", 7, 72), ("major", "c4", -1, 59), ("minor", "a3", 2, 60),
                                                      ("minor pentatonic", "a", 5, 81), ("rast", "c4", 2, 63.5), ("major", "c", 9.0, 76),
                                                      ("chromatic", 60, -25, 35)))
def test_degrees(name, root, degree, note):
    assert degree_note(name, root, degree) == note


@pytest.mark.parametrize("degree", (0.5, float("nan"), float("inf"), 1_001, "1", True, None, 10**400))
def test_what_is_no_degree_is_refused(degree):
    with pytest.raises(ValueError, match="whole number"):
        degree_note("major", "c", degree)


@pytest.mark.parametrize("note, nearest", ((61, 60), (60.4, 60), (61.1, 62), (66, 65), (59.6, 60), (59.5, 59), (0, 0), (127, 127)))
def test_the_nearest_note_of_c_major(note, nearest):
    assert nearest_in_scale("major", "c4", note) == nearest


@pytest.mark.parametrize("name, near", (("dorain", "dorian"), ("harmonic_mnor", "harmonic_minor"), ("bayatti", "bayati"),
    ("pentatonik", "pentatonic")))
def test_a_mistyped_scale_is_told_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"no scale '{name}'; did you mean '{near}'"):
        scale(name)


@given(NAMES, ROOTS, st.integers(-1_000, 1_000))
def test_degree_and_nearest_are_inverse(name, root, degree):
    note = degree_note(name, root, degree)
    assume(0 <= note <= 127)
    assert nearest_degree(name, root, note) == degree and nearest_in_scale(name, root, note) == note


@given(NAMES, ROOTS, st.floats(0, 127))
def test_nearest_is_nearest(name, root, note):
    nearest = nearest_in_scale(name, root, note)
    away = [abs(note - (root + 12 * octave + step)) for octave in range(-12, 13) for step in SCALES[name]]
    assert abs(nearest - note) == pytest.approx(min(away), abs=1e-6)


@given(NAMES, st.integers(0, 64), st.integers(-20, 20), st.integers(0, 63))
def test_transposition_commutes(name, root, degree, by):
    assert degree_note(name, root + by, degree) == pytest.approx(degree_note(name, root, degree) + by)


@given(NAMES, ROOTS)
def test_notes_of_a_scale_are_its_degrees(name, root):
    notes = scale_notes(name, root)
    first = nearest_degree(name, root, notes[0])
    assert notes == [degree_note(name, root, first + place) for place in range(len(notes))]
