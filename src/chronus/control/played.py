"""The notes of a session, those of commands and those of sequencers, and as a MIDI file that plays the same notes back."""

from dataclasses import dataclass
from pathlib import Path

from chronus.control.journal import JournalError, entries, read_header
from chronus.control.replay import END, SCORED, Session, length
from chronus.control.sequenced import sequenced, strokes
from chronus.control.session import journal_path, read_position
from chronus.music.midi_files import write
from chronus.music.tempo_map import TempoMap

NOTE, GATE, MUSICAL = "/note/", "/gate/", (SCORED, "/tempo")
CHANNELS, DRUMS = (*range(9), *range(10, 16)), 9         # the tenth is drums by custom
LARGEST_DIVISION = 32_767


@dataclass(frozen=True)
class Played:
    """A note as it was asked for: first frame, how many frames, instrument, note (60 is c4, fractions lie between), velocity 0 to 1."""

    frame: int
    frames: int
    id: str
    note: float
    velocity: float


def played(folder: Path) -> list[Played]:
    """All notes that were asked for by command in a session, in order; those that sequencers played are in `sequenced`. Raises JournalError."""
    lines, last, said = [], 0, None
    for line in entries(journal_path(folder)):
        if line.command == "/panic":                         # it forgets what waits
            lines = [(frame, *rest) for frame, *rest in lines if frame <= line.frame]
        if line.command == "/panic" or line.command.startswith(NOTE):
            lines.append((line.frame, len(lines), line.command, line.args))
        said = line.frame if line.command == END else None
        last = last if line.command == END else max(last, line.frame)
    end = length(said, read_position(folder), last, read_header(journal_path(folder))["rate"])
    found, down = [], {}
    for frame, _, command, args in sorted(lines, key=lambda row: row[:2]):
        if command == "/panic":
            for key in list(down):
                found.append(_ended(down, key, frame))
            continue
        try:
            note, velocity, serial = args
        except ValueError:
            raise JournalError(f"the journal has {command} with {args!r:.200}, which is no such command; put the file back from a copy") from None
        key = command.removeprefix(NOTE), note
        if key in down and (velocity > 0 or not serial or serial == down[key][2]):
            found.append(_ended(down, key, frame))           # a voice that is struck again begins anew
        if velocity > 0:
            down[key] = frame, velocity, serial
    found += [_ended(down, key, max(end, down[key][0])) for key in list(down)]
    return sorted(found, key=lambda n: (n.frame, n.id, n.note))


def _ended(down: dict, key: tuple, frame: int) -> Played:
    begun, velocity, _ = down.pop(key)
    return Played(begun, frame - begun, *key, velocity)


def midi_file(folder: Path) -> tuple[bytes, int]:
    """A session's notes as a MIDI file of a track for each instrument, and how many they are: of drums by the keys of General MIDI. Raises JournalError,
    PatchError.

    Without musical time a tick is a frame, so nothing is rounded but velocities, to 127 steps, and notes between the keys: 120 BPM (240 above
    65 kHz) is only a name. With it, beats are those that were played, and the tempo map is in the file; a tick is a frame at 120 BPM (two above).
    """
    rate, notes, tracks, struck = read_header(journal_path(folder))["rate"], played(folder), {}, []
    slower = 2 if rate // 2 <= LARGEST_DIVISION else 4
    tick, tempos = int, [(0, 1_000_000 // slower)]
    commands = {line.command for line in entries(journal_path(folder))}
    if commands.intersection(MUSICAL):
        session = Session(folder)
        sounded, lines, struck = sequenced(session)
        notes = sorted([*notes, *(Played(*note) for note in sounded)], key=lambda n: (n.frame, n.id, n.note))
        tempo_map = TempoMap(rate, lines)

        def tick(frame):
            return round(tempo_map.beat_at(frame) * (rate // slower))
        tempos = [(round(beat * (rate // slower)), round(60e6 / bpm)) for beat, bpm in tempo_map.steps(session.frames)]
    elif any(command.startswith(GATE) for command in commands):
        struck = strokes(Session(folder), [])
    channels = {id_: CHANNELS[i % len(CHANNELS)] for i, id_ in enumerate(dict.fromkeys(note.id for note in notes))}
    channels |= {id_: DRUMS for _, _, id_, *_ in struck}
    notes += [Played(*stroke) for stroke in struck]
    for note in sorted(notes, key=lambda n: (n.frame, n.id, n.note)):
        channel, key, track = channels[note.id], min(max(round(note.note), 0), 127), tracks.setdefault(note.id, [])
        track.append((tick(note.frame), 1, bytes([0x90 + channel, key, max(1, round(127 * note.velocity))])))
        track.append((max(tick(note.frame + note.frames), tick(note.frame) + 1), 0, bytes([0x80 + channel, key, 0])))
    content = [(id_, [(at, message) for at, _, message in sorted(track)]) for id_, track in tracks.items()]
    return write(content, rate // slower, tempos), len(notes)
