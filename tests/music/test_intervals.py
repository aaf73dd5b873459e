"""Intervals against the table that every book has, and the cents of just ratios."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus.music.intervals import NAMES, cents, interval, interval_name, ratio

SIZES = {"P1": 0, "m2": 1, "M2": 2, "m3": 3, "M3": 4, "P4": 5, "A4": 6, "d5": 6, "P5": 7, "m6": 8, "M6": 9, "m7": 10, "M7": 11, "P8": 12, "m9": 13,
"M9": 14,
         "A9": 15, "P11": 17, "A11": 18, "m13": 20, "M13": 21, "P15": 24, "M17": 28, "P22": 36, "A1": 1, "A2": 3, "d4": 4, "d7": 9, "A5": 8, "A6": 10,
         "d3": 2, "dd7": 8, "AA4": 7, "d2": 0, "-P5": -7, "-m3": -3, "tritone": 6, "TT": 6, "perfect fifth": 7, "Minor Third": 3, "minor_third": 3,
         "augmented fourth": 6, "diminished fifth": 6, "octave": 12, "fifth": 7, "major tenth": 16, "semitone": 1, "whole tone": 2, "-octave": -12,
         "diminished seventh": 9, "p5": 7}


@pytest.mark.parametrize("name", SIZES)
def test_intervals_by_name(name):
    assert interval(name) == SIZES[name]


@given(st.integers(-36, 36))
def test_names_of_sizes_are_read_back(semitones):
    assert interval(interval_name(semitones)) == semitones


@pytest.mark.parametrize("name, hint", (("P3", "perfect"), ("M5", "perfect"), ("perfct fifth", "did you mean 'perfect fifth'"), ("d1", "perfect"),
                                        ("P23", "no interval"), ("", "no interval"), (7, "named by a word"), ("m" * 400, "named by a word")))
def test_what_is_no_interval_is_refused(name, hint):
    with pytest.raises(ValueError, match=hint):
        interval(name)


@pytest.mark.parametrize("semitones", (37, 0.5, float("nan")))
def test_sizes_without_a_name_are_refused(semitones):
    with pytest.raises(ValueError, match="whole semitones"):
        interval_name(semitones)


def test_capitals_that_decide_are_kept():
    assert [NAMES.known(name) for name in ("m3", "M3", "M 3", "Minor Third", "MAJOR THIRD")] == ["m3", "M3", "M3", "m3", "M3"]


@pytest.mark.parametrize("what, size", ((2, 1200.0), (Fraction(3, 2), 701.955), (Fraction(5, 4), 386.3137), (Fraction(7, 4), 968.8259),
    (Fraction(81, 80), 21.5063),
                                        (Fraction(531441, 524288), 23.46001), (Fraction(1, 2), -1200.0)))
def test_cents_of_ratios(what, size):
    assert cents(what) == pytest.approx(size, abs=5e-5)
    assert ratio(size) == pytest.approx(float(what), rel=1e-6)
