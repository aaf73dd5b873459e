"""What the sequencers of a session played, and at which tempos: musical time is run again, on a patch that is silent and quick."""

from bisect import bisect_right

import msgspec

from chronus.control.replay import Session
from chronus.music.midi_script import KEY_OF_DRUM
from chronus.music.tempo_map import Line
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import default
from chronus.replica.offline import Offline, without_forgotten
from chronus.replica.trace import Trace
from chronus.shared.log import COMMIT, NOTE, PANIC, SCORE, SET, SIGNATURE, TEMPO, TRANSPORT
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT

MUSICAL_TIME = (NOTE, PANIC, SCORE, TRANSPORT, TEMPO, SIGNATURE)
CHUNK_BLOCKS, TRACE_ROWS = 128, 1 << 17  # 1.4 s of blocks of 512: all that 64 sequencers with a lane play in 64ths at 1,000 BPM is two thirds of the rows


def sequenced(session: Session) -> tuple[list[tuple], list[Line], list[tuple]]:
    """Notes (first frame, how many frames, instrument, note, velocity 0 to 1) that sequencers played on instruments of the patch, the tempos, and
    the strokes of drums."""
    program = compile_patch(default(), session.rate, session.block)
    entries = [entry for entry in session.entries if entry.kind in MUSICAL_TIME]
    offline = Offline([program.words], entries, session.rate, session.block, session.scores)
    trace, begun, found, lines, turns = Trace(offline.machine, TRACE_ROWS), {}, [], [], []
    panics = panics_of(session)
    changes, instruments = playing(session)
    drums = {key for each in instruments for key, (_, drum) in each.items() if drum}
    while offline.next_block * session.block < session.frames:
        offline.run(CHUNK_BLOCKS)
        notes, tempos, turned = trace.take()
        lines += [Line(*tempo) for tempo in tempos if tempo[0] < session.frames]
        turns += [turn for turn in turned if turn[1] in drums]
        for frame, key, note, extra in notes:
            if extra & FULL_VELOCITY and frame < session.frames:
                id_, _ = instruments[bisect_right(changes, frame) - 1].get(key, (None, 0))
                begun[extra >> SERIAL_SHIFT] = frame, id_, note, (extra & FULL_VELOCITY) / FULL_VELOCITY
            elif extra >> SERIAL_SHIFT in begun:
                found.append(ended(begun, extra >> SERIAL_SHIFT, frame, panics))
    found += [ended(begun, serial, session.frames, panics) for serial in list(begun)]
    return [note for note in found if note[2] is not None], lines, strokes(session, turns)


def strokes(session: Session, turns: list[tuple]) -> list[tuple]:
    """What was struck of drums, as notes: by the gates that commands turned, and by `turns` (frame, gate, value). One that is open is not struck again."""
    told = [(entry.frame, entry.target, entry.value) for entry in without_forgotten(session.entries) if entry.kind == SET]
    changes, instruments = playing(session)
    begun, found, panics = {}, [], panics_of(session)
    for frame, key, value in sorted([*turns, *told], key=lambda turn: turn[0]):
        id_, drum = instruments[bisect_right(changes, frame) - 1].get(key, (None, 0))
        if key in begun and (value <= 0.0 or bisect_right(panics, frame) > bisect_right(panics, begun[key][0])):
            found.append(ended(begun, key, frame, panics))
        if drum and value > 0.0 and key not in begun and frame < session.frames:
            begun[key] = frame, id_, float(drum), min(value, 1.0)
    return found + [ended(begun, key, session.frames, panics) for key in list(begun)]


def ended(begun: dict, serial: int, frame: int, panics: list[int]) -> tuple:
    """A note that ended at a frame, or at a panic before it."""
    first, *rest, velocity = begun.pop(serial)
    i = bisect_right(panics, first)
    return first, min([frame, *panics[i:i + 1]]) - first, *rest, velocity


def panics_of(session: Session) -> list[int]:
    return sorted(entry.frame for entry in session.entries if entry.kind == PANIC)


def playing(session: Session) -> tuple[list[int], list[dict[int, tuple[str, int]]]]:
    """From which frame on which modules there are: ids and 0 by their keys; ids and the keys of General MIDI by the gates of drums."""
    patches = [session.header["patch"], *(msgspec.json.decode(row[0]) for row in session.programs.rows[1:])]
    frames = [0, *(entry.frame for entry in session.entries if entry.kind == COMMIT)]
    return frames, [{key_of(module["id"]): (module["id"], 0) for module in patch["modules"]}
                    | {key_of(module["id"], "gate"): (module["id"], KEY_OF_DRUM.get(module["type"], 0)) for module in patch["modules"]} for patch in patches]
