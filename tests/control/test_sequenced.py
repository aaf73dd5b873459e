"""What sequencers played is in the MIDI file of a session: every onset that was heard, in beats, with the tempo map."""

import json

import pytest

from chronus.control.journal import Journal, JournalError, Line
from chronus.control.played import midi_file
from chronus.control.replay import SCORED, command_of, render_session
from chronus.control.scripted import Scripted
from chronus.control.session import journal_path, keep_position
from chronus.music.midi_files import read
from chronus.music.midi_script import DRUM_OF_KEY, KEY_OF_DRUM, KEYS_OF_DRUMS
from chronus.music.tempo_map import Line as Tempo
from chronus.music.tempo_map import TempoMap
from chronus.replica.tempo import WHERE, WHERE_BITS
from chronus.shared.log import COMMIT, SCORE
from chronus.shared.program import key_of
from chronus.shared.score import SCORE_TEXT

PATCH = [("/patch/create", "keys", "notes"), ("/patch/create", "env", "adsr"), ("/patch/connect", "keys/gate", "env"), ("/patch/connect", "env", "out", 0.1), ("/patch/commit",)]
SONG = [(0.0, "/seq/create", "a", "keys", "X.x.X.x."), (0.0, "/seq/notes", "a", 60, 62, 64, 65), (0.0, "/seq/start", "a", "now"), (0.0, "/tempo", 120),
        (1.0, "/tempo", 150, "beat"), (1.5, "/arp/create", "p", "keys", "pattern", "X", "step", "1/4"), (2.1, "/note/p", 72, 1.0),
        (3.0, "/tempo", 90, "bar", 2.0), (4.3, "/tempo/beat", 7), (8.0, "/note/p", 72, 0), (8.5, "/seq/stop", "a"), (8.6, "/note/keys", 48, 0.5), (8.9, "/note/keys", 48, 0)]
SECONDS = 9.5



def journal(folder, rate: int, song: list[tuple], more: list[tuple] = ()) -> None:
    """A session that was played as a script says: (seconds, address, arguments ...)."""
    script = Scripted(rate)
    for address, *args in [*more, *PATCH]:
        script.obey(address, args)
    found = Journal.create(journal_path(folder), {"rate": rate, "block": 64, "seed": 0, "versions": {}, "patch": script.patch.as_dict()})
    for seconds, address, *args in song:
        script.frame = round(seconds * rate)
        script.obey(address, args)
    names = {key_of("keys"): ("keys", ""), key_of("hat", "gate"): ("hat", "gate")}
    for entry in script.entries:
        if entry.kind == SCORE:
            text = json.loads(script.scores[entry.extra & WHERE][SCORE_TEXT:])
            found.append([Line(entry.frame, "osc:1", SCORED, [json.dumps(text), entry.extra >> WHERE_BITS])])
        elif entry.kind != COMMIT:
            found.append([Line(entry.frame, "osc:1", *command_of(entry, names, None))])
    found.append([Line(round(SECONDS * rate), "engine", "/session/end", [])])
    found.close()


@pytest.mark.parametrize("rate", (48_000, 96_000))
def test_every_onset_is_in_the_file_on_its_beat(tmp_path, rate):
    """120 BPM to beat 2 (1 s), 150 to beat 8 (3.4 s), in 4 beats (2 s) to 90; stopped at 8.5 s, which is beat 16.65; the arpeggio has its note from
    beat 4.75 to 15.9; that beats are counted anew at 4.3 s moves nothing."""
    journal(tmp_path, rate, SONG)
    content, count = midi_file(tmp_path)
    song = read(content)
    beats = {key: sorted(note.beat for note in song.notes if note.key == key) for key in (48, 60, 62, 64, 65, 72)}
    tick = 1.01 / 24_000
    for i, key in enumerate((60, 62, 64, 65)):
        assert beats[key] == pytest.approx([k / 2 for k in range(i, 34, 4)], abs=tick)
    assert beats[72] == pytest.approx(list(range(5, 16)), abs=tick) and beats[48] == pytest.approx([16.8], abs=tick)
    assert count == len(song.notes) == 34 + 11 + 1 and song.names == ["keys"]
    assert [number for row in (*song.tempos[:2], song.tempos[-1]) for number in row] == pytest.approx([0.0, 120.0, 2.0, 150.0, 12.0, 90.0], abs=1e-3)
    assert [bpm for _, bpm in song.tempos[2:-1]] == sorted((bpm for _, bpm in song.tempos[2:-1]), reverse=True) and len(song.tempos) == 2 + 16 + 1
    assert [song.seconds(beat) for beat in (2, 8, 12, 16.8)] == pytest.approx([1.0, 3.4, 5.4, 8.6], abs=1e-4)
    assert {note.velocity for note in song.notes if note.key in (60, 64)} == {127} and {note.velocity for note in song.notes if note.key in (62, 65)} == {64}


def test_notes_beyond_the_keys_are_the_last_key_there_is(tmp_path):
    journal(tmp_path, 48_000, [(0.0, "/seq/create", "a", "keys", "X---"), (0.0, "/seq/notes", "a", 0), (0.0, "/seq/config", "a", "transpose", -24, "now"), (0.0, "/seq/start", "a", "now")])
    content, _ = midi_file(tmp_path)
    assert {note.key for note in read(content).notes} == {0}


def test_a_panic_ends_notes_and_the_end_does_too(tmp_path):
    journal(tmp_path, 48_000, [(0.0, "/seq/create", "a", "keys", "X---------------"), (0.0, "/seq/notes", "a", 60), (0.0, "/seq/config", "a", "gate", 1.0, "now"),
                               (0.0, "/seq/start", "a", "now"), (1.0, "/panic"), (9.0, "/seq/start", "a", "now")])
    notes = read(midi_file(tmp_path)[0]).notes
    assert [(n.beat, round(n.beats, 2)) for n in notes] == [(0.0, 2.0), (18.0, 1.0)]


DRUMS = [command for name in ("kick", "hat", "snare") for command in (("/patch/create", name, name), ("/patch/connect", name, "out", 0.1))]
BEATS = [(0.0, "/seq/create", "k", "kick", "X.x."), (0.0, "/seq/config", "k", "step", "1/4", "now"), (0.0, "/seq/create", "t", "env", "x"), (0.0, "/seq/start"),
         (0.0, "/seq/create", "s", "snare", "x?0"), (3.4, "/seq/stop")]
STRUCK = [(1.0, "/gate/hat", 0.75), (1.05, "/gate/hat", 0.5), (1.1, "/gate/hat", 0), (2.0, "/gate/hat", 1), (2.5, "/panic"), (4.0, "/gate/hat", 1)]


@pytest.mark.parametrize("song, heard", (
    (BEATS, [(36, n, 127 if n % 4 == 0 else 64, 0.5) for n in (0, 2, 4, 6)]),
    (STRUCK, [(42, 2, 95, 0.2), (42, 4, 127, 1.0), (42, 8, 127, 11.0)]),
    ([*BEATS, *STRUCK], [(36, 0, 127, 0.5), (36, 2, 64, 0.5), (42, 2, 95, 0.2), (36, 4, 127, 0.5), (42, 4, 127, 1.0), (42, 8, 127, 11.0)])))
def test_drums_are_notes_of_the_tenth_channel(tmp_path, song, heard):
    """By the keys of General MIDI, beside the notes of an instrument; what is no drum is no note. A gate that is open is not struck again, and a panic closes it."""
    journal(tmp_path, 48_000, sorted([*song, (0.25, "/note/keys", 60, 1.0), (0.5, "/note/keys", 60, 0)], key=lambda row: row[0]), DRUMS)
    content, count = midi_file(tmp_path)
    read_back = read(content)
    assert [(n.key, n.beat, n.velocity, round(n.beats, 2)) for n in sorted(read_back.notes, key=lambda n: (n.beat, n.key)) if n.channel == 10] == \
        [(key, pytest.approx(beat), velocity, length) for key, beat, velocity, length in heard]
    assert [(n.channel, n.key) for n in read_back.notes if n.channel != 10] == [(1, 60)] and count == len(heard) + 1
    assert {DRUM_OF_KEY[n.key] for n in read_back.notes if n.channel == 10} <= set(read_back.names)


def test_every_drum_is_read_as_it_is_written():
    assert {name: DRUM_OF_KEY[key] for name, key in KEY_OF_DRUM.items()} == {name: name for name in KEYS_OF_DRUMS}


def test_beats_of_a_map_with_ramps():
    tempo = TempoMap(48_000, [Tempo(48_000.0, 120.0, 60.0, 96_000.0), Tempo(96_000.0, 90.0, 90.0)])
    assert [tempo.beat_at(frame) for frame in (0, 48_000, 96_000, 144_000)] == pytest.approx([0.0, 2.0, 2 + 105 / 60, 3.75 + 1.5])
    steps = tempo.steps(144_000)
    assert steps[0] == (0.0, 120.0) and steps[-1] == (3.75, 90.0) and len(steps) == 1 + 7 + 1
    seconds = sum((b - a) * 60 / bpm for (a, bpm), (b, _) in zip(steps, steps[1:]))
    assert seconds == pytest.approx(2.0), "steps last as long as the ramp"


def test_frames_beyond_the_end_are_refused_and_those_of_a_session_that_was_killed_are_not(tmp_path):
    journal(tmp_path, 48_000, [])
    end = round(SECONDS * 48_000)
    for first, frames in ((-1, 1), (0, -1), (end + 1, None), (end - 10, 11)):
        with pytest.raises(JournalError, match="render|counted from 0"):
            render_session(tmp_path, first, frames)
    assert render_session(tmp_path, end - 10, 10)["frames"] == 10
    keep_position(tmp_path, end + 64)
    assert render_session(tmp_path, end - 10, 100)["frames"] == 100
