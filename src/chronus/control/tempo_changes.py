"""How many changes of tempo wait for their place in the music: never more than the replicas can keep, since what they dropped would have been answered as done.

Those that come now, at the next beat or at the next bar, and those of the signature, have rows of their own (`limits.NEXT_CHANGES`). What is further ahead is counted
in the state that is newest, and what the log has besides is kept here until no snapshot is older.
"""
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chronus import limits
from chronus.control.commands import Refusal
from chronus.native.words import load, load_float64
from chronus.replica.sides import M_ARENA, M_BASE, MACHINE_WORDS
from chronus.replica.tempo import WHERE, boundary, change_at, time_at
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared import score as sc
from chronus.shared.log import TEMPO, Entry, Log, oldest_needed
from chronus.shared.memory import Memory

SOON_SECONDS = 0.1                          # within which a replica reads what is in the log


class Sent(NamedTuple):
    """A change that is in the log: its entry, the frame that it waits for (-1: none), and of one that waits for none the first beat that it can mean."""

    index: int
    frame: int
    beat: float


class TempoChanges:
    """`header` finds the arena, or the snapshot, that is newest. [control]"""

    def __init__(self, memory: Memory, header: Callable[[], int], log: Log):
        self.memory, self.header, self.machine, self.sent = memory, header, np.zeros(MACHINE_WORDS, np.int64), []
        first = header()
        for i in range(min(memory[first + pr.A_SCHEDULED], limits.SCHEDULE_ENTRIES)):
            row = first + pr.SCHEDULE + i * pr.SCHEDULED_BYTES
            if is_far(memory[row + pr.SC_KIND], memory[row + pr.SC_TARGET], memory[row + pr.SC_EXTRA]):
                self.sent.append(Sent(-1, memory[row + pr.SC_FRAME], 0.0))
        for entry in log.entries(memory[first + pr.A_APPLIED]):
            self.take(entry, entry.index)

    def take(self, entry: Entry, index: int) -> None:
        """An entry has gone into the log."""
        if entry.kind != TEMPO or entry.target != sc.A_TEMPO:
            return
        sooner, later = self.beats(entry.extra & WHERE)
        if entry.frame < 0:                                         # it takes the place of what comes there or behind it
            self.sent = [sent for sent in self.sent if sent.frame >= 0 or sent.beat < later]
        if is_far(entry.kind, entry.target, entry.extra):
            self.sent.append(Sent(index, entry.frame, sooner))

    def forget(self) -> None:
        """A panic: what waits for its frame does not come."""
        self.sent = [sent for sent in self.sent if sent.frame < 0]

    def check(self, where: int, frame: int) -> None:
        """One more change, at the place that `where` names from a frame on (-1: from now on), has room. Raises Refusal."""
        if is_far(TEMPO, sc.A_TEMPO, where) and self.waiting(where, frame) >= limits.TEMPO_CHANGES:
            raise Refusal("busy", f"{limits.TEMPO_CHANGES} changes of tempo wait for their place already; say this one when the next of them has come, or for a place before "
                                  "the last of them: it takes the place of those behind it")

    def waiting(self, where: int, frame: int) -> int:
        """How many wait then besides this one."""
        memory, header = self.memory, self.header()
        applied, begun = memory[header + pr.A_APPLIED], memory[header + pr.A_BLOCK] * memory[at.H_BLOCK]        # what is read meanwhile counts twice
        oldest, gone = oldest_needed(memory), begun - 4 * limits.SNAPSHOT_BLOCKS * memory[at.H_BLOCK]
        self.sent = [sent for sent in self.sent if sent.index >= oldest or sent.frame >= gone]
        beat = self.beats(where)[1] if frame < 0 else sc.NEVER
        unread = [sent for sent in self.sent if sent.frame >= begun or sent.index >= applied and (sent.frame >= 0 or sent.beat < beat)]
        return len(unread) + waiting_before(memory.base + header + pr.TIME, beat)

    def beats(self, where: int) -> tuple[float, float]:
        """The beat of a place from the next frame that is rendered on, and from the last on at which what is said now is read."""
        memory, header = self.memory, self.header()
        self.machine[M_BASE // 8], self.machine[M_ARENA // 8] = memory.base, memory.base + header
        machine, frame = self.machine.ctypes.data, memory[header + pr.A_BLOCK] * memory[at.H_BLOCK]
        clock = time_at(machine) + sc.CLOCK_AT
        return boundary(machine, clock, where, frame), boundary(machine, clock, where, frame + round(SOON_SECONDS * memory[at.H_RATE]))


def waiting_before(time: int, beat: float) -> int:
    """How many rows are taken of those at an address, but for changes of tempo at a beat or behind it, which another one there takes the place of."""
    rows = (change_at(time, i) for i in range(min(load(time + sc.Q_CHANGES), sc.CHANGE_ROWS)))
    return sum(load(row + sc.C_KIND) != TEMPO or load_float64(row + sc.C_BEAT) < beat for row in rows)


def is_far(kind: int, target: int, extra: int) -> bool:
    """Whether an entry is a change of tempo that has no row of its own: behind the next beat or bar."""
    return kind == TEMPO and target == sc.A_TEMPO and (extra & WHERE) >> sc.PLACE_BITS > 0
