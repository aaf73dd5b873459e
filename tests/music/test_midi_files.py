"""Standard MIDI files: what is read, what is refused and why, and that what is written is read back."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus import limits
from chronus.music.midi_files import MidiFileError, Move, Note, read, write


def file(*tracks: str, format_: int = 1, division: int = 96) -> bytes:
    """A file of tracks that are written as hexadecimal."""
    chunks = [b"MTrk" + struct.pack(">I", len(content)) + content for content in map(bytes.fromhex, tracks)]
    return b"MThd" + struct.pack(">IHHh", 6, format_, len(tracks), division) + b"".join(chunks)


END = "00 ff 2f 00"


def notes(*tracks: str, **header) -> list[tuple]:
    return [(n.beat, n.beats, n.channel, n.key, n.velocity) for n in read(file(*tracks, **header)).notes]


TABLE = (
    ("a note", ("00 90 3c 40 60 80 3c 00" + END,), [(0.0, 1.0, 1, 60, 64)]),
    ("running status, and velocity 0 for off", ("00 90 3c 40 30 3e 41 30 3c 00 00 3e 00" + END,), [(0.0, 1.0, 1, 60, 64), (0.5, 0.5, 1, 62, 65)]),
    ("running status goes on behind a meta event", ("00 90 3c 40 00 ff 01 01 41 60 3c 00" + END,), [(0.0, 1.0, 1, 60, 64)]),
    ("a long delta", ("81 40 91 3c 40 60 81 3c 00" + END,), [(2.0, 1.0, 2, 60, 64)]),
    ("two tracks", ("00 90 3c 40 60 80 3c 00" + END, "30 91 40 10 60 81 40 00" + END), [(0.0, 1.0, 1, 60, 64), (0.5, 1.0, 2, 64, 16)]),
    ("one key twice", ("00 90 3c 40 30 90 3c 50 30 80 3c 00 60 80 3c 00" + END,), [(0.0, 1.0, 1, 60, 64), (0.5, 1.5, 1, 60, 80)]),
    ("one key in two staves of a channel", ("00 90 3c 40 81 40 80 3c 00" + END, "30 90 3c 50 30 80 3c 00" + END), [(0.0, 2.0, 1, 60, 64), (0.5, 0.5, 1, 60, 80)]),
    ("an end in another track", ("00 90 3c 40" + END, "60 80 3c 00 60 ff 2f 00"), [(0.0, 1.0, 1, 60, 64)]),
    ("the pedal holds", ("00 b0 40 7f 00 90 3c 40 30 80 3c 00 30 b0 40 00" + END,), [(0.0, 1.0, 1, 60, 64)]),
    ("until it is struck again", ("00 b0 40 7f 00 90 3c 40 18 80 3c 00 18 90 3c 41 18 80 3c 00 18 b0 40 00" + END,),
     [(0.0, 0.5, 1, 60, 64), (0.5, 0.5, 1, 60, 65)]),
    ("a note without an end", ("00 90 3c 40 60 90 3e 40 60 80 3e 40" + END,), [(0.0, 2.0, 1, 60, 64), (1.0, 1.0, 1, 62, 64)]),
    ("a chord without an end lasts to the end of the track", ("00 90 3c 40 00 40 40 60 ff 2f 00",), [(0.0, 1.0, 1, 60, 64), (0.0, 1.0, 1, 64, 64)]),
    ("all notes off, also those of the pedal", ("00 b0 40 7f 00 90 3c 40 18 80 3c 00 00 90 3e 40 00 91 40 40 18 b0 7b 00 30 ff 2f 00",),
     [(0.0, 0.5, 1, 60, 64), (0.25, 0.25, 1, 62, 64), (0.25, 0.75, 2, 64, 64)]),
    ("sound off, and a mode", ("00 90 3c 40 30 b0 78 00 00 90 3c 40 30 b0 7e 00 60 ff 2f 00",), [(0.0, 0.5, 1, 60, 64), (0.5, 0.5, 1, 60, 64)]),
    ("a reset lifts the pedal", ("00 b0 40 7f 00 90 3c 40 18 80 3c 00 18 b0 79 00 60 90 3e 40 30 80 3e 00" + END,), [(0.0, 0.5, 1, 60, 64), (1.5, 0.5, 1, 62, 64)]),
    ("an end without a note", ("00 80 3c 40" + END,), []), ("system exclusive", ("00 f0 03 01 02 f7 00 90 3c 40 60 80 3c 00" + END,), [(0.0, 1.0, 1, 60, 64)]),
    ("a track without its end", ("00 90 3c 40 60 80 3c 00",), [(0.0, 1.0, 1, 60, 64)]), ("what stands behind the end", (END + "00 90 3c 40",), []))


@pytest.mark.parametrize("tracks, expected", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_notes(tracks, expected):
    assert notes(*tracks) == expected


def test_moves_names_and_tempos():
    song = read(file("00 ff 51 03 07 a1 20 60 ff 51 03 0f 42 40 00 ff 03 04 42 61 73 e9" + END,
                     "00 e0 00 60 30 d1 20 00 b2 07 64 00 c3 05 00 a4 3c 11" + END))
    assert song.moves == [Move(0.0, 1, "bend", 0, 4096), Move(0.5, 2, "pressure", 0, 32), Move(0.5, 3, "control", 7, 100), Move(0.5, 4, "program", 0, 5),
                          Move(0.5, 5, "key_pressure", 60, 17)]
    assert song.tempos == [(0.0, 120.0), (1.0, 60.0)] and song.names == ["Bas?"]
    assert [song.seconds(beat) for beat in (0.0, 0.5, 1.0, 3.0)] == [0.0, 0.25, 0.5, 2.5]


def test_time_in_seconds():
    song = read(file("00 90 3c 40 28 80 3c 00" + END, division=-25 * 256 + 40))
    assert song.seconds(song.notes[0].beats) == pytest.approx(0.04)


@pytest.mark.parametrize("content, why", (
    (b"", "MThd"), (b"RIFF" + bytes(20), "RIFF"), (b"MThd", "ends inside its header"), (b"MThd" + struct.pack(">I", 2) + bytes(2), "2 bytes instead of 6"),
    (file(END, format_=2), "format 2"), (file(END, division=0), "divides"), (file(END, division=-1), "divides"), (file(END)[:-1], "cut short"),
    (file("00 90 3c"), "track 1, byte 25: it ends inside"), (file("00 3c 40"), "where an event begins"), (file("00 90 80 40"), "below 0x80"),
    (file("ff ff ff ff 7f"), "four bytes"), (file("00 ff 01 7f 41"), "127 bytes, 1 are left"), (file("00 ff 51 02 01 02"), "tempo"), (file("00 ff 51 03 00 00 00"), "tempo"),
    (file("00 f8"), "0xf8"), (bytes(limits.MIDI_FILE_BYTES + 1), "at most")), ids=lambda part: repr(part[:40]))
def test_what_is_wrong_is_said(content, why):
    with pytest.raises(MidiFileError, match=why):
        read(content)


@given(st.one_of(st.binary(max_size=200), st.tuples(st.integers(0, 2), st.integers(-32768, 32767), st.lists(st.binary(max_size=80), max_size=3)).map(
    lambda row: file(*(track.hex() for track in row[2]), format_=row[0], division=row[1]))), st.integers(0, 300), st.integers(0, 255))
def test_whatever_bytes_end_in_a_song_or_a_reason(content, at, byte):
    content = content[:at] + bytes([byte]) + content[at + 1:]
    try:
        song = read(content)
    except MidiFileError as error:
        assert 10 < len(str(error)) < 300
        return
    assert len(song.notes) + len(song.moves) <= len(content)
    for note in song.notes:
        assert note.beat >= 0 and note.beats >= 0 and 1 <= note.channel <= 16 and 0 <= note.key <= 127 and 1 <= note.velocity <= 127
        assert song.seconds(note.beat) <= song.seconds(note.beat + note.beats)


@given(st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 1 << 29), st.integers(0, 15), st.integers(0, 127), st.integers(1, 127)), max_size=12,
                unique_by=lambda row: row[2:4]), st.integers(1, 32_767))
def test_what_is_written_is_read_back(rows, division):
    messages = sorted([(tick, bytes([0x90 + c, key, v])) for tick, _, c, key, v in rows] + [(t + n, bytes([0x80 + c, key, 0])) for t, n, c, key, _ in rows],
                      key=lambda row: row[0])
    song = read(write([("all", messages)], division, [(0, 500_000)]))
    assert sorted((round(n.beat * division), round(n.beats * division), n.channel - 1, n.key, n.velocity) for n in song.notes) == sorted(rows)
    assert song.names == ["all"] and all(isinstance(n, Note) for n in song.notes)
