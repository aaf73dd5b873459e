"""A MIDI file as a script: lines as they are typed at the prompt, with rests between, each note at its exact frame when it is rendered.

By itself it builds a plain instrument for each channel, and drums for the tenth by the keys of General MIDI; or it plays what is there.
"""
from chronus import limits
from chronus.music.midi_files import Move, Note, Song

RATE = 48_000                            # that scripts are rendered at: rests are whole frames of it, so that none is rounded twice
DRUMS = 10
STROKE_SECONDS = 0.03                    # how long the gate of a drum is open
KEYS_OF_DRUMS = {"kick": (35, 36), "snare": (38, 40), "rim": (37,), "clap": (39,), "cowbell": (56,), "hat": (42, 44, 46), "tom": (41, 43, 45, 47, 48, 50),
                 "cymbal": (49, 51, 52, 53, 55, 57, 59)}
KEY_OF_DRUM = {"kick": 36, "snare": 38, "rim": 37, "clap": 39, "cowbell": 56, "hat": 42, "tom": 45, "cymbal": 49}         # by which it is written
DRUM_OF_KEY = {key: name for name, keys in KEYS_OF_DRUMS.items() for key in keys}
BEND_SEMITONES = 2.0
LONGEST_REST = 3_600                     # seconds, of one line
LONGEST_SONG = 86_400
VOLUME, PAN, DATA, NRPN_LOW, NRPN_HIGH, RPN_LOW, RPN_HIGH = 7, 10, 6, 98, 99, 100, 101
NO_PARAMETER = 127


class ScriptError(ValueError):
    """A song that makes no script; the message says why."""


def script_of(song: Song, title: str, onto: list[str]) -> list[str]:
    """The lines of a script. `onto` are ids of instruments that there are, for the channels in order, the last for all others; without any,
    instruments are built. Raises ScriptError.
    """
    if not song.notes:
        raise ScriptError("there are no notes in it")
    channels = sorted({note.channel for note in song.notes})
    ids = {channel: f"keys{channel}" if not onto else onto[min(i, len(onto) - 1)] for i, channel in enumerate(channels)}
    drums = sorted({_drum(note) for note in song.notes if note.channel == DRUMS}) if not onto else []
    events = [event for note in song.notes for event in _note_lines(song, note, ids, bool(drums))]
    events += _close_drums(events)
    events += [(_frame(song, move), 0, line) for move, line in _moves(song, ids, not onto)]
    lines = [f"# {title}: {len(song.notes)} note{'s' * (len(song.notes) != 1)}, {song.tempos[0][1]:g} BPM" + f", {len(song.tempos) - 1} changes of tempo" * (len(song.tempos) > 1)]
    lines += [line for channel in channels if not onto and channel != DRUMS for line in _instrument(ids[channel])]
    lines += [line for name in drums for line in (f"patch create {name} {name}", f"patch connect {name} out 0.5")]
    lines += ["patch commit"] * (not onto)
    at = 0
    for frame, _, line in sorted(events, key=lambda event: event[:2]):
        lines += _rest(frame - at)
        at = frame
        lines.append(line)
    return [*lines, *_rest(max(0, max(_end_frame(song, note) for note in song.notes) + RATE - at))]


def _frame(song: Song, event: Note | Move) -> int:
    seconds = song.seconds(event.beat)
    if seconds > LONGEST_SONG:
        raise ScriptError("it is longer than a day")
    return round(seconds * RATE)


def _end_frame(song: Song, note: Note) -> int:
    begin, end = _frame(song, note), round(min(song.seconds(note.beat + note.beats), LONGEST_SONG) * RATE)
    return min(max(begin + 1, end), begin + limits.AHEAD_SECONDS * RATE)


def _rest(frames: int) -> list[str]:
    """Lines that let frames pass."""
    whole, left = divmod(frames, LONGEST_REST * RATE)
    return [f"sleep {LONGEST_REST}"] * whole + [f"sleep {left / RATE:.7f}"] * (left > 0)


def _drum(note: Note) -> str:
    return DRUM_OF_KEY.get(note.key, "rim")


def _note_lines(song: Song, note: Note, ids: dict[int, str], with_drums: bool) -> list[tuple]:
    """(frame, order, line) of a note."""
    frame = _frame(song, note)
    if with_drums and note.channel == DRUMS:
        return [(frame, 2, f"gate {_drum(note)} {note.velocity / 127:.4f}")]
    return [(frame, 2, f"note {ids[note.channel]} {note.key} {note.velocity / 127:.6f} {(_end_frame(song, note) - frame) / RATE:.7f}")]


def _close_drums(events: list[tuple]) -> list[tuple]:
    """The gates of drums close again, a frame before the next stroke at the latest: a gate that is open cannot be opened."""
    strokes: dict[str, list[int]] = {}
    for frame, _, line in events:
        if line.startswith("gate "):
            strokes.setdefault(line.split()[1], []).append(frame)
    found = []
    for name, frames in strokes.items():
        frames = sorted(set(frames))
        for frame, following in zip(frames, [*frames[1:], frames[-1] + RATE]):
            found.append((min(frame + round(STROKE_SECONDS * RATE), following - 1), 1, f"gate {name} 0"))
    return found


def _moves(song: Song, ids: dict[int, str], is_built: bool) -> list[tuple[Move, str]]:
    """What is not a note, as far as an instrument has it: the wheel, and of one that is built here the volume and the place."""
    found, chosen, ranges = [], {}, {}
    for move in sorted(song.moves, key=lambda move: move.beat):
        id_, channel = ids.get(move.channel), move.channel
        if move.what == "control" and move.number in (RPN_LOW, RPN_HIGH):
            chosen[channel, move.number] = move.value
        elif move.what == "control" and move.number in (NRPN_LOW, NRPN_HIGH):        # what data entry sets now is the maker's own
            chosen[channel, RPN_LOW] = chosen[channel, RPN_HIGH] = NO_PARAMETER
        elif move.what == "control" and move.number == DATA and chosen.get((channel, RPN_LOW)) == chosen.get((channel, RPN_HIGH)) == 0:
            ranges[channel] = min(move.value, 48)
        elif id_ is None or is_built and channel == DRUMS:
            continue
        elif move.what == "bend":
            found.append((move, f"mod {id_} bend {move.value / 8_192 * ranges.get(channel, BEND_SEMITONES):.5f}"))
        elif is_built and move.what == "control" and move.number == VOLUME:
            found.append((move, f"mod level{channel} gain {(move.value / 127) ** 2:.5f}"))
        elif is_built and move.what == "control" and move.number == PAN:
            found.append((move, f"mod place{channel} position {max(-1.0, (move.value - 64) / 63):.4f}"))
    return found


def _instrument(id_: str) -> list[str]:
    """The lines that build a plain instrument: a saw behind a filter that opens with each note."""
    n = id_.removeprefix("keys")
    return [f"patch create {id_} notes", f"patch set {id_} voices 16", f"patch create saw{n} saw", f"patch set saw{n} freq 0", f"patch create env{n} adsr",
            f"patch set env{n} attack 4", f"patch set env{n} release 150", f"patch create tone{n} filter", f"patch set tone{n} cutoff 300",
            f"patch create level{n} gain", f"patch create place{n} pan", f"patch connect {id_}/freq saw{n}/freq", f"patch connect {id_}/gate env{n}/gate",
            f"patch connect saw{n} env{n}", f"patch connect env{n} tone{n}", f"patch connect env{n} tone{n}/cutoff 3000", f"patch connect tone{n} level{n}",
            f"patch connect level{n} place{n}", f"patch connect place{n} out 0.2"]
