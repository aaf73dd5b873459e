"""What the sequencers of a session played, and at which tempos: musical time is run again, on a patch that is silent and quick."""

from bisect import bisect_right

import msgspec

from chronus.control.replay import Session
from chronus.music.tempo_map import Line
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import default
from chronus.replica.offline import Offline
from chronus.replica.trace import Trace
from chronus.replica.voices import FULL_VELOCITY, SERIAL_SHIFT
from chronus.shared.log import COMMIT, NOTE, PANIC, SCORE, SIGNATURE, TEMPO, TRANSPORT
from chronus.shared.program import key_of

MUSICAL_TIME = (NOTE, PANIC, SCORE, TRANSPORT, TEMPO, SIGNATURE)
CHUNK_BLOCKS, TRACE_ROWS = 256, 1 << 17  # 2.7 s of blocks of 512: all that 64 sequencers play in 64ths at 1,000 BPM is a tenth of the rows


def sequenced(session: Session) -> tuple[list[tuple], list[Line]]:
    """Notes (first frame, how many frames, instrument, note, velocity 0 to 1) that sequencers played on instruments of the patch, and the tempos."""
    program = compile_patch(default(), session.rate, session.block)
    entries = [entry for entry in session.entries if entry.kind in MUSICAL_TIME]
    offline = Offline([program.words], entries, session.rate, session.block, session.scores)
    trace, begun, found, lines = Trace(offline.machine, TRACE_ROWS), {}, [], []
    panics = sorted(entry.frame for entry in entries if entry.kind == PANIC)
    changes, instruments = playing(session)
    while offline.next_block * session.block < session.frames:
        offline.run(CHUNK_BLOCKS)
        notes, tempos = trace.take()
        lines += [Line(*tempo) for tempo in tempos if tempo[0] < session.frames]
        for frame, key, note, extra in notes:
            if extra & FULL_VELOCITY and frame < session.frames:
                id_ = instruments[bisect_right(changes, frame) - 1].get(key)
                begun[extra >> SERIAL_SHIFT] = frame, id_, note, (extra & FULL_VELOCITY) / FULL_VELOCITY
            elif extra >> SERIAL_SHIFT in begun:
                found.append(ended(begun, extra >> SERIAL_SHIFT, frame, panics))
    found += [ended(begun, serial, session.frames, panics) for serial in list(begun)]
    return [note for note in found if note[2] is not None], lines


def ended(begun: dict, serial: int, frame: int, panics: list[int]) -> tuple:
    """A note that ended at a frame, or at a panic before it."""
    first, *rest, velocity = begun.pop(serial)
    i = bisect_right(panics, first)
    return first, min([frame, *panics[i:i + 1]]) - first, *rest, velocity


def playing(session: Session) -> tuple[list[int], list[dict[int, str]]]:
    """From which frame on which modules there are, by their keys."""
    patches = [session.header["patch"], *(msgspec.json.decode(row[0]) for row in session.programs.rows[1:])]
    frames = [0, *(entry.frame for entry in session.entries if entry.kind == COMMIT)]
    return frames, [{key_of(module["id"]): module["id"] for module in patch["modules"]} for patch in patches]
