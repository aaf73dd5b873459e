"""What is asked of sequencers becomes scores and places in the music, and what cannot be is refused with what to do."""

import pytest

from chronus.control.commands import Refusal
from chronus.control.sequences import Sequences
from chronus.control.tuning import keep, keys_of, recall
from chronus.patch.graph import Module, Patch
from chronus.shared import score as sc
from chronus.shared.log import SCORE, SIGNATURE, TEMPO, TRANSPORT
from chronus.shared.scores import sequencer_key

KIT = Patch([Module("keys", "notes", {"voices": 8.0}), Module("kick", "kick"), Module("sn2", "snare"), Module("amp", "adsr"), Module("string", "pluck"), Module("lfo", "sine")], [])


@pytest.fixture
def sequences() -> Sequences:
    return Sequences(lambda: KIT)


def events(intents) -> list[tuple]:
    """(beat, what, target, value) of the score among some intents."""
    (score,) = [intent.score for intent in intents if intent.kind == SCORE]
    return [(round(e.beat, 6), e.what, e.target, round(e.value, 3)) for e in score.events]


def refused(call, *args) -> str:
    with pytest.raises(Refusal) as error:
        call(*args)
    return str(error.value)


def test_a_target_is_played_as_it_can_be(sequences):
    sequences.create("a", "keys", "X")
    sequences.create("b", "amp", "X")
    sequences.create("c", "string", "X")
    assert [said["plays"] for said in sequences.said.values()] == ["notes", "gate", "pitch"]
    assert "neither notes nor a gate" in refused(sequences.create, "d", "lfo") and "did you mean 'keys'" in refused(sequences.create, "d", "kes")


def test_a_pattern_says_words_and_notes(sequences):
    found = sequences.pat("d", "bd sn")
    assert events(found) == [(0.0, "gate", "kick", 0.8), (2.0, "gate", "sn2", 0.8)]
    assert [intent.kind for intent in found] == [SCORE, TRANSPORT] and found[1].value == sc.START and found[1].where == sc.BAR
    assert events(sequences.pat("m", "c4 [e4 g4]", "keys")) == [(0.0, "note", "keys", 60.0), (2.0, "note", "keys", 64.0), (3.0, "note", "keys", 67.0)]
    assert events(sequences.pat("m", '"0 2" scale major', "now")) == [(0.0, "note", "keys", 60.0), (2.0, "note", "keys", 64.0)]
    assert len(sequences.pat("m", "c4")) == 1, "a pattern that is changed is not started anew"


def test_a_word_that_nobody_plays_is_told_who_might(sequences):
    assert "did you mean 'kick'" in refused(sequences.pat, "d", "kik")
    assert "/pat ID PATTERN INSTRUMENT" in refused(sequences.pat, "d", "c4 e4")
    assert "neither a note nor a module" in refused(sequences.pat, "d", "c4 zz", "keys")
    assert "^" in refused(sequences.pat, "d", "bd [sn") and not sequences.said


def test_a_progression_is_led(sequences):
    sequences.create("ch", "keys", "X---")
    assert events(sequences.progression("ch", "a:minor", "i", "VI")) == [(0.0, "note", "keys", n) for n in (69.0, 72.0, 76.0)] + [(1.0, "note", "keys", n) for n in (69.0, 72.0, 77.0)]
    assert "numeral" in refused(sequences.progression, "ch", "a:minor", "i", "Q")


def test_notes_lie_where_the_tuning_has_them(sequences):
    sequences.create("a", "keys", "X")
    sequences.notes("a", "e4")
    keys = [n - 0.14 if n % 12 == 4 else float(n) for n in range(128)]
    assert events(sequences.tuning("just", keys)) == [(0.0, "note", "keys", 63.86)]
    assert events(sequences.pat("m", "e4", "keys")) == [(0.0, "note", "keys", 63.86)]


def test_places_and_tempos(sequences):
    sequences.create("a", "kick", "X")
    (start,) = sequences.start("a", "bar+2")
    assert (start.kind, start.target, start.value, start.where) == (TRANSPORT, sequencer_key("a"), sc.START, sc.BAR | 2 << sc.PLACE_BITS)
    (tempo,) = sequences.tempo(48_000, 174, "beat", 2)
    assert (tempo.kind, tempo.value, tempo.where, tempo.more) == (TEMPO, 174.0, sc.BEAT, 96_000)
    (signature,) = sequences.signature("7/8")
    assert (signature.kind, signature.value) == (SIGNATURE, 3.5)
    assert "no place in the music" in refused(sequences.start, "a", "soon") and "10 to 1000" in refused(sequences.tempo, 48_000, 5)
    assert "7/8" in refused(sequences.signature, "7/9")


def test_four_taps_are_a_tempo(sequences):
    assert [sequences.tap(48_000, seconds) for seconds in (1.0, 1.5, 2.01)] == [[], [], []]
    assert sequences.tap(48_000, 2.5)[0].value == 120.0
    assert sequences.tap(48_000, 9.0) == [], "a pause begins anew"


def test_scenes_stop_each_other_and_songs_go_on(sequences):
    for id_ in ("a", "b", "c"):
        sequences.create(id_, "kick", "X")
    sequences.scene("one", "a", "b")
    sequences.scene("two", "b", "c")
    assert sequences.said["one"]["others"] == ["c"] and sequences.said["two"]["others"] == ["a"]
    found = events(sequences.song("song", "one:2", "two:4"))
    assert found == [(0.0, "stop", "c", 0.0), (0.0, "start", "a", 0.0), (0.0, "start", "b", 0.0), (8.0, "stop", "a", 0.0), (8.0, "start", "c", 0.0),
                     (24.0, "stop", "b", 0.0), (24.0, "stop", "c", 0.0)]
    assert "SCENE:BARS" in refused(sequences.song, "song", "one") and "no scene 'a'" in refused(sequences.song, "s2", "a:4")


def test_a_held_note_is_let_go_where_it_began(sequences):
    """Bent or struck once more, it is still that one; after its end the tuning counts."""
    sequences.hold("keys", 64.0, sequences.in_tune("keys", 64.0), 0.5)
    sequences.tuning("flat", [n - 0.5 for n in range(128)])
    assert sequences.in_tune("keys", 64.0) == 64.0 and sequences.in_tune("keys", 65.0) == 64.5
    sequences.hold("keys", 64.0, sequences.in_tune("keys", 64.0), 0.9)
    assert sequences.in_tune("keys", 64.0) == 64.0
    sequences.hold("keys", 64.0, 64.0, 0.0)
    assert sequences.in_tune("keys", 64.0) == 63.5


def test_who_stops_a_song_stops_what_it_plays(sequences):
    for id_ in ("a", "b"):
        sequences.create(id_, "kick", "X")
    sequences.scene("one", "a", "b")
    sequences.song("song", "one:2")
    stopped = sequences.stop("song")
    assert {intent.target for intent in stopped} == {sequencer_key(id_) for id_ in ("song", "a", "b")} and {intent.value for intent in stopped} == {sc.STOP}


def test_the_tuning_outlives_control(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_TUNINGS", str(tmp_path))
    (tmp_path / "fifths.scl").write_text("! fifths.scl\n!\nfifths\n 2\n!\n 3/2\n 2/1\n")
    keys = keys_of("fifths")
    assert keys[60] == 60.0 and keys[61] == pytest.approx(67.01955) and keys[62] == pytest.approx(72.0)
    keep(tmp_path, "fifths", keys)
    assert recall(tmp_path) == ("fifths", keys) and recall(tmp_path / "nowhere") == ("equal", [])
    assert keys_of("equal") == [] and "did you mean" in refused(keys_of, "valloti")


def test_a_scale_that_leaves_all_frequencies_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CHRONUS_TUNINGS", str(tmp_path))
    (tmp_path / "wide.scl").write_text("! wide.scl\n!\nwide\n 1\n!\n 17900.0\n")
    assert "a frequency is a number above 0" in refused(keys_of, "wide")


def test_cents_are_no_second_note(sequences):
    sequences.create("a", "keys", "X")
    assert events(sequences.notes("a", "c4+50")) == [(0.0, "note", "keys", 60.5)]
    assert events(sequences.notes("a", "c4+e4")) == [(0.0, "note", "keys", 60.0), (0.0, "note", "keys", 64.0)]


def test_a_pattern_has_the_words_of_its_seed(sequences):
    """The one of seed 0 has no drum in it, that of seed 2 has."""
    for seed in range(9):
        sequences.pat(f"x{seed}", "c4 e4? bd?0.98", "keys")
        (intent,) = sequences.config(f"x{seed}", "seed", seed, "velocity", 0.5)
        struck = {event.target for event in intent.score.events if event.what == "gate"}
        assert struck == set(sequences.said[f"x{seed}"]["kit"].values())
    assert {tuple(said["kit"]) for said in sequences.said.values()} == {(), ("bd",)}


def test_what_a_pattern_cannot_play_is_refused_and_changes_nothing(sequences):
    sequences.pat("x", "c4", "keys")
    before = dict(sequences.said)
    assert "as in sound bd" in refused(sequences.pat, "x", '"bd*2" sound "1"') and "beyond all bounds" in refused(
        sequences.pat, "x", "(saw segment 4, " + ", ".join(["range 0 1000000"] * 55) + ")")
    assert sequences.said == before


def test_a_pattern_whose_target_changes_is_placed_anew(sequences):
    sequences.pat("x", "c4", "keys")
    assert events(sequences.assign("x", "amp")) == [(0.0, "gate", "amp", 0.8)]
    assert events(sequences.pattern("x", "bd")) == [(0.0, "gate", "kick", 0.8)]


def test_a_pattern_may_be_played_once(sequences):
    sequences.pat("x", "bd sn")
    (intent,) = sequences.config("x", "once", 1)
    assert intent.score.once


def test_a_scene_is_followed_after_bars_of_now(sequences):
    sequences.create("a", "kick", "X")
    sequences.scene("one", "a")
    sequences.signature("3/4")
    assert events(sequences.scene_follow("one", 2, "stop"))[-1] == (6.0, "stop", "a", 0.0)


def test_voices_that_meet_play_one_note(sequences):
    sequences.create("ch", "keys", "X")
    assert [note for beat, *_, note in events(sequences.progression("ch", "c:major", "V7", "I")) if beat == 0.25] == [67.0, 72.0, 76.0]


def test_notes_may_come_in_one_string(sequences):
    sequences.create("a", "keys", "X")
    assert events(sequences.notes("a", "60 62.5, e4", "now")) == [(0.0, "note", "keys", 60.0), (0.25, "note", "keys", 62.5), (0.5, "note", "keys", 64.0)]


def test_numerals_may_be_set_apart_by_hyphens(sequences):
    sequences.create("a", "keys", "X")
    assert events(sequences.progression("a", "c", "ii7 - V7 - I")) == events(sequences.progression("a", "c", "ii7-V7-I"))
