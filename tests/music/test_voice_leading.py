"""Voice leading: textbook moves, and the least motion as counted by trying everything."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chronus.music.chords import CHORDS, chord
from chronus.music.voice_leading import lead, nearest_of_class

SMALL = sorted(name for name, steps in CHORDS.items() if len(steps) <= 4)


@pytest.mark.parametrize("notes, symbol, led", (
    ([60, 64, 67], "F", [60, 65, 69]),                       # the common note stays
    ([60, 64, 67], "Am", [60, 64, 69]),                      # relative: one voice, a tone
    ([60, 64, 67], "Em", [59, 64, 67]),                      # leading-note exchange: one voice, a semitone
    ([60, 64, 67], "Cm", [60, 63, 67]),                      # parallel
    ([62, 65, 69, 72], "G7", [62, 65, 67, 71]),              # ii7 V7: two voices step down
    ([62, 65, 67, 71], "Cmaj7", [60, 64, 67, 71]),           # V7 I7: the other two
    ([60, 64, 67], "C7", [58, 60, 64, 67]),                  # one voice more: it comes from the nearest, c
    ([60, 64, 67, 70], "F", [60, 65, 65, 69]),               # one less: two voices meet
    ([60, 64, 67, 72], "C", [60, 64, 67, 72]),               # a doubled root stays
    ([60], "F#5", [54, 61]),                                 # six up or down: the lower
    ([60, 65, 69], "G", [59, 62, 67]),                       # all up or all down, 6 semitones either way: down
))
def test_voices_move_as_in_the_books(notes, symbol, led):
    assert lead(notes, chord(symbol)) == led


@pytest.mark.parametrize("note, pitch_class, nearest", ((60, 0, 60), (60, 5, 65), (60, 6, 54), (60, 7, 55), (60.5, 0, 60), (11, 0, 12),
    (0, 11.5, -0.5)))
def test_the_nearest_note_of_a_class(note, pitch_class, nearest):
    assert nearest_of_class(note, pitch_class) == nearest


@settings(max_examples=60)
@given(st.lists(st.integers(40, 80), min_size=1, max_size=5), st.sampled_from(SMALL), st.integers(0, 11))
def test_no_way_is_shorter(notes, name, root):
    to = chord(name, root)
    led = lead(notes, to)
    assert {note % 12 for note in led} == set(to.classes) and len(led) == max(len(notes), len(to.classes))
    assert led == lead(notes[::-1], to)
    many = [(root + step) % 12 for step in to.steps]
    if len(notes) >= len(many):
        ways = [[nearest_of_class(note, given) for note, given in zip(sorted(notes), way)] for way in product(many,
        repeat=len(notes)) if set(way) == set(many)]
        cost = [(sum(abs(a - b) for a, b in zip(sorted(notes), way)), way) for way in ways]
        assert led == sorted(min(cost)[1])


@given(st.lists(st.integers(40, 80), min_size=3, max_size=4), st.sampled_from(SMALL), st.integers(0, 11), st.integers(1, 24))
def test_transposition_commutes(notes, name, root, by):
    assert lead([note + by for note in notes], chord(name, root + by)) == [note + by for note in lead(notes, chord(name, root))]


@pytest.mark.parametrize("notes", ([], [60] * 9))
def test_too_few_and_too_many_voices_are_refused(notes):
    with pytest.raises(ValueError, match="from 1 to 8 notes"):
        lead(notes, chord("C"))
