"""Lines of the pattern language as scores: what fits is looped, what is chance is looped for as long as it fits, and nothing is read twice."""

import pytest

from chronus import limits
from chronus.music import pattern_score
from chronus.music.pattern_score import onsets, score, words_of
from chronus.music.patterns import PatternError, cycles_of, parse
from chronus.music.score import ScoreError


def played(text: str, plays: str = "notes", seed: int = 0, once: bool = False, kit=()):
    return score(text, "keys", plays, dict(kit), 4.0, 0.9, 1.0, 0.0, once, seed, (), {})


@pytest.mark.parametrize("text, plays, cycles", [
    ("c4", "notes", 1), ("c4? e4*31", "notes", 64), ("c4? e4*40", "notes", 32), ("c4? e4*100", "notes", 16), ("c4? e4*200", "notes", 8), ("c4? e4*500", "notes", 4),
    ("c4? e4*31", "pitch", 32), ("'c4*16' sometimes (ply 2)", "notes", 64), ("'c4*32' sometimes (ply 2)", "notes", 32), ("'c4*64' sometimes (fast 2)", "notes", 16)])
def test_chance_is_looped_for_as_long_as_it_fits(text, plays, cycles):
    text = text.replace("'", '"')
    found = played(text, plays)
    assert found.length == 4.0 * cycles and len(found.events) <= limits.SCORE_ROWS
    assert all(event.beat < found.length for event in found.events) and max(event.beat for event in found.events) >= found.length - 4.0


def test_what_takes_too_long_to_find_is_looped_for_fewer_cycles():
    line = '"c4*8" chord maj9, stutter 16 1/64, degradeBy 0.97'
    with pytest.raises(PatternError, match="too many events at once"):
        cycles_of(parse(line), 0, limits.PATTERN_CYCLES)
    assert played(line).length == 16 * 4.0


@pytest.mark.parametrize("text", ["<c4*1000 d4*1000 e4*1000>", "c4? e4*1000", '"c4*1000" ply 2'])
def test_what_never_fits_is_refused(text):
    with pytest.raises(ScoreError, match="room for 2048|are the most"):
        played(text)


def test_what_is_not_heard_takes_no_room():
    assert len(played('"c4*500" gain "<1 0 0 0 0 0>"').events) == 500


WRONG = {'"bd*2" sound "1"': "nothing", '"c4 e4" note "bd"': "nothing", '"bd" sound "c4"': "'c4'"}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_neither_a_word_nor_a_note_is_told(text):
    with pytest.raises(ScoreError, match=f"{WRONG[text]}.* as in sound bd, and notes behind note"):
        played(text)


def test_numbers_beyond_all_bounds_are_refused():
    with pytest.raises(ScoreError, match="beyond all bounds"):
        played("(saw segment 4, " + ", ".join(["range 0 1000000"] * 55) + ")")


def test_a_pattern_may_be_played_once():
    assert played("c4", once=True).once and not played("c4").once


def test_the_words_are_those_of_the_seed():
    found = [words_of("[a|b|c]/32 c4", seed) for seed in range(20)]
    assert len(set(found)) > 1 and all(words - {"c4"} <= {"a", "b", "c"} for words in found)


def test_a_line_is_read_once_for_its_seed(monkeypatch):
    read = []
    monkeypatch.setattr(pattern_score, "parse", lambda text: read.append(text) or parse(text))
    onsets.cache_clear()
    for _ in range(3):
        words_of("c4 e4?", 7)
        played("c4 e4?", seed=7)
    assert read == ["c4 e4?"] and onsets.cache_info().maxsize <= limits.SEQUENCERS
    assert isinstance(onsets("c4", 0)[0], tuple)
    with pytest.raises(TypeError):
        onsets("c4", 0)[0][0].value["number"] = 1.0
