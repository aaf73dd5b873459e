"""A MIDI file becomes a script that plays each of its notes at its frame, and a session becomes a file that plays the same notes back."""

from dataclasses import replace

import pytest

from chronus.control.journal import Journal, Line
from chronus.control.played import Played, midi_file, played
from chronus.control.replay import Session
from chronus.control.scripted import Scripted
from chronus.control.session import journal_path, keep_position
from chronus.doors.midi.parser import Parser
from chronus.faces.own_engine import table_patterns
from chronus.faces.words import command
from chronus.faces.jam import sleep_seconds
from chronus.music.midi_files import Move, Note, Song, read
from chronus.music.midi_script import ScriptError, script_of
from chronus.patch.graph import default
from chronus.shared.log import NOTE
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

SONG = Song([Note(0.0, 1.0, 1, 60, 127), Note(0.5, 0.25, 1, 64, 64), Note(1.0, 3.0, 2, 40, 100), Note(1.0, 0.1, 10, 36, 90), Note(1.01, 0.1, 10, 36, 91),
             Note(3.333, 1 / 3, 1, 60, 1)], [Move(0.5, 1, "bend", 0, 8191), Move(0.5, 1, "control", 10, 0), Move(2.0, 16, "bend", 0, 5)],
            [(0.0, 120.0), (1.0, 87.3)])


def obeyed(lines: list[str]) -> Scripted:
    """A script that is played without an engine."""
    script, patterns = Scripted(), table_patterns()
    for line in lines:
        asked = command(line, patterns) if not line.startswith("sleep") else script.rest(sleep_seconds(line))
        if asked is not None:
            script.obey(*asked)
    return script


def heard(script: Scripted, id_: str) -> list[tuple]:
    """(frame, frames, key, velocity) of the notes of an instrument."""
    found, down = [], {}
    for entry in sorted((e for e in script.entries if e.kind == NOTE and e.target == key_of(id_)), key=lambda e: e.frame):
        velocity, serial = entry.extra & FULL_VELOCITY, entry.extra >> SERIAL_SHIFT
        if velocity:
            down[serial] = entry.frame, entry.value, round(127 * velocity / FULL_VELOCITY)
        else:
            frame, key, struck = down.pop(serial)
            found.append((frame, entry.frame - frame, key, struck))
    assert not down
    return sorted(found)


def test_every_note_is_at_its_frame():
    script = obeyed(script_of(SONG, "song", []))
    for channel in (1, 2):
        assert heard(script, f"keys{channel}") == [(round(SONG.seconds(n.beat) * 48_000), round(SONG.seconds(n.beat + n.beats) * 48_000) - round(SONG.seconds(n.beat) * 48_000),
                                                    n.key, n.velocity) for n in SONG.notes if n.channel == channel]
    strokes = [(e.frame, e.value) for e in script.entries if e.target == key_of("kick", "gate")]
    second = round(SONG.seconds(1.01) * 48_000)
    assert strokes == [(24_000, pytest.approx(90 / 127, abs=1e-4)), (second - 1, 0.0), (second, pytest.approx(91 / 127, abs=1e-4)), (second + 1440, 0.0)]
    (bend,) = [e for e in script.entries if e.target == key_of("keys1", "bend")]
    assert bend.frame == 12_000 and bend.value == pytest.approx(2.0, abs=0.001)
    assert script.frame > 4 * 24_000


def test_what_moves_behind_the_last_note_is_followed_by_no_rest():
    """The wheel put back two seconds later: the script ends there, and not in an hour."""
    late = replace(SONG, moves=[replace(SONG.moves[0], beat=SONG.notes[-1].beat + 20.0)])
    lines = script_of(late, "song", [])
    assert lines[-1].startswith("mod keys1 bend") and not [line for line in lines if line.startswith("sleep 3")]


def test_it_plays_on_what_is_there():
    lines = script_of(SONG, "song", ["piano", "bass"])
    assert not [line for line in lines if line.startswith(("patch", "gate"))]
    assert {line.split()[1] for line in lines if line.startswith("note")} == {"piano", "bass"}


def test_it_sounds():
    assert any(abs(piece).max() > 0.05 for piece in pieces(obeyed(script_of(SONG, "song", []))))


def pieces(script: Scripted):
    from chronus.replica.offline import render
    return render(script.programs, sorted(script.entries, key=lambda e: e.frame), script.rate, script.block, 0, 48_000)


@pytest.mark.parametrize("song, why", ((Song([], [], [(0.0, 120.0)]), "no notes"), (Song([Note(1e7, 1.0, 1, 60, 1)], [], [(0.0, 120.0)]), "longer than a day")))
def test_what_makes_no_script(song, why):
    with pytest.raises(ScriptError, match=why):
        script_of(song, "song", [])


def journal(folder, rate: int, lines: list[tuple]):
    """A session that was played."""
    found = Journal.create(journal_path(folder), {"rate": rate, "block": 64, "seed": 0, "versions": {}, "patch": default().as_dict()})
    found.append([Line(frame, "osc:127.0.0.1:1", address, args) for frame, address, *args in lines])
    found.close()


PLAYED = [(100, "/note/keys", 60.0, 1.0, 0), (4_000, "/note/keys", 64.0, 0.5, 65536), (9_000, "/note/keys", 64.0, 0.0, 65536), (5_000, "/note/keys", 60.0, 0.0, 0),
          (5_100, "/mod/keys/bend", 1.0), (6_000, "/note/bass", 33.0, 0.25, 0), (6_500, "/note/bass", 33.0, 0.75, 0), (10_000, "/note/bass", 33.0, 0.0, 0),
          (11_000, "/note/keys", 70.0, 0.1, 7), (90_000, "/note/keys", 70.0, 0.0, 7), (12_000, "/panic"), (13_000, "/note/keys", 71.0, 0.2, 0), (20_000, "/session/end")]
NOTES = [Played(100, 4_900, "keys", 60.0, 1.0), Played(4_000, 5_000, "keys", 64.0, 0.5), Played(6_000, 500, "bass", 33.0, 0.25), Played(6_500, 3_500, "bass", 33.0, 0.75),
         Played(11_000, 1_000, "keys", 70.0, 0.1), Played(13_000, 7_000, "keys", 71.0, 0.2)]


@pytest.mark.parametrize("rate", (44_100, 48_000, 88_200, 96_000))
def test_a_session_plays_the_same_notes_back(tmp_path, rate):
    journal(tmp_path, rate, PLAYED)
    assert played(tmp_path) == NOTES
    content, count = midi_file(tmp_path)
    song = read(content)
    assert count == len(NOTES) and song.names == ["keys", "bass"]
    got = [(round(song.seconds(n.beat) * rate), round(song.seconds(n.beat + n.beats) * rate) - round(song.seconds(n.beat) * rate), n.channel, n.key, n.velocity)
           for n in song.notes]
    assert sorted(got) == sorted((n.frame, n.frames, 1 + (n.id == "bass"), round(n.note), round(127 * n.velocity)) for n in NOTES)


def test_an_exported_session_is_imported_to_the_frame(tmp_path):
    journal(tmp_path, 48_000, PLAYED)
    script = obeyed(script_of(read(midi_file(tmp_path)[0]), "session", []))
    assert heard(script, "keys1") == [(n.frame, n.frames, n.note, round(127 * n.velocity)) for n in NOTES if n.id == "keys"]
    assert heard(script, "keys2") == [(n.frame, n.frames, n.note, round(127 * n.velocity)) for n in NOTES if n.id == "bass"]


def test_what_is_written_can_be_sent_down_a_cable(tmp_path):
    """Velocities that came from a keyboard come back as they were."""
    journal(tmp_path, 48_000, [(10 * v, "/note/keys", float(v), round(v / 127 * 65_535) / 65_535, 0) for v in range(1, 128)])
    messages = Parser().feed(bytes(b for n in read(midi_file(tmp_path)[0]).notes for b in (0x90, n.key, n.velocity)))
    assert [(m.first, m.second) for m in messages] == [(v, v) for v in range(1, 128)]


def test_the_maker_s_own_parameters_are_no_bend_range():
    def bend(*controls):
        song = Song([Note(0.0, 1.0, 1, 60, 127)], [Move(0.1 * i, 1, "control", *row) for i, row in enumerate(controls)] + [Move(2.0, 1, "bend", 0, 4_096)], [(0.0, 120.0)])
        return next(line.split()[3] for line in script_of(song, "song", []) if line.startswith("mod keys1 bend"))
    chosen = ((101, 0), (100, 0))
    assert bend(*chosen, (6, 12)) == "6.00000" and bend(*chosen, (99, 1), (98, 8), (6, 64)) == "1.00000"
    assert bend(*chosen, (99, 1), (98, 8), (6, 64), *chosen, (6, 12)) == "6.00000"


def test_a_note_lasts_as_long_as_any_may():
    lines = script_of(Song([Note(0.0, 10_000.0, 1, 60, 127)], [], [(0.0, 60.0)]), "song", ["keys"])
    assert lines[1] == "note keys 60 1.000000 3600.0000000"


def test_a_note_that_was_held_when_the_engine_was_killed_ends_where_the_session_does(tmp_path):
    journal(tmp_path, 48_000, [(100, "/note/keys", 60.0, 1.0, 0), (4_000, "/mod/sine/freq", 500.0)])
    assert played(tmp_path) == [Played(100, Session(tmp_path).frames - 100, "keys", 60.0, 1.0)]
    keep_position(tmp_path, 480_000)
    assert played(tmp_path) == [Played(100, 480_000 + 96_000 - 100, "keys", 60.0, 1.0)] and Session(tmp_path).frames == 576_000
