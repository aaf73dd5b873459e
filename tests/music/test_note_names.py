"""Notes: names of numbers and back, frequencies, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.music.notes import hz_note, note_hz, note_name, note_number, root_number


@pytest.mark.parametrize("number, sharp, flat", ((60, "c4", "c4"), (61, "c#4", "db4"), (70, "a#4", "bb4"), (0, "c-1", "c-1"), (127, "g9", "g9"),
                                                 (69.5, "a#4-50", "bb4-50"), (60.25, "c4+25", "c4+25"), (59.87, "c4-13", "c4-13"),
                                                 (126.7, "g9-30", "g9-30")))
def test_a_number_has_a_name(number, sharp, flat):
    assert (note_name(number), note_name(number, flats=True)) == (sharp, flat)


@given(st.integers(0, 12_700).map(lambda cents: cents / 100.0), st.booleans())
def test_names_are_read_back(number, flats):
    assert note_number(note_name(number, flats)) == pytest.approx(number, abs=1e-9)


@pytest.mark.parametrize("given, number", (("c4+50", 60.5), ("a4-13.7", 68.863), ("b-1-20", 10.8), ("bb3+5", 58.05)))
def test_cents_after_a_name(given, number):
    assert note_number(given) == pytest.approx(number)


@pytest.mark.parametrize("given", ("c4+", "c4+5c", "c4++5", "c4+99999", "g9+1", "c-1-1"))
def test_what_is_no_note_is_refused(given):
    with pytest.raises(ValueError, match="note"):
        note_number(given)


@pytest.mark.parametrize("root, number", (("a", 69), ("Bb", 70), ("c", 60), ("cb", 71), ("b#", 60), ("f##", 67), ("d3", 50), (61.5, 61.5)))
def test_a_root_needs_no_octave(root, number):
    assert root_number(root) == number


@pytest.mark.parametrize("note, hz", (("a4", 440.0), ("c4", 261.6255653), ("a0", 27.5), ("c8", 4186.009045), ("e2", 82.40688923),
    (69.5, 452.8929841)))
def test_frequencies_of_equal_temperament(note, hz):
    assert note_hz(note) == pytest.approx(hz, rel=1e-9)
    assert hz_note(hz) == pytest.approx(note_number(note), abs=1e-6)


def test_another_pitch_of_a4():
    assert note_hz("a3", 432.0) == 216.0 and hz_note(864.0, 432.0) == 81.0


@pytest.mark.parametrize("hz", (0.0, -1.0, math.nan, math.inf, True, "440", 10**400))
def test_what_is_no_frequency_is_refused(hz):
    with pytest.raises(ValueError, match="above 0"):
        hz_note(hz)
