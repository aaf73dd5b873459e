"""Where the knobs stand: read in the state of the replica that leads, so it is what sounds, whoever turned them and whatever was taken back.

What the log has and that replica has not read yet counts already. A knob is a float32 there; who set it to a float64 is told that one, and else the
shortest number that means the same.
"""
from collections.abc import Callable
from heapq import heapify, heappop, heappush

import numpy as np

from chronus import limits
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.log import PANIC, Entry, Log
from chronus.shared.memory import Memory


class Knobs:
    """`said` is what each knob was set to last, at once or by a commit, and by which entry of the log. `header` finds the arena, or the snapshot,
    that is newest. [control]
    """

    def __init__(self, memory: Memory, header: Callable[[], int]):
        self.memory, self.header, self.said = memory, header, {}

    def put(self, knob: int, entry: int, value: float) -> None:
        """An entry of the log sets a knob."""
        self.said[knob] = entry, value

    def forget_but(self, knobs) -> None:
        """Of what is no knob any more nothing is remembered."""
        self.said = {knob: self.said[knob] for knob in knobs if knob in self.said}

    def read(self, usual: dict[int, float]) -> dict[int, float]:
        """Where knobs stand; those that nobody plays yet as in `usual`."""
        memory, place = self.memory, self.header()
        applied, comes = memory[place + pr.A_APPLIED], memory[place + pr.A_COMING] >= 0
        targets, told = self.targets(place, np.fromiter(usual, np.int64, len(usual))), {}
        for (knob, value), target in zip(usual.items(), targets):
            entry, said = self.said.get(knob, (-1, value))
            is_said = np.isnan(target) or entry >= applied or comes and entry >= 0 or np.float32(said) == target
            told[knob] = said if is_said else float(str(target))
        return told

    def targets(self, place: int, knobs: np.ndarray) -> np.ndarray:
        """What knobs go to in the state, on the side that is heard; NaN for those that it has not."""
        memory, found = self.memory, np.full(len(knobs), np.nan, np.float32)
        side = memory[place + pr.A_SIDE] & 1
        area = memory[place + pr.A_AREA_0 + 8 * side]
        words = memory.program(area) if 0 <= area < limits.PROGRAM_AREAS else np.zeros(pr.PROGRAM_HEADER // 8, np.int64)
        count, first = int(words[pr.P_KNOB_COUNT // 8]), int(words[pr.P_KEYS // 8]) // 8
        if count:
            keys = words[first:first + 2 * count].reshape(count, 2)
            rows = keys[np.minimum(np.searchsorted(keys[:, 0], knobs), count - 1)]
            floats = memory.floats(place + self.side_at(place, side) + int(words[pr.P_KNOBS // 8]), count * pr.KNOB_BYTES // 4).reshape(count, -1)
            there = rows[:, 0] == knobs
            found[there] = floats[rows[there, 1], pr.K_TARGET // 4]
        return found

    def side_at(self, place: int, side: int) -> int:
        """Where a side begins behind a header: in a snapshot one lies behind the other."""
        memory = self.memory
        if not memory[at.H_SNAPSHOT] <= place < memory[at.H_SNAPSHOT] + 2 * at.SNAPSHOTS_PER_SLOT * at.SNAPSHOT_STRIDE:
            return pr.side_offset(side)
        front = pr.SCHEDULE + memory[place + pr.A_SCHEDULED] * pr.SCHEDULED_BYTES
        area = memory[place + pr.A_AREA_0]
        return front + (int(memory.program(area)[pr.P_STATE_BYTES // 8]) if side and 0 <= area < limits.PROGRAM_AREAS else 0)


class Waiting:
    """How many commands wait for a frame of their own; never more than the replicas can keep: what they dropped would be in the journal. [control]"""

    def __init__(self, memory: Memory, header: int, log: Log):
        self.memory = memory
        count = min(memory[header + pr.A_SCHEDULED], limits.SCHEDULE_ENTRIES)
        self.frames = [memory[header + pr.SCHEDULE + i * pr.SCHEDULED_BYTES + pr.SC_FRAME] for i in range(count)]
        self.frames += [entry.frame for entry in log.entries(memory[header + pr.A_APPLIED]) if entry.frame >= 0]
        heapify(self.frames)

    def has_room(self, count: int) -> bool:
        """Whether so many more can wait."""
        played = self.memory[at.PLAYED] * self.memory[at.H_BLOCK]
        while self.frames and self.frames[0] < played:
            heappop(self.frames)
        return count == 0 or len(self.frames) + count <= limits.SCHEDULE_ENTRIES

    def take(self, entry: Entry) -> None:
        """An entry has gone into the log. A panic forgets what waits."""
        if entry.kind == PANIC:
            self.frames.clear()
        elif entry.frame >= 0:
            heappush(self.frames, entry.frame)
