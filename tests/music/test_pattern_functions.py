"""Functions over patterns: what each does, what they have in common, and what is said where one is called wrongly."""

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chronus.music.patterns import FUNCTIONS, PatternError, cycles_of, parse, period_of
from music_tables import THEORY, assert_bounded, heard, written

HERE = Path(__file__).parent
TABLE = [tuple(line.split("=>")) for line in (HERE / "pattern_functions.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize(("line", "expected"), TABLE, ids=[line.strip() for line, _ in TABLE])
def test_a_function_gives_the_events_that_it_should(line, expected):
    events, cycles = written(expected)
    assert heard(parse(line.strip(), THEORY), cycles) == events


def test_the_table_has_every_function():
    lines = " ".join(line for line, _ in TABLE)
    by_chance = {"degrade", "sometimes", "often", "rarely", "almostAlways", "almostNever", "someCycles"}
    assert [name for name in FUNCTIONS if name not in by_chance and not re.search(rf"\b{name}\b", lines)] == ["pan", "gain"]


def values(line: str, key: str, cycles: int = 1) -> list:
    return [on.value.get(key) for on in cycles_of(parse(line, THEORY), 0, cycles)]


def test_pan_and_gain():
    assert values('"a b" pan "-1 0.5"', "pan") == [-1.0, 0.5]
    assert values('"a" pan 3', "pan") == [1.0]
    assert values('"a b" gain 0.5, gain "1 0.5"', "gain") == [0.5, 0.25]
    assert values('"a ~" stut 3 0.5 1/8', "gain") == [None, 0.5, 0.25]
    assert values('"a" jux (transpose 0)', "pan") == [-1.0, 1.0]
    assert values('"a" juxBy 0.25 rev', "pan") == [-0.25, 0.25]
    assert values('"a*4" pan saw', "pan") == [0.125, 0.375, 0.625, 0.875]
    assert values('"0 2" sound bass, scale major', "name") == ["bass", "bass"]
    assert values('"x*2" note "c4 e4"', "number") == [60.0, 64.0] and values('"x*2" note "c4 e4"', "name") == ["x", "x"]


# chance

SHARES = {"degrade": 0.5, "degradeBy 0.25": 0.75,
          "sometimes (degradeBy 1)": 0.5, "often (degradeBy 1)": 0.25, "rarely (degradeBy 1)": 0.75,
          "almostAlways (degradeBy 1)": 0.1, "almostNever (degradeBy 1)": 0.9, "sometimesBy 0.4 (degradeBy 1)": 0.6,
          "someCycles (degradeBy 1)": 0.5, "someCyclesBy 0.2 (degradeBy 1)": 0.8}


@pytest.mark.parametrize(("function", "share"), SHARES.items())
def test_chance_is_as_large_as_it_says(function, share):
    count = sum(len(cycles_of(parse(f'"a*16" {function}', THEORY), 0, 64, seed)) for seed in range(16 if "Cycles" in function else 2))
    total = 16 * 64 * (16 if "Cycles" in function else 2)
    assert abs(count / total - share) < 0.06          # 1,024 cycles or 2,048 events: four standard deviations at most


def test_each_function_has_a_chance_of_its_own():
    assert 0.2 < len(cycles_of(parse('"a*16" degrade, degrade', THEORY), 0, 64)) / 1024 < 0.3


def test_sometimes_changes_what_it_does_not_leave():
    found = cycles_of(parse('"a*16" sometimes (ply 2)', THEORY), 0, 1)
    plain, doubled = ([on for on in found if on.length == Fraction(1, n)] for n in (16, 32))
    assert len(plain) + len(doubled) / 2 == 16 and plain and doubled


def test_choose_takes_all_of_them():
    assert set(values('"x*64" choose c4 e4 "<g4 a4>"', "name", 2)) == {"c4", "e4", "g4", "a4"}


def test_rand_is_between_0_and_1_and_repeats():
    line = '(rand segment 64)'
    numbers = values(line, "number")
    assert numbers == values(line, "number") and 0 <= min(numbers) < 0.1 and 0.9 < max(numbers) < 1


# what holds for every pattern

words = st.sampled_from(["a", "bd", "sn:2", "~", "c4", "-1", "0.5", "e4'maj"])
numbers = st.sampled_from(["1", "2", "3", "1.5", "<1 2>", "<1 2 3>", "[1 2]", "0.5"])
counts = st.sampled_from(["1", "2", "3", "<1 3>"])


def longer(inner):
    marks = st.sampled_from(["!2", "@2", "@1.5", " _", "?", "?0.3", "!"])
    steps = st.one_of(inner, st.tuples(inner, st.sampled_from(["*", "/"]), numbers).map("".join), st.tuples(inner, marks).map("".join),
                      st.tuples(inner, counts, st.sampled_from(["4", "5", "<3 8>"])).map(lambda t: f"{t[0]}({t[1]},{t[2]})"))
    sequences = st.lists(steps, min_size=1, max_size=3).map(" ".join)
    several = st.tuples(sequences, sequences)
    return st.one_of(sequences.map(lambda s: f"[{s}]"), sequences.map(lambda s: f"<{s}>"), several.map(lambda t: f"[{t[0]}, {t[1]}]"),
                     several.map(lambda t: f"<{t[0]}, {t[1]}>"), several.map(lambda t: f"[{t[0]}|{t[1]}]"),
                     several.map(lambda t: f"[{t[0]} . {t[1]}]"),
                     st.tuples(sequences, numbers).map(lambda t: f"{{{t[0]}}}%{t[1]}"))


minis = st.recursive(words, longer, max_leaves=6)
examples = [row.example for row in FUNCTIONS.values()]
lines = st.tuples(minis, st.lists(st.sampled_from(examples), max_size=3)).map(lambda t: f'"{t[0]}" {", ".join(t[1])}'.strip())
pieces = settings(max_examples=30, deadline=None, derandomize=True)


def cut(line: str) -> Counter:
    """The events of three cycles; what goes over a border of a cycle is cut there."""
    pattern = parse(line, THEORY)
    return Counter(ev._replace(source=None) for cycle in range(3) for ev in pattern.query(cycle, cycle + 1))


def same(one: str, other: str) -> None:
    assert cut(one) == cut(other)


@pieces
@given(minis)
def test_twice_backwards_is_forwards(text):
    same(f'"{text}" rev, rev', f'"{text}"')


@pieces
@given(minis, st.sampled_from(["2", "3", "1/3", "2.5"]))
def test_fast_undoes_slow(text, factor):
    same(f'"{text}" slow {factor}, fast {factor}', f'"{text}"')
    same(f'"{text}" early {factor}, late {factor}', f'"{text}"')


@pytest.mark.parametrize(("function", "alike"), [
    ("fast 1", ""), ("every 1 (fast 1)", ""), ("degradeBy 0", ""), ("ply 1", ""), ("iter 1", ""), ("sometimesBy 0 (rev)", ""),
    ("within 0 0 (rev)", ""), ("when 0 (rev)", ""), ("stutter 1 1/8", ""), ("mask 1", ""), ("early 1, late 1", ""), ("layer (fast 1)", ""),
    ("linger 1", ""), ("inside 3 (fast 1)", ""),
    ("every 1 (rev)", "rev"), ("when 1 (rev)", "rev"), ("sometimesBy 1 (ply 2)", "ply 2"), ("someCyclesBy 1 (rev)", "rev"),
    ("whenmod 2 0 (rev)", "rev"),
    ("mask 0", "degradeBy 1"), ("fast 0", "degradeBy 1"), ("fast 2, fast 3", "fast 6"),
    ("superimpose (degradeBy 1)", "")])
@settings(max_examples=6, deadline=None, derandomize=True)
@given(text=minis)
def test_functions_that_do_the_same(function, alike, text):
    same(f'"{text}" {function}', f'"{text}" {alike}'.strip())


@pieces
@given(minis)
def test_brackets_alone_change_nothing(text):
    same(f'"[{text}]"', f'"{text}"')
    same(f'"<{text}>"', f'"{text}"')


@given(st.integers(0, 24), st.integers(1, 24), st.integers(-30, 30))
@settings(deadline=None, derandomize=True)
def test_euclid_has_so_many_hits_as_evenly_as_possible(hits, steps, turn):
    found = cycles_of(parse(f"x({hits},{steps},{turn})", THEORY), 0, 1)
    places = [int(on.begin * steps) for on in found]
    assert len(found) == min(hits, steps)
    gaps = [(b - a) % steps or steps for a, b in zip(places, places[1:] + places[:1])]
    assert not gaps or max(gaps) - min(gaps) <= 1
    inverse = cycles_of(parse(f"x(-{hits},{steps},{turn})", THEORY), 0, 1) if 0 < hits <= steps else ()
    assert not inverse or sorted(places + [int(on.begin * steps) for on in inverse]) == list(range(steps))


@pieces
@given(lines, st.lists(st.fractions(0, 3, max_denominator=12), max_size=4), st.integers(0, 3))
@example('"bd*3? <sn cp>" sometimes (rev), linger 1/4', [Fraction(1, 3), Fraction(5, 4)], 1)
@example('"a/3 b" rev, palindrome', [Fraction(3, 2)], 0)
@example('"a b" when "1 0 1" (rev), chunk 4 (ply 2)', [Fraction(2, 3)], 0)
@example('"a b c" stut 3 0.5 1/8, jux (rev), arp up', [Fraction(2, 3)], 0)
def test_a_query_is_the_sum_of_its_parts(line, places, seed):
    """Whatever windows a pattern is asked for, the events are the same: chance included."""
    pattern = parse(line, THEORY)
    cuts = sorted({Fraction(0), Fraction(3), *places})
    at_once, parts = Counter(), Counter()
    for ev in pattern.query(0, 3, seed):
        for begin, end in zip(cuts, cuts[1:]):
            part = ev.part._replace(begin=max(begin, ev.part.begin), end=min(end, ev.part.end))
            if part.begin < part.end:
                at_once[ev._replace(part=part)] += 1
    for begin, end in zip(cuts, cuts[1:]):
        parts.update(pattern.query(begin, end, seed))
    assert pieces_of(at_once) == pieces_of(parts)


def pieces_of(found: Counter) -> Counter:
    """Cut at the cycles, where the functions that work cycle by cycle cut anyway."""
    total = Counter()
    for ev, n in found.items():
        for cycle in range(int(ev.part.begin), int(-(-ev.part.end // 1))):
            part = ev.part._replace(begin=max(ev.part.begin, Fraction(cycle)), end=min(ev.part.end, Fraction(cycle + 1)))
            total[ev._replace(part=part)] += n
    return total


@pieces
@given(lines)
def test_a_line_repeats_after_its_period(line):
    pattern = parse(line, THEORY)
    period = period_of(pattern)
    if period < 16:
        once, again = (cycles_of(pattern, first, period, 1) for first in (0, period))
        assert [(on.begin + period, on.length, on.value) for on in once] == [(on.begin, on.length, on.value) for on in again]


@pieces
@given(lines, st.integers(0, 1000))
def test_the_same_seed_has_the_same_events(line, seed):
    late = cycles_of(parse(line, THEORY), 3, 2, seed)
    assert late == [on for on in cycles_of(parse(line, THEORY), 0, 5, seed) if on.begin >= 3]


@pytest.mark.parametrize(("line", "period"), [
    ('"a" every 3 rev', 3), ('"<a b>" every 3 rev', 6), ('"a b" slow 5', 5), ('"<a b>" fast 2', 1), ('"a" iter 4', 4), ('"a" palindrome', 2),
    ('"a" fast "<1 2 3>"', 3), ('"a" cat "b" "c"', 3), ('"<a b>" cat "c"', 4), ('"a" off 1/8 (every 4 rev)', 4), ('"a" chunk 8 rev', 8),
    ('"a" degrade', 64), ('"a" every 65 rev', 64), ('"a" every "<2 3>" rev', 6), ('"a" swing 4', 1), ('"a" within 0 0.5 (slow 3)', 3),
    ('"a" transpose "<0 1 2 3>"', 4), ('"a" pan (sine slow 3)', 3), ('"a" someCycles rev', 64), ('"a" choose b', 1), ('"a" pan rand', 64),
    ('"a" every 2 (slow 3)', 6), ('"a" whenmod 2 1 (slow 3)', 6), ('"a" when 1 (slow 3)', 3), ('"a" chunk 2 (slow 3)', 6),
    ('"<a b c>*2" rev, slow 2', 6),
    ('"a" stack "b/3"', 3), ('"a" struct "1/3"', 3), ('"a" mask "1/3"', 3), ('"<a b c>*2" iter 2, slow 2', 12)])
def test_the_period_of_a_line(line, period):
    assert period_of(parse(line, THEORY)) == period


# mistakes

MISTAKES = [
    ('"bd" fsat 2', 5, "no function 'fsat'; did you mean 'fast'?"),
    ('"bd" evry 2 rev', 5, "did you mean 'every'?"),
    ('"bd" every 2 (fsat 2)', 14, "did you mean 'fast'?"),
    ('"bd" fast', 5, "fast takes FACTOR, such as fast 2"),
    ('"bd" fast 2 3', 12, "fast takes FACTOR, such as fast 2"),
    ('"bd" fast 2 rev', 12, "a comma goes before the next function"),
    ('"bd" rev 2', 9, "rev takes nothing, such as rev"),
    ('"bd" fast x', 10, "a number is wanted here, not 'x'"),
    ('"bd" fast (rev)', 10, "fast takes FACTOR, such as fast 2; ( ) here is a function"),
    ('"bd" fast "2 x"', 10, "a number is wanted here, not 'x'"),
    ('"bd" every 4', 5, "every takes CYCLES FUNCTION, such as every 4 (rev)"),
    ('"bd" every rev 4', 11, "a number is wanted here, not 'rev'"),
    ('"bd" every 4 fast 2', 13, "a function with arguments of its own stands in parentheses, such as (fast 2)"),
    ('"bd" every 4 "sn"', 13, "a function stands in parentheses"),
    ('"bd" every 0.5 (rev)', 11, "a whole number from 1 to 1024 is wanted here, not 0.5"),
    ('"bd" degradeBy 3', 15, "a number from 0 to 1 is wanted here, not 3"),
    ('"bd" ply "<2 0>"', 9, "a whole number from 1"),
    ('"bd [sn" fast 2', 4, "this [ is never closed"),
    ('"bd sn*" fast 2', 7, "a number follows it, such as bd*2"),
    ('"bd" struct "1 [0"', 15, "this [ is never closed"),
    ('"bd" stack ("sn" every 2 (fsat 2))', 26, "did you mean 'fast'?"),
    ('"bd', 0, "this \" is never closed"),
    ('"bd" every 2 (rev', 13, "this ( is never closed"),
    ('"bd" every 2 rev)', 16, "this ) closes nothing"),
    ('"bd" fast 2. rev', 11, "functions are separated by commas, not by ."),
    ('"bd" fast 2 | rev', 12, "functions are separated by commas, not by |"),
    ('"bd" fast 2,', 12, "a function is missing at the end"),
    ('"bd", fast 2', 4, "a function is missing before this comma"),
    ('"bd" "sn"', 5, "one pattern comes first"),
    ('"bd" 2', 5, "a number belongs behind the name of a function"),
    ('"bd" fast <2 3>', 10, "a pattern as an argument stands in quotes"),
    ('"0" scale dorain', 4, "no scale 'dorain'"),
    ('"c4" chord foo', 5, "no chord 'foo'"),
    ('"c4" arp upp', 5, "no arpeggio 'upp'; did you mean 'up'?"),
    ('"c4" off 1/0 (rev)', 9, "is no number"),
    ('"c4" transpose "x"', None, "a number is wanted here, not 'x'"),
    ('"a" ' + "rev, " * 120 + "rev", None, "patterns and functions inside each other"),
]


@pytest.mark.parametrize(("line", "position", "says"), MISTAKES, ids=[line[:40] for line, _, _ in MISTAKES])
def test_a_mistake_is_shown_at_its_place(line, position, says):
    with pytest.raises(PatternError) as caught:
        cycles_of(parse(line, THEORY), 0, 1)
    assert says in caught.value.message and (position is None or caught.value.position == position)


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_example_of_a_function_works(row):
    assert row.example.split()[0] == row.name and row.help[0].islower() and not row.help.endswith(".")
    assert cycles_of(parse(f'"0 4 7 12 4 7 2 5" {row.example}', THEORY), 0, 8)


HOSTILE = [
    '"a" ' + ", ".join(["off 1/8 (rev)"] * 40), '"a" ply 1000, ply 1000', '"a" stutter 1000 0.001, stutter 1000 0.001',
    '"a*1000" iter 1000, chunk 1000 (iter 1000)', '"a" off "0 .. 999" (off "0 .. 999" (off "0 .. 999" (rev)))',
    '"a" every "0 .. 999" (fast "1 .. 999")', '"a" slow 1000000, fast 1000000, fast 1000000', '"a" linger 0.000001',
    '"a" segment 1000, segment 1000, fast 1000', '"a" swing 1000, swing 1000', '"a" inside 1000000 (rev)',
    '"' + "c4'maj*9 " * 40 + '" chord maj, chord maj, chord maj, chord maj',
    '"a" layer ' + "(stutter 9 0.01) " * 50 + ", layer " + "(stutter 9 0.01) " * 20, '"a" every 2 ' + "(every 2 " * 22 + "(rev" + ")" * 23,
    '"a" euclid 1000 1000, euclid 1000 1000', '"a" whenmod 1 1 (inside 99999 rev)', '"a" stack ' + '"a" ' * 240]


@pytest.mark.parametrize("line", HOSTILE, ids=[line[:40] for line in HOSTILE])
def test_a_hostile_line_ends_soon(line):
    assert_bounded(line)
