"""The mini-notation means what users of TidalCycles expect, and a mistake is shown at its character."""

from pathlib import Path

import pytest

from chronus.music.patterns import PatternError, cycles_of, parse, period_of
from music_tables import assert_bounded, heard, written

TABLE = [tuple(line.split("=>")) for line in (Path(__file__).parent / "mini_notation.txt").read_text().splitlines()
         if line.strip() and not line.startswith("#")]


def test_the_table_is_long():
    assert len(TABLE) >= 150 and len({pattern for pattern, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("pattern", "expected"), TABLE, ids=[pattern.strip() or "nothing" for pattern, _ in TABLE])
def test_a_pattern_has_the_events_that_tidal_cycles_gives_it(pattern, expected, theory):
    events, cycles = written(expected)
    assert heard(parse(pattern, theory), cycles) == events


@pytest.mark.parametrize(("word", "number"), [
    ("c4", 60), ("c", 60), ("a4", 69), ("eb4", 63), ("ef4", 63), ("cs4", 61), ("f#3", 54), ("C5", 72),
    ("c-1", 0), ("g9", 127), ("b", 71), ("en4", 64)])
def test_a_note_has_its_number(word, number, theory):
    (onset,) = cycles_of(parse(word, theory), 0, 1)
    assert onset.value == {"name": word, "number": number}


@pytest.mark.parametrize("word", ["bd", "h4", "c4x", "a10", "cp", "kick-2"])
def test_other_words_have_none(word, theory):
    (onset,) = cycles_of(parse(word, theory), 0, 1)
    assert onset.value == {"name": word}


def test_a_quote_in_a_note_makes_a_chord(theory):
    assert [(on.begin, on.value) for on in cycles_of(parse("c4'maj e4'min", theory), 0, 1)] == [
        (0, {"number": 60}), (0, {"number": 64}), (0, {"number": 67}), (0.5, {"number": 64}), (0.5, {"number": 67}), (0.5, {"number": 71})]


def test_events_know_where_they_stand_in_the_text(theory):
    text = "bd [sn cp]*2 0 .. 1"
    assert {text[slice(*ev.source)] for ev in parse(text, theory).query(0, 1)} == {"bd", "sn", "cp", "0 .. 1"}
    text = '"bd <sn cp>" fast 2, off 1/8 (rev)'
    assert {text[slice(*ev.source)] for ev in parse(text, theory).query(0, 1)} == {"bd", "sn", "cp"}


@pytest.mark.parametrize(("pattern", "period"), [
    ("bd", 1), ("bd*2", 1), ("bd*1.5", 2), ("bd/3", 3), ("<a b c>", 3), ("<a b c>*2", 3), ("<a b>*2", 1), ("<a b> <c d e>", 6),
    ("<a <b c>>", 4), ("{a b c}%4", 3), ("bd(<3 5>,8)", 2), ("bd*<2 3 4>", 3), ("<a b, c d e>", 6), ("<a _ b>", 3), ("{a b}%<2 4 4>", 3), ("~", 1),
    ("bd?", 64), ("[a|b]", 64), ("bd?0", 1), ("{a b c d e f g}%11 <a b c d e f g h i j>", 64), ("bd*[1|2]", 64)])
def test_a_pattern_repeats_after_its_period(pattern, period, theory):
    found = parse(pattern, theory)
    assert period_of(found) == period
    if "?" not in pattern and "|" not in pattern and period < 64:
        once, again = (cycles_of(found, first, period) for first in (0, period))
        assert [(on.begin + period, on.length, on.value) for on in once] == [(on.begin, on.length, on.value) for on in again]


# chance

def test_half_of_the_events_are_lost_and_each_on_its_own(theory):
    for text in ("bd*16?", "bd!16?", "[bd bd]*8?"):
        found = parse(text, theory)
        cycles = [tuple(on.begin % 1 for on in cycles_of(found, c, 1)) for c in range(64)]
        assert 400 < sum(map(len, cycles)) < 624 and len(set(cycles)) > 50


def test_question_marks_are_independent(theory):
    both = [len(cycles_of(parse("bd? bd?", theory), c, 1)) for c in range(64)]
    assert set(both) == {0, 1, 2}


def test_one_of_several_is_chosen_in_each_cycle(theory):
    found = parse("[bd*4|hh*3|~]", theory)
    said = {tuple(label for _, _, label in heard(found, 1, seed)) for seed in range(30)}
    assert said == {("bd",) * 4, ("hh",) * 3, ()}
    assert len({on.value["name"] for on in cycles_of(parse("[a|b]*8", theory), 0, 1)}) == 2


def test_the_seed_decides(theory):
    for text in ("bd*8?", "[sn|cp|hh]*4"):
        found = parse(text, theory)
        assert heard(found, 8, 5) == heard(found, 8, 5) != heard(found, 8, 6)


# mistakes

MISTAKES = [
    ("[a b", 0, "this [ is never closed; write ] where it ends"),
    ("a <b [c d", 5, "this [ is never closed"),
    ("a ]", 2, "this ] closes nothing; write [ before it"),
    ("[a >", 3, "the [ before it is closed by ], not by >"),
    ("bd*", 3, "a number follows it, such as bd*2"),
    ("bd* [", 4, "never closed"),
    ("bd*sn", 3, "a number is wanted here, not 'sn'"),
    ("bd/ ]", 4, "closes nothing"),
    ("bd*<2 x>", 3, "a number is wanted here, not 'x'"),
    ("*2", 0, "'*' changes the step before it, and there is none"),
    ("[_ a]", 1, "'_' changes the step before it"),
    ("! bd", 0, "'!' changes the step before it"),
    ("bd %4", 3, "% stands behind { }"),
    ("{a b}%", 6, "% stands behind { }"),
    ("bd!<2 3>", 2, "a whole number may follow it, such as bd!3"),
    ("bd!0", 2, "! repeats a step 1 to 1024 times"),
    ("bd@", 2, "a number follows it, such as bd@3"),
    ("bd@0", 2, "@ takes a length above 0"),
    ("bd?2", 2, "the chance of a rest, 0 to 1"),
    ("bd :3", 3, ": chooses a sample"),
    ("bd:x", 2, ": chooses a sample, and a whole number follows it at once"),
    ("bd(3)", 2, "hits and steps"),
    ("bd(3,)", 2, "hits and steps"),
    ("bd(1,2,3,4)", 2, "hits and steps"),
    ("bd(x,8)", 2, "a number is wanted here, not 'x'"),
    ("bd(2.5,8)", 2, "a whole number up to 1024 is wanted here, not 2.5"),
    ("[(3,8)]", 1, "'(' changes the step before it"),
    ("<a | b>", 3, "| chooses by chance inside [ ]"),
    ("{[a|b] c | d}", 9, "| chooses by chance inside [ ]"),
    ("<| b>", 1, "| chooses by chance inside [ ]"),
    ("[a | b, c]", 6, "a comma plays sequences at once; it cannot share brackets with |"),
    ("[a, b | c]", 6, "it cannot share them with a comma"),
    ("bd . . sn", 3, "a dot stands between groups"),
    (". bd", 0, "a dot stands between groups"),
    ("bd .", 3, "a dot stands between groups"),
    ("0 ..", 4, ".. goes from one number to another"),
    (".. 3", 0, ".. goes from one number to another"),
    ("bd .. sn", 0, ".. goes from one number or note to another"),
    ("0 .. 5000", 0, "a sequence has up to 1024 steps"),
    ("bd $ sn", 3, "functions follow the pattern"),
    ("bd # sn", 3, "functions follow the pattern"),
    ("bd & sn", 3, "'&' means nothing in a pattern"),
    ("bd käse", 4, "'ä' means nothing in a pattern"),
    ("bd sn fast; 2", 10, "steps are separated by spaces"),
    ("a!2000", 1, "! repeats a step"),
    ("a!1000 b!1000", 8, "a sequence has up to 1024 steps"),
    ("9999999999", 0, "numbers go up to 1000000"),
    ("1%0", 0, "is no number"),
    ("[" * 30 + "a" + "]" * 30, 24, "brackets go 24 deep"),
    ("c4'foo", 0, "no chord 'foo'; there are"),
]


@pytest.mark.parametrize(("text", "position", "says"), MISTAKES, ids=[m[0][:24] for m in MISTAKES])
def test_a_mistake_is_shown_at_its_character(text, position, says, theory):
    with pytest.raises(PatternError) as caught:
        parse(text, theory)
    assert says in caught.value.message and caught.value.position == position
    *_, line, caret = str(caught.value).split("\n")
    assert line.strip() and caret.strip() == "^" and (position == len(text) or line[caret.index("^")] == text[position])


def test_the_whole_message_reads_well(theory):
    with pytest.raises(PatternError) as caught:
        parse("bd*2 [sn cp", theory)
    assert str(caught.value) == "this [ is never closed; write ] where it ends\n  bd*2 [sn cp\n       ^"


def test_a_long_text_is_shown_around_the_mistake(theory):
    with pytest.raises(PatternError) as caught:
        parse("bd " * 100 + "bd*x " + "sn " * 100, theory)
    _, line, caret = str(caught.value).split("\n")
    assert len(line) <= 80 and line[caret.index("^")] == "x"


HOSTILE = [
    "bd*1000000", "bd*999999*999999*999999", "bd/0.000001", "[" * 24 + "bd" + "*1000]" * 24, "bd(1000,1000)*1000", "bd(0 .. 999,0 .. 999,0 .. 999)",
    "[a!1000]*[1 .. 999]", "a*[1 .. 999]*[1 .. 999]*[1 .. 999]", "{a!1000}%1000000", "bd" + "*2" * 500, "bd" + "?" * 1000,
    "bd" + "!" * 1000 + "*1000", "a" * 5000, "[" * 1000, "a , " * 250, "<" * 24 + "0 .. 999" + ">" * 24, "~*1000000", "bd*1e99", "bd*0.0000000001",
    "a@1%999983 b@1%999979 c@0.000001"]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:24] for text in HOSTILE])
def test_hostile_text_ends_soon(text):
    assert_bounded(text)
