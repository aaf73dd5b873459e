"""Names: written in many ways, never two things under one, refused with the nearest."""

import pytest

from chronus import limits
from chronus.music import chords, intervals, scales, tunings
from chronus.music.names import Names, plain

ALL = {names.what: names for names in (scales.NAMES, chords.NAMES, chords.VOICINGS, intervals.NAMES, tunings.NAMES)}


@pytest.mark.parametrize("what", ALL)
def test_every_name_means_one_thing(what):
    names, meant = ALL[what], {}
    for word, name in names.names.items():
        assert meant.setdefault(plain(word), name) == name, f"{word!r} is {meant[plain(word)]!r} and {name!r}"
        assert names.known(word) == name and len(word) <= limits.MUSIC_NAME
    assert set(names.aliases.values()) <= set(names.table) and not set(names.aliases) & set(names.table)


@pytest.mark.parametrize("what", ALL)
def test_a_mistyped_name_is_told_a_near_one(what):
    names = ALL[what]
    longest = max(names.table, key=len)
    with pytest.raises(ValueError, match=f"no {what} .*; did you mean"):
        names.known(longest[:-1] + "q")


@pytest.mark.parametrize("given", (None, 7, "x" * (limits.MUSIC_NAME + 1), b"major"))
def test_what_is_no_word_is_refused(given):
    with pytest.raises(ValueError, match="a thing is named by a word of at most 40 characters"):
        Names("thing", {"one": 1}, {}).known(given)


@pytest.mark.parametrize("written, other", (("M7", "maj7"), ("mM7", "mmaj7"), ("Madd9", "majadd9"), ("F♯", "f#"),
    ("Harmonic-Minor ", "harmonic_minor")))
def test_ways_to_write_the_same(written, other):
    assert plain(written) == plain(other)


def test_what_differs_by_a_capital_or_a_leading_minus_is_not_the_same():
    assert len({plain(word) for word in ("M7", "m7", "7", "-7")}) == 4
