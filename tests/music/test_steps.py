"""Step patterns: what each sign plays, where, how long, with what chance, and what is said of a sign that is none."""

from fractions import Fraction
from math import lcm

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chronus import limits
from chronus.music import steps
from chronus.music.compose import compose
from chronus.music.score import Event, Score, ScoreError
from chronus.music.steps import ACCENT, HIT, Lane, Step, Steps, read_division, read_notes, read_pattern, score

X, HI, REST, HELD = Step(HIT), Step(ACCENT), Step(), Step(holds=0)


def hits(pattern: str, what: str = "gate", **given) -> list[tuple]:
    """(beat in steps, value, length in steps) of what a pattern plays."""
    found = score(Steps("a", pattern=pattern, **given))
    return [(round(e.beat * 4, 9), round(e.value, 9), round(e.length * 4, 9)) for e in found.events if e.what == what]


PATTERNS = {
    "X": (HI,), "x": (X,), ".": (REST,), "Xx.": (HI, X, REST), "X . x | .": (HI, REST, X, REST), "  x ": (X,), "x||x": (X, X),
    "x-": (Step(HIT, holds=2), HELD), "X--.": (Step(ACCENT, holds=3), HELD, HELD, REST), "x-x-": (Step(HIT, holds=2), HELD) * 2, "x - x": (Step(HIT, holds=2), HELD, X),
    "x*3": (Step(HIT, 3),), "X*16": (Step(ACCENT, 16),), "x*1": (X,), "x?": (Step(HIT, 1, 0.5),), "x?80": (Step(HIT, 1, 0.8),), "x?0": (Step(HIT, 1, 0.0),),
    "x?100": (X,), "x*2?25": (Step(HIT, 2, 0.25),), "x?25x": (Step(HIT, 1, 0.25), X), "x?-": (Step(HIT, 1, 0.5, 2), HELD), ".-": (Step(holds=2), HELD),
}


@pytest.mark.parametrize("text", PATTERNS)
def test_what_is_read(text):
    assert read_pattern(text) == PATTERNS[text]


WRONG = {
    "x.y.": "'y' at place 3", "xo": "'o' at place 2", "*": "'*' at place 1", "x**2": "'*' at place 2", "x*": "'*' at place 2", "x?50%": "'%' at place 5", "x.#": "'#' at place 3",
    "x ~": "'~' at place 3", "-x": "begins with '-'", "  -": "begins with '-'", "x*17": "'x*17' at place 1", ".x*0": "'x*0' at place 2", "x?101": "'x?101' at place 1",
    "": "1 to 256 steps", "   ": "1 to 256 steps", "x" * 257: "1 to 256 steps", "x*" + "9" * 5_000: "at place 1", "x?" + "9" * 5_000: "at place 1", "xé": "'é' at place 2",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_pointed_at(text):
    with pytest.raises(ScoreError) as said:
        read_pattern(text)
    assert WRONG[text] in str(said.value) and len(str(said.value)) < 400


@given(st.text(alphabet="Xx.-*?0123456789 |y\n\0é", max_size=40))
def test_any_text_is_a_pattern_or_a_sentence(text):
    try:
        found = read_pattern(text)
    except ScoreError as error:
        assert str(error)
        return
    assert 1 <= len(found) <= 256 and sum(step.holds for step in found) == len(found)


def test_a_pattern_plays_its_steps():
    assert hits("X.x-") == [(0, 1.0, 0.5), (2, round(HIT, 9), 1.5)]
    assert score(Steps("a", pattern="X.x-")).length == 1.0


def test_repeats_share_their_step_and_triplets_go_over_two():
    assert [(beat, length) for beat, _, length in hits("x*4")] == [(0, 0.125), (0.25, 0.125), (0.5, 0.125), (0.75, 0.125)]
    assert [(beat, length) for beat, _, length in hits("x*3-", gate=1.0)] == [(round(i * 2 / 3, 9), round(2 / 3, 9)) for i in range(3)]


@pytest.mark.parametrize("gate, length", [(0.25, 0.25), (1.0, 1.0), (2.0, 2.0)])
def test_the_gate_is_a_part_of_the_last_step(gate, length):
    assert hits("x.x-", gate=gate)[0][2] == length and hits("x.x-", gate=gate)[1][2] == 1 + length


def test_swing_moves_every_second_step_and_what_is_in_it_stays_in_it():
    """Repeats, gates and the values of lanes: nothing of a swung step reaches into the next."""
    assert hits("xxxx", gate=1.0, swing=0.5) == [(0, round(HIT, 9), 1.5), (1.5, round(HIT, 9), 0.5), (2, round(HIT, 9), 1.5), (3.5, round(HIT, 9), 0.5)]
    assert [beat for beat, _, _ in hits(".x*2", swing=0.5)] == [1.5, 1.75]
    assert hits("x-x", gate=1.0, swing=0.5)[:2] == [(0, round(HIT, 9), 2.0), (2, round(HIT, 9), 1.5)]
    assert [beat for beat, _, _ in hits("xx", "set", swing=0.5, lanes=(Lane("osc/freq", (1.0, 2.0)),))] == [0, 1.5]


def test_swing_stays_on_the_grid_when_the_steps_are_odd():
    assert [beat for beat, _, _ in hits("xxx", swing=0.3)] == [0, 1.3, 2, 3.3, 4, 5.3]
    assert score(Steps("a", pattern="xxx", swing=0.3)).length == 1.5 and score(Steps("a", pattern="xxx")).length == 0.75


@given(st.text(alphabet="Xx.", min_size=1, max_size=12), st.sampled_from((0.1, 0.33, 0.5, 0.9)), st.sampled_from((0.1, 0.5, 1.0)), st.integers(1, 6))
def test_with_a_gate_of_at_most_a_step_nothing_overlaps(text, swing, gate, repeats):
    found = hits(text.replace("x", f"x*{repeats}"), gate=gate, swing=swing)
    for (beat, _, length), (after, _, _) in zip(found, found[1:]):
        assert beat + length <= after + 1e-6


DIRECTIONS = {"forward": "0123", "backward": "3210", "pingpong": "012321"}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_directions(direction):
    """Steps are told from each other by how often they repeat."""
    found = score(Steps("a", pattern="x*1 x*2 x*3 x*4", direction=direction))
    steps = [sum(1 for e in found.events if i * 0.25 <= e.beat + 1e-9 < (i + 1) * 0.25) - 1 for i in range(round(found.length * 4))]
    assert "".join(map(str, steps)) == DIRECTIONS[direction]


TIES = {                                                # (step, how many steps it is held)
    ("forward", "x--."): [(0, 3)], ("backward", "x--."): [(1, 3)], ("backward", "x.x-x"): [(0, 1), (1, 2), (4, 1)], ("backward", "x.--x--"): [(0, 3), (6, 1)],
    ("pingpong", "x.x-."): [(0, 1), (2, 2), (5, 2)], ("pingpong", "x.x-"): [(0, 1), (2, 2), (4, 1)], ("pingpong", "x-..x"): [(0, 2), (4, 1), (7, 1)],
}


@pytest.mark.parametrize("direction, pattern", TIES)
def test_what_is_held_is_held_in_every_direction(direction, pattern):
    """At the ends of a pingpong each way has its own hit, as of a step that is not held."""
    assert [(beat, length) for beat, _, length in hits(pattern, direction=direction, gate=1.0)] == TIES[direction, pattern]


def test_notes_go_round_with_what_is_held_backward():
    found = score(Steps("keys", "notes", "x-x.x", ((60.0,), (62.0,)), gate=1.0, direction="backward"))
    assert [(e.beat * 4, e.value, e.length * 4) for e in found.events[:4]] == [(0, 60, 1), (2, 62, 1), (3, 60, 2), (5, 62, 1)]


@pytest.mark.parametrize("pattern", ["x", "xx"])
def test_pingpong_of_what_is_short(pattern):
    assert len(hits(pattern, direction="pingpong")) == len(pattern)


def test_random_direction_gives_each_step_its_share_and_nothing_twice():
    found = score(Steps("a", pattern="Xx.X?50", direction="random", seed=7))
    for place in range(4):
        parts = sorted((e.low, e.high) for e in found.events if e.salt == place)
        assert parts == [(0.0, 0.25), (0.25, 0.5), (0.75, 0.875)]
        assert {round(e.beat * 4) for e in found.events if e.salt == place} == {place}


@pytest.mark.parametrize("pattern, notes, at", [
    ("x.x.x.x.", 4, {place: {60, 61, 62, 63} for place in range(8)}), ("xx", 4, {0: {60, 61}, 1: {60, 61}, 2: {62, 63}, 3: {62, 63}}), ("x", 3, {0: {60}, 1: {61}, 2: {62}}),
    ("xxxx", 4, {place: {60, 61, 62, 63} for place in range(4)}), (".x-x", 2, {place: {60, 61} for place in range(4)})])
def test_random_direction_plays_every_note(pattern, notes, at):
    found = score(Steps("a", "notes", pattern, tuple((60.0 + i,) for i in range(notes)), direction="random"))
    assert {place: {e.value for e in found.events if e.salt == place} for place in at} == at and found.length == len(at) / 4


def test_random_direction_needs_no_more_rows_for_its_notes():
    assert len(score(Steps("a", "notes", "x" * 32, tuple((60.0 + i,) for i in range(7)), direction="random")).events) == 32 * 32


def test_notes_go_round_with_the_hits():
    found = score(Steps("keys", "notes", "x.xx", ((60.0,), (64.0, 67.0)), transpose=12.0))
    assert [(round(e.beat * 4), e.value) for e in found.events] == [(0, 72), (2, 76), (2, 79), (3, 72), (4, 76), (4, 79), (6, 72), (7, 76), (7, 79)]
    assert found.length == 2.0


@example([*"xxxx."], 5, [6, 7])
@given(st.lists(st.sampled_from("x."), min_size=1, max_size=9), st.integers(0, 5), st.lists(st.integers(1, 7), max_size=2))
def test_a_pass_ends_where_all_parts_begin_together(pattern, notes, lanes):
    given_ = Steps("keys", "notes", "".join(pattern), tuple((60.0 + i,) for i in range(notes)), tuple(Lane(f"osc/p{n}", tuple(map(float, range(size)))) for n, size in enumerate(lanes)))
    count, hits_of_round = len(pattern), pattern.count("x")
    rounds = lcm(hits_of_round, notes) // hits_of_round if hits_of_round and notes else 1
    total = lcm(count * rounds, *lanes)
    if total // count * hits_of_round + total * len(lanes) > limits.SCORE_ROWS:
        with pytest.raises(ScoreError, match=f"room for {limits.SCORE_ROWS}"):
            score(given_)
        return
    found = score(given_)
    assert Fraction(found.length) * 4 == total
    assert len([e for e in found.events if e.what == "note"]) == total // count * hits_of_round
    for n, size in enumerate(lanes):
        assert [(e.beat * 4, e.value) for e in found.events if e.target == f"osc/p{n}"] == [(i, i % size) for i in range(total)]


def test_what_meets_too_late_is_refused():
    with pytest.raises(ScoreError, match="meet only after|room for"):
        score(Steps("a", pattern="x" * 251, lanes=(Lane("osc/freq", (1.0,) * 241), Lane("osc/gain", (1.0,) * 239))))
    with pytest.raises(ScoreError, match=f"room for {limits.SCORE_ROWS}"):
        score(Steps("a", pattern="x*16" * 200))


@pytest.mark.parametrize("given_", [
    Steps("a", "notes", "x*16 " * 256, ((60.0,) * 8,) * 61), Steps("a", "notes", "x" * 256, tuple((60.0 + i % 60,) for i in range(63))),
    Steps("a", pattern="x.", lanes=tuple(Lane(f"osc/p{i}", (1.0, 2.0) * 4_096) for i in range(1_000))),
    Steps("a", "notes", "x*16", ((60.0,) * 1_000_000,))], ids=["repeats", "rounds", "lanes", "a chord"])
def test_too_many_events_are_refused_before_they_are_made(given_, monkeypatch):
    made = []
    monkeypatch.setattr(steps, "Event", lambda *args, **more: made.append(args) or Event(*args, **more))
    with pytest.raises(ScoreError, match=f"room for {limits.SCORE_ROWS} events"):
        score(given_)
    assert len(made) == limits.SCORE_ROWS + 1


def test_a_gate_with_a_pitch_sets_it_before_it_opens():
    found = score(Steps("tone", "pitch", "x", ((69.0,),)))
    assert [(e.what, e.target, round(e.value, 6)) for e in found.events] == [("set", "tone/freq", 440.0), ("gate", "tone", round(HIT, 6))]


def test_lanes_leave_out_and_glide():
    assert hits("....", "set", lanes=(Lane("osc/freq", (1.0, None, 3.0, None)),)) == [(0, 1.0, 0), (2, 3.0, 0)]
    assert hits("....", "glide", lanes=(Lane("osc/freq", (1.0, None, 3.0, None), True),)) == [(0, 3.0, 2), (2, 1.0, 2)]
    assert hits("..", "glide", lanes=(Lane("osc/freq", (None, None), True),)) == []


def test_what_sets_comes_before_what_sounds():
    found = score(Steps("a", pattern="x", lanes=(Lane("osc/freq", (1.0,)),)))
    assert [e.what for e in found.events] == ["set", "gate"]


DIVISIONS = {"1/16": Fraction(1, 4), "16": Fraction(1, 4), "1/1": Fraction(4), "1/8t": Fraction(1, 3), "1/8.": Fraction(3, 4), "4t": Fraction(2, 3), " 1/4 ": Fraction(1), "1/64": Fraction(1, 16)}


@pytest.mark.parametrize("word", DIVISIONS)
def test_divisions(word):
    assert read_division(word) == pytest.approx(float(DIVISIONS[word]), rel=1e-15)


@pytest.mark.parametrize("word", ["", "0", "1/0", "65", "1/16x", "-4", "1.5", "one", "1/" + "9" * 5_000, None])
def test_no_divisions(word):
    with pytest.raises(ScoreError, match="no division"):
        read_division(word)


def test_notes_and_chords_are_read():
    assert read_notes(["c4", "c4+e4", 62, "Am"]) == ((60.0,), (60.0, 64.0), (62.0,), read_notes(["Am"])[0])
    with pytest.raises(ScoreError, match="'h4' is no note"):
        read_notes(["c4", "h4"])


@pytest.mark.parametrize("length", [0.0, 1 / 65, 65_537.0, float("nan")])
def test_a_pass_has_its_bounds(length):
    with pytest.raises(ScoreError, match="a pass may have"):
        Score((), length)


def said(kind: str, **more) -> dict:
    return {"id": "s", "kind": kind, **more}


def test_a_scene_stops_others_before_it_starts_its_own_and_is_followed():
    events = compose(said("scene", members=["b", "c"], others=["a"], bar=4.0, bars=2, follows="other")).events
    assert [(e.beat, e.what, e.target) for e in events] == [(0, "stop", "a"), (0, "start", "b"), (0, "start", "c"), (8, "start", "other")]
    assert [(e.beat, e.what, e.target) for e in compose(said("scene", members=["b"], others=[], bar=3.0, bars=4, follows="stop")).events][-1] == (12, "stop", "b")


def test_a_song_starts_what_is_new_and_stops_what_goes():
    events = compose(said("song", sections=[["v", ["a", "b"], 1], ["w", ["b", "c"], 2]], bar=4.0, once=True)).events
    assert [(e.beat, e.what, e.target) for e in events] == [(0, "stop", "c"), (0, "start", "a"), (0, "start", "b"), (4, "stop", "a"), (4, "start", "c"),
                                                           (12, "stop", "b"), (12, "stop", "c")]
