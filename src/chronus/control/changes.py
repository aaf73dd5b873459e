"""How many changes of a sequencer wait for their place in the music: never more than the replicas can keep, since what they dropped would have been answered
as done.

Read in the state of the replica that leads; what the log has and that replica has not read yet is kept here until it has. What is asked for now is read in
a few blocks, maybe behind the next beat, so both moments count.
"""
from collections.abc import Callable

import numpy as np

from chronus import limits
from chronus.control.commands import Refusal
from chronus.native.words import load, load_float64
from chronus.replica.sequencer_table import clock_of, find_sequencer
from chronus.replica.sides import M_ARENA, M_BASE, MACHINE_WORDS
from chronus.replica.tempo import NEAR, WHERE, WHERE_BITS, beat_of_frame, boundary, frame_of, time_at
from chronus.replica.transport import place_for
from chronus.shared import layout as at
from chronus.shared import score as sc
from chronus.shared.log import SCORE, TRANSPORT, Entry, Log
from chronus.shared.memory import Memory
from chronus.shared.program import A_APPLIED, A_BLOCK

SOON_SECONDS = 0.1                          # within which a replica reads what is in the log
STARTS = (sc.START, sc.CONTINUE)


class Changes:
    """`header` finds the arena, or the snapshot, that is newest. [control]"""

    def __init__(self, memory: Memory, header: Callable[[], int], log: Log):
        self.memory, self.header, self.machine = memory, header, np.zeros(MACHINE_WORDS, np.int64)
        self.asked: dict[int, tuple[int, list[list[float]]]] = {}   # of a sequencer, its last score in the log, and what `waiting` said then
        self.started = -1                                           # the last entry that lets anybody run
        for entry in log.entries(memory[header() + A_APPLIED]):
            self.take(entry, entry.index)

    def take(self, entry: Entry, index: int) -> None:
        """An entry has gone into the log."""
        if entry.kind == SCORE:
            self.asked[entry.target] = index, self.waiting(entry.target, entry.extra >> WHERE_BITS, entry.value)
        elif entry.kind == TRANSPORT and entry.value in STARTS:
            self.started = index

    def check(self, key: int, id_: str, where: int, moment: float) -> None:
        """One more change, at the place that `where` names from a frame on, has room. Raises Refusal."""
        for found in self.waiting(key, where, moment):
            if len(found) > limits.SCORE_CHANGES:
                raise Refusal("busy", f"{limits.SCORE_CHANGES} changes of '{id_}' wait already; say this one when bar {self.bar_of(key, found[0])} has begun, "
                                      "where the next of them comes, or for a place before the last of them")

    def waiting(self, key: int, where: int, moment: float) -> list[list[float]]:
        """The beats of what waits once a change is asked for: of what comes sooner, and its own; if all is read at the next frame that is rendered, and if at
        the last that it can be.
        """
        memory, header = self.memory, self.look()
        sequencer, frame = self.find(key), memory[header + A_BLOCK] * memory[at.H_BLOCK]
        index, asked = self.asked.get(key, (-1, []))
        if index < memory[header + A_APPLIED]:
            self.asked.pop(key, None)
            asked = [self.coming(sequencer) if sequencer else []] * 2
        frames = float(frame), frame + SOON_SECONDS * memory[at.H_RATE]
        return [self.waiting_at(sequencer, beats, where, moment, frame, self.started >= memory[header + A_APPLIED]) for beats, frame in zip(asked, frames)]

    def look(self) -> int:
        """Looks at the state that is newest, and says where it is."""
        header = self.header()
        self.machine[M_BASE // 8], self.machine[M_ARENA // 8] = self.memory.base, self.memory.base + header
        return header

    def coming_of(self, key: int) -> list[tuple[int | None, int]]:
        """The place in memory of the score that a sequencer plays, under None, then of those that wait, in their order, each under the bar in which it comes."""
        self.look()
        if not (sequencer := self.find(key)):
            return []
        rows = [(load_float64(sequencer + sc.S_COMING_AT + place), load(sequencer + sc.S_COMING + place))
                for place in range(0, limits.SCORE_CHANGES * sc.COMING_BYTES, sc.COMING_BYTES)]
        found = [(None, load(sequencer + sc.S_SCORE)), *((self.bar_of(key, beat), area) for beat, area in rows if beat < 0.5 * sc.NEVER)]
        return [(bar, area) for bar, area in found if sc.is_area(area)]

    def waiting_at(self, sequencer: int, beats: list[float], where: int, moment: float, frame: float, is_started: bool) -> list[float]:
        """What waits if a change is read at a frame, where `beats` waited before."""
        machine = self.machine.ctypes.data
        clock = clock_of(machine, sequencer) if sequencer else time_at(machine) + sc.CLOCK_AT
        runs, start = (load(sequencer + sc.S_RUNS), load_float64(sequencer + sc.S_START_AT)) if sequencer else (0, sc.NEVER)
        may_run = runs or is_started or frame_of(machine, clock, start) <= frame
        place, counted = where & WHERE if may_run else sc.NOW, moment if frame < moment < sc.LAST_FRAME else frame
        beat = place_for(machine, sequencer, place, counted) if sequencer else boundary(machine, clock, place, counted)
        if place & sc.PLACE == sc.LOOP and not runs:                # nobody knows yet where its passes end
            beat += 1 + (place >> sc.PLACE_BITS)
        return [b for b in beats if b < beat - NEAR and frame_of(machine, clock, b) > frame] + [beat]

    def find(self, key: int) -> int:
        """Address of the sequencer with a key; 0 where there is none, or it is to be deleted, and one that is made anew waits for nothing."""
        place = find_sequencer(self.machine.ctypes.data, key)
        return place if place and load(place + sc.S_DELETED) == 0 else 0

    def coming(self, sequencer: int) -> list[float]:
        """The beats of the scores that come, each once: they move up in their table while it is read."""
        found = {load_float64(sequencer + sc.S_COMING_AT + i * sc.COMING_BYTES) for i in range(limits.SCORE_CHANGES)}
        return sorted(beat for beat in found if beat < 0.5 * sc.NEVER)

    def bar_of(self, key: int, beat: float) -> int:
        """The number of the bar in which a beat of a sequencer's clock is, by the signature of now."""
        machine, sequencer = self.machine.ctypes.data, self.find(key)
        time, frame = time_at(machine), frame_of(machine, clock_of(machine, sequencer) if sequencer else time_at(machine) + sc.CLOCK_AT, beat)
        return bar_number(time, beat_of_frame(machine, time + sc.CLOCK_AT, frame + 1.0))


def bar_number(time: int, beat: float) -> int:
    """The number, from 1, of the bar in which a beat of the session is, by the signature that stands in the state of musical time at `time`."""
    return 1 + round(load_float64(time + sc.Q_BARS)) + int((beat - load_float64(time + sc.Q_BAR_AT)) // load_float64(time + sc.Q_BAR))
