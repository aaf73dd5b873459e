"""Tunings against what is known of them: frequencies, the sizes of their fifths, pure thirds; mappings worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.music.intervals import cents
from chronus.music.notes import note_hz
from chronus.music.tunings import TUNINGS, Mapping, TunedScale, Tuning, equal_steps, tuning

PURE, PYTHAGOREAN, SYNTONIC = cents(Fraction(3, 2)), cents(Fraction(531441, 524288)), cents(Fraction(81, 80))
CIRCLE = "c g d a e b f# c# g# eb bb f".split()
# how many commas each fifth is narrow, from c-g on round the circle; the last closes it
NARROW = {
    "werckmeister3": (PYTHAGOREAN, (1/4, 1/4, 1/4, 0, 0, 1/4, 0, 0, 0, 0, 0, 0)),
    "vallotti": (PYTHAGOREAN, (1/6, 1/6, 1/6, 1/6, 1/6, 0, 0, 0, 0, 0, 0, 1/6)),
    "pythagorean": (PYTHAGOREAN, (0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)),
    "equal": (PYTHAGOREAN, (1/12,) * 12),
}


@pytest.mark.parametrize("name", NARROW)
def test_temperaments_have_the_fifths_that_define_them(name):
    comma, narrow = NARROW[name]
    found, at = tuning(name).scale.cents, 0.0
    for place, part in enumerate(narrow):
        at = (at + PURE - part * comma) % 1200.0
        assert (found[(7 * (place + 1)) % 12 - 1] - at + 600.0) % 1200.0 - 600.0 == pytest.approx(0.0, abs=2e-3), CIRCLE[(place + 1) % 12]


def test_meantone_and_kirnberger_have_pure_thirds():
    meantone = tuning("meantone").scale
    assert [(meantone.degree_cents(7 * n) - meantone.degree_cents(0)) % 1200 for n in range(-3, 9)] == pytest.approx(
        [n * (PURE - SYNTONIC / 4) % 1200 for n in range(-3, 9)], abs=1e-4)
    kirnberger = tuning("kirnberger3").scale
    assert [kirnberger.degree_cents(7 * n) % 1200 for n in range(1, 5)] == pytest.approx([n * (PURE - SYNTONIC / 4) % 1200 for n in range(1, 5)],
        abs=1e-4)
    assert kirnberger.pitches[3] == Fraction(5, 4) and kirnberger.pitches[10] / kirnberger.pitches[3] == Fraction(3, 2)


@pytest.mark.parametrize("name, note, hz", (("equal", "c4", 261.6255653), ("just", "c4", 264.0), ("just", "e4", 330.0), ("just", "g4", 396.0),
    ("just", "c5", 528.0),
                                            ("pythagorean", "c4", 260.7407407), ("pythagorean", "e4", 330.0), ("meantone", "c4", 263.1814),
                                            ("24edo", 61, 269.2918),
                                            ("harmonics", 62, 261.6255653 * 5 / 4), ("19edo", 60 + 19, 523.2511306), ("12edo", 69, 440.0),
                                            ("31edo", 60, 261.6255653),
                                            ("werckmeister3", "a4", 440.0)))
def test_frequencies_of_notes(name, note, hz):
    assert tuning(name).hz(note) == pytest.approx(hz, rel=2e-6)


def test_the_root_and_the_pitch_of_a4():
    assert tuning("just", root="d4").hz("d4") == pytest.approx(440 * 2 / 3) and tuning("just", a4_hz=432.0).hz("a3") == 216.0
    assert tuning("equal", a4_hz=432).hz("c4") == pytest.approx(note_hz("c4", 432))


def test_partch_is_the_same_upside_down():
    ratios = {Fraction(1), *TUNINGS["partch"].pitches}
    assert len(TUNINGS["partch"].pitches) == 43 and {2 / ratio for ratio in ratios} == ratios


def test_every_tuning_ascends_to_its_octave():
    for name, scale in TUNINGS.items():
        assert list(scale.cents) == sorted(scale.cents) and scale.pitches[-1] == 2 and scale.cents[0] > 0, name


def test_equal_steps_of_another_octave():
    bohlen_pierce = Tuning(equal_steps(13, Fraction(3)), Mapping(reference=60, hz=100.0))
    assert bohlen_pierce.hz(73) == pytest.approx(300.0) and cents(bohlen_pierce.hz(61) / 100.0) == pytest.approx(146.304, abs=1e-3)
    assert equal_steps(1).cents == (1200.0,) and equal_steps(5).cents == pytest.approx((240, 480, 720, 960, 1200))


def test_white_keys_by_a_mapping():
    """A just major scale on the white keys, c to c, a4 at 440 Hz; the black keys play nothing."""
    scale = TunedScale("", tuple(map(Fraction, "9/8 5/4 4/3 3/2 5/3 15/8 2".split())))
    white = Tuning(scale, Mapping((0, None, 1, None, 2, 3, None, 4, None, 5, None, 6)))
    assert [white.hz(note) for note in (60, 62, 64, 65, 67, 69, 71, 72, 57, 48)] == pytest.approx([264, 297, 330, 352, 396, 440, 495, 528, 220, 132])
    assert [white.hz(note) for note in (61, 63, 66, 68, 70, 61.5)] == [None] * 6
    assert white.hz(60.5) == pytest.approx(264 * 2 ** (0.5 / 12)) and white.hz(64.5) == pytest.approx((330 * 352) ** 0.5)
    assert white.nearest_key(441.0)[0] == 69


def test_a_mapping_with_another_formal_octave_and_degrees_beyond_the_scale():
    """Five keys to a fifth: the pattern repeats with degree 7 of twelve, and degree 14 is a ninth."""
    fifths = Tuning(equal_steps(12), Mapping((0, 2, 14, None, 5), middle=60, reference=60, hz=100.0, octave=7))
    away = {60: 0, 61: 200, 62: 1400, 64: 500, 65: 700, 66: 900, 59: -200, 55: -700, 70: 1400}
    assert {key: cents(fifths.hz(key) / 100.0) for key in away} == pytest.approx(away)


def test_keys_outside_the_range_are_not_retuned():
    part = Tuning(equal_steps(24), Mapping(first=60, last=71, reference=60, hz=300.0))
    assert part.hz(59) == note_hz(59) and part.hz(72) == note_hz(72) and part.hz(62) == pytest.approx(300 * 2 ** (1 / 12))


@pytest.mark.parametrize("make, hint", (
    (lambda: tuning("wercmeister"), "no tuning 'wercmeister'; did you mean 'werckmeister'"), (lambda: tuning("0edo"), "1 to 4096 equal steps, not 0"),
    (lambda: tuning("5000edo"), "1 to 4096"), (lambda: tuning("just", root=60.5), "whole note"), (lambda: tuning("just", a4_hz=0), "above 0"),
    (lambda: Tuning(TunedScale("", ())), "without notes"),
    (lambda: Tuning(equal_steps(12), Mapping((0, None))), "key 69 is to sound at 440 Hz, but it plays nothing"),
    (lambda: Tuning(TunedScale("", (1e5,))), "more than 1000 octaves"), (lambda: tuning("equal").hz(128), "notes go from"),
    (lambda: tuning("equal").nearest_key(-1), "above 0")))
def test_what_cannot_be_tuned_is_refused(make, hint):
    with pytest.raises(ValueError, match=hint):
        make()


@given(st.sampled_from(sorted(TUNINGS)), st.integers(0, 127), st.floats(-7, 7))              # the smallest step, 12/11 to 11/10, has 14.4 cents
def test_notes_come_back_from_their_frequency(name, key, off):
    found, away = tuning(name).nearest_key(tuning(name).hz(key) * 2 ** (off / 1200))
    assert (found, away) == (key, pytest.approx(off, abs=1e-6))


@given(st.integers(1, 100), st.integers(0, 127), st.integers(0, 127))
def test_linear_mappings_are_even(steps, middle, key):
    even = Tuning(equal_steps(steps), Mapping(middle=middle, reference=middle, hz=300.0))
    assert even.hz(key) == pytest.approx(300.0 * 2 ** ((key - middle) / steps))


@given(st.lists(st.none() | st.integers(0, 30), min_size=1, max_size=24), st.integers(0, 127), st.integers(0, 24), st.integers(0, 127))
def test_a_mapping_repeats_with_its_formal_octave(degrees, middle, octave, key):
    degrees[0] = 0
    mapped = Tuning(equal_steps(12), Mapping(tuple(degrees), middle=middle, reference=middle, hz=300.0, octave=octave))
    turns, place = divmod(key - middle, len(degrees))
    wanted = None if degrees[place] is None else pytest.approx(300.0 * 2 ** ((degrees[place] + turns * (octave or 12)) / 12))
    assert mapped.hz(key) == wanted
