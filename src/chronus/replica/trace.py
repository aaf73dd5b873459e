"""What the sequencers play and which tempos begin, written down as it happens, for a machine that is asked to. Native code, and its reader.

A machine that plays has no trace. Rows are of ROW bytes: of a note the frame, the module, the note, and what `replica.voices` calls `extra`; of a
knob or a gate that is turned the frame, which, and where to; of a tempo the frame (a float64), 0, beats a minute there, where its ramp goes to and
in how many frames.
"""
import numpy as np

from chronus.native.words import copy, load, load_float64, store, store_float64
from chronus.replica.sides import M_ARENA, M_TRACE
from chronus.shared.log import NOTE, SET, TEMPO
from chronus.shared.program import TIME
from chronus.shared.score import Q_EXTRA, Q_KIND, Q_TARGET, Q_VALUE, T_BPM, T_FRAME, T_GOAL, T_RAMP

ROWS, COUNT, HEADER = 0, 8, 16              # how many rows there is room for, and how many happened
KIND, FRAME, TARGET, VALUE, GOAL, EXTRA, ROW = (8 * i for i in range(7))


def next_row(machine, kind):
    """Address of a row for what has just happened; 0 without a trace, or where it is full, which its count tells."""
    trace = load(machine + M_TRACE)
    if trace == 0:
        return 0
    count = load(trace + COUNT)
    store(trace + COUNT, count + 1)
    row = trace + HEADER + count * ROW
    if count >= load(trace + ROWS):
        return 0
    store(row + KIND, kind)
    return row


def note_down(machine, frame):
    """Writes down what is due now, if that is a note or its end, or turns something at once."""
    time = load(machine + M_ARENA) + TIME
    kind = load(time + Q_KIND)
    row = next_row(machine, kind) if kind == NOTE or kind == SET else 0
    if row != 0:
        store(row + FRAME, frame)
        store(row + TARGET, load(time + Q_TARGET))
        store_float64(row + VALUE, load_float64(time + Q_VALUE))
        store(row + EXTRA, load(time + Q_EXTRA))


def note_tempo(machine, clock):
    """Writes down that a tempo begins."""
    row = next_row(machine, TEMPO)
    if row != 0:
        for place, word in ((FRAME, T_FRAME), (VALUE, T_BPM), (GOAL, T_GOAL), (EXTRA, T_RAMP)):
            copy(row + place, clock + word, 8)


class Trace:
    """Room for `rows` rows, filled by a machine."""

    def __init__(self, machine, rows: int):
        self.words = np.zeros((HEADER + rows * ROW) // 8, np.int64)
        self.words[ROWS // 8] = rows
        machine.words[M_TRACE // 8] = self.words.ctypes.data

    def take(self) -> tuple[list[tuple], list[tuple], list[tuple]]:
        """What happened since the last call: notes (frame, module, note, extra), tempos (frame, beats a minute, goal, frames of the ramp), and what was
        turned (frame, knob, value)."""
        count = int(self.words[COUNT // 8])
        assert count <= self.words[ROWS // 8], "more notes at once than a trace has room for"
        self.words[COUNT // 8] = 0
        rows = self.words[HEADER // 8:(HEADER + count * ROW) // 8].reshape(count, ROW // 8)
        floats = rows.view(np.float64)
        notes = [(int(r[FRAME // 8]), int(r[TARGET // 8]), float(f[VALUE // 8]), int(r[EXTRA // 8])) for r, f in zip(rows, floats) if r[0] == NOTE]
        tempos = [(float(f[FRAME // 8]), float(f[VALUE // 8]), float(f[GOAL // 8]), float(f[EXTRA // 8])) for r, f in zip(rows, floats) if r[0] == TEMPO]
        turns = [(int(r[FRAME // 8]), int(r[TARGET // 8]), float(f[VALUE // 8])) for r, f in zip(rows, floats) if r[0] == SET]
        return notes, tempos, turns
