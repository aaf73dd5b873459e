"""Standard MIDI files: read into notes and moves at their beats, and written.

Source: "Standard MIDI Files 1.0", MIDI Manufacturers Association 1996. Formats 0 and 1. What is wrong with a file is said with its place; what
is merely unknown (chunks, meta events, system exclusive) is passed over. Lengths are as they sound: the sustain pedal is played.
"""
import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from itertools import accumulate
from struct import Struct

from chronus import limits

HEADER, CHUNK = Struct(">HHh"), Struct(">4sI")
NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND = range(0x8, 0xF)
MOVES = {KEY_PRESSURE: "key_pressure", CONTROL: "control", PROGRAM: "program", PRESSURE: "pressure", BEND: "bend"}
META, TRACK_NAME, END_OF_TRACK, SET_TEMPO = 0xFF, 0x03, 0x2F, 0x51
SYSTEM_EXCLUSIVE = (0xF0, 0xF7)
SUSTAIN, RESET_CONTROLLERS = 64, 121
ENDS_ALL = (120, *range(123, 128))       # all sound off, all notes off, and the modes, which end all notes, too
USUAL_TEMPO = 500_000                    # microseconds a quarter, until a file says another: 120 BPM
LONGEST_DELTA = 0x0FFF_FFFF              # four bytes of seven bits


class MidiFileError(ValueError):
    """A file that cannot be read; the message says what is wrong and where."""


@dataclass(frozen=True)
class Note:
    """A key that sounds: beats (quarters) from the beginning, beats that it lasts, channel 1 to 16, key 0 to 127, velocity 1 to 127."""

    beat: float
    beats: float
    channel: int
    key: int
    velocity: int


@dataclass(frozen=True)
class Move:
    """What is not a note: "bend" (-8192 to 8191), "pressure", "key_pressure" of the key `number`, "control" of the controller `number`,
    "program" (0 to 127)."""

    beat: float
    channel: int
    what: str
    number: int
    value: int


@dataclass(frozen=True)
class Song:
    """A file, read. `tempos` are (beat, BPM), the first at beat 0; `names` are those of the tracks."""

    notes: list[Note]
    moves: list[Move]
    tempos: list[tuple[float, float]]
    names: list[str] = field(default_factory=list)

    def __post_init__(self):
        lengths = [(b - a) * 60.0 / bpm for (a, bpm), (b, _) in zip(self.tempos, self.tempos[1:])]
        object.__setattr__(self, "_starts", [0.0, *accumulate(lengths)])
        object.__setattr__(self, "_beats", [beat for beat, _ in self.tempos])

    def seconds(self, beat: float) -> float:
        """When a beat is, by the tempo map."""
        i = max(0, bisect_right(self._beats, beat) - 1)
        return self._starts[i] + (beat - self._beats[i]) * 60.0 / self.tempos[i][1]


def read(content: bytes) -> Song:
    """The song in a file's bytes. Raises MidiFileError."""
    if len(content) > limits.MIDI_FILE_BYTES:
        raise MidiFileError(f"it has {len(content)} bytes; {limits.MIDI_FILE_BYTES} are read at most")
    tracks, division = _chunks(content)
    events, tempos, names, last = [], [], [], 0
    for number, (begin, end) in enumerate(tracks, 1):
        track = _Track(content, begin, end, number)
        track.read()
        events += [(tick, number, i, *event) for i, (tick, *event) in enumerate(track.events)]
        tempos += track.tempos
        last = max(last, track.ticks)
        names += [track.name] if track.name else []
    events.sort(key=lambda event: event[:3])
    per_beat = float(division)
    if division < 0:                     # SMPTE: ticks a second; beats are then those of 120 BPM
        frames = -(division >> 8)
        per_beat, tempos = (30_000 / 1001 if frames == 29 else frames) * (division & 0xFF) / 2, []
    notes, moves = _pair(events, last)
    return Song([Note(n[0] / per_beat, (n[1] - n[0]) / per_beat, *n[2:]) for n in notes], [Move(m[0] / per_beat, *m[1:]) for m in moves],
                _tempo_map(tempos, per_beat), names)


def _chunks(content: bytes) -> tuple[list[tuple[int, int]], int]:
    """Where each track begins and ends, and the division."""
    if content[:4] != b"MThd":
        raise MidiFileError("it does not begin with MThd, so it is no MIDI file" + ("; it is a RIFF file: export it as a standard MIDI file" * (content[:4] == b"RIFF")))
    tracks, format_, division, at = [], None, 0, 0
    while at + CHUNK.size <= len(content):
        kind, size = CHUNK.unpack_from(content, at)
        at += CHUNK.size
        if size > len(content) - at:
            raise MidiFileError(f"byte {at}: a part says it has {size} bytes, {len(content) - at} are left; the file is cut short, take another copy")
        if format_ is None:
            if size < HEADER.size:
                raise MidiFileError(f"its header has {size} bytes instead of 6")
            format_, _, division = HEADER.unpack_from(content, at)
        elif kind == b"MTrk":
            tracks.append((at, at + size))
        at += size
    if format_ is None:
        raise MidiFileError("it ends inside its header; take another copy")
    if format_ not in (0, 1):
        raise MidiFileError(f"it has format {format_}; 0 and 1 can be read: export it as one of these")
    if division == 0 or division < 0 and (-(division >> 8) not in (24, 25, 29, 30) or division & 0xFF == 0):
        raise MidiFileError(f"its header divides a beat in {division}, which is no time")
    return tracks, division


class _Track:
    """One track: `events` are (tick, status, first, second), `tempos` (tick, microseconds), `ticks` is where it ends."""

    def __init__(self, content: bytes, begin: int, end: int, number: int):
        self.content, self.at, self.end, self.number = content, begin, end, number
        self.events, self.tempos, self.name, self.ticks = [], [], "", 0

    def wrong(self, what: str) -> MidiFileError:
        return MidiFileError(f"track {self.number}, byte {self.at}: {what}")

    def byte(self) -> int:
        if self.at >= self.end:
            raise self.wrong("it ends inside an event; take another copy")
        self.at += 1
        return self.content[self.at - 1]

    def data(self) -> int:
        found = self.byte()
        if found > 0x7F:
            raise self.wrong(f"{found:#04x} stands where a value below 0x80 belongs; the file is damaged, take another copy")
        return found

    def length(self) -> int:
        """A number of up to four bytes of seven bits."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise self.wrong("a number has more than four bytes; the file is damaged, take another copy")

    def take(self) -> bytes:
        """Bytes that say how many they are."""
        size = self.length()
        if size > self.end - self.at:
            raise self.wrong(f"an event says it has {size} bytes, {self.end - self.at} are left in the track; take another copy")
        self.at += size
        return self.content[self.at - size:self.at]

    def read(self) -> None:
        """All events, up to the end of the track."""
        status = 0
        while self.at < self.end:
            self.ticks = tick = self.ticks + self.length()
            head = self.byte()
            if head == META:
                if self._meta(tick):
                    return
            elif head in SYSTEM_EXCLUSIVE:
                self.take()
            elif head >= 0xF0:
                raise self.wrong(f"{head:#04x} does not belong into a file; take another copy")
            else:
                if head >= 0x80:
                    status, first = head, self.data()
                elif status:
                    first = head
                else:
                    raise self.wrong(f"{head:#04x} stands where an event begins; the file is damaged, take another copy")
                second = 0 if status >> 4 in (PROGRAM, PRESSURE) else self.data()
                self.events.append((tick, status, first, second))

    def _meta(self, tick: int) -> bool:
        """One meta event; True for the end of the track."""
        kind, content = self.byte(), self.take()
        if kind == SET_TEMPO:
            if len(content) != 3 or not int.from_bytes(content, "big"):
                raise self.wrong("a tempo is three bytes and more than 0 microseconds; the file is damaged")
            self.tempos.append((tick, int.from_bytes(content, "big")))
        elif kind == TRACK_NAME and not self.name:
            self.name = re.sub(r"[^ -~]", "?", content[:64].decode("ascii", "replace").replace("\ufffd", "?")).strip()
        return kind == END_OF_TRACK


def _pair(events: list, last: int) -> tuple[list, list]:
    """Notes, [tick, end, channel, key, velocity], and moves. A key ends the first of its notes in its track, as notation programs write and read it: two staves
    may share a channel; where that has none, the first of any. What never ends does so with the song.
    """
    notes, moves, down, pedals = [], [], {}, {}
    sustained: dict[int, dict[int, list]] = {}                       # of each channel whose pedal is down: key -> notes that only it holds
    for tick, track, _, status, first, second in events:
        kind, channel = status >> 4, (status & 0x0F) + 1
        if kind == NOTE_ON and second:
            _end_at(tick, sustained.get(channel, {}).pop(first, ()))
            notes.append([tick, last, channel, first, second])
            down.setdefault((channel, first), {}).setdefault(track, deque()).append(notes[-1])
        elif kind in (NOTE_OFF, NOTE_ON):
            keys = down.get((channel, first), {})
            if (key := keys.get(track) or next(filter(None, keys.values()), None)):
                note = key.popleft()
                if pedals.get(channel):
                    sustained.setdefault(channel, {}).setdefault(first, []).append(note)
                else:
                    note[1] = tick
        else:
            if kind == CONTROL and first in (SUSTAIN, RESET_CONTROLLERS):
                pedals[channel] = first == SUSTAIN and second >= 64
            if kind == CONTROL and first in ENDS_ALL:
                _end_at(tick, [note for key in range(128) for held in down.pop((channel, key), {}).values() for note in held])
            if kind == CONTROL and (first in ENDS_ALL or not pedals.get(channel)):
                _end_at(tick, [note for held in sustained.pop(channel, {}).values() for note in held])
            value = first + (second << 7) - 8_192 if kind == BEND else second if kind in (KEY_PRESSURE, CONTROL) else first
            moves.append((tick, channel, MOVES[kind], first if kind in (KEY_PRESSURE, CONTROL) else 0, value))
    return notes, moves


def _end_at(tick: int, notes) -> None:
    for note in notes:
        note[1] = tick


def _tempo_map(tempos: list[tuple[int, int]], per_beat: float) -> list[tuple[float, float]]:
    """(beat, BPM), the last of several at one tick."""
    found = {0: USUAL_TEMPO, **{tick: tempo for tick, tempo in sorted(tempos, key=lambda row: row[0])}}
    return [(tick / per_beat, 60e6 / tempo) for tick, tempo in sorted(found.items())]


def write(tracks: list[tuple[str, list[tuple[int, bytes]]]], division: int, tempos: list[tuple[int, int]]) -> bytes:
    """A file of format 1: of each track its name and (tick, message), in order. `division` is ticks a quarter, up to 32,767, `tempos` are (tick,
    microseconds a quarter), in order.
    """
    conductor = b"".join(_events([(tick, bytes([META, SET_TEMPO, 3]) + microseconds.to_bytes(3, "big")) for tick, microseconds in tempos]))
    chunks = [_chunk(b"MThd", HEADER.pack(1, 1 + len(tracks), division)), _chunk(b"MTrk", conductor + _end())]
    for name, messages in tracks:
        text = name.encode("ascii", "replace")[:127]
        content = [_event(0, bytes([META, TRACK_NAME, len(text)]) + text), *_events(messages)]
        chunks.append(_chunk(b"MTrk", b"".join(content) + _end()))
    return b"".join(chunks)


def _events(messages: list[tuple[int, bytes]]):
    """Messages at their ticks, as a track has them."""
    at = 0
    for tick, message in messages:
        while tick - at > LONGEST_DELTA:                             # an empty text, so that a long rest can be said
            yield _event(LONGEST_DELTA, bytes([META, 1, 0]))
            at += LONGEST_DELTA
        yield _event(tick - at, message)
        at = tick


def _chunk(kind: bytes, content: bytes) -> bytes:
    return CHUNK.pack(kind, len(content)) + content


def _end() -> bytes:
    return _event(0, bytes([META, END_OF_TRACK, 0]))


def _event(delta: int, message: bytes) -> bytes:
    groups = [delta & 0x7F]
    while delta := delta >> 7:
        groups.append(delta & 0x7F | 0x80)
    return bytes(reversed(groups)) + message
