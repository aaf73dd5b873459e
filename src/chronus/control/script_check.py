"""What a script asks of musical time, run before it is rendered, without sound: the line of which the replicas would lose something is refused, as an engine refuses it."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.control.commands import Refusal
from chronus.control.tempo_changes import is_far, waiting_before
from chronus.native.build import native
from chronus.native.words import load, load_float64, store
from chronus.replica.offline import without_forgotten
from chronus.replica.sequencer import take_due
from chronus.replica.sequencer_table import find_sequencer
from chronus.replica.sides import M_ARENA, M_BASE, MACHINE_WORDS
from chronus.replica.tempo import NEAR, WHERE, begin_time, boundary
from chronus.replica.transport import direct, silence
from chronus.shared import score as sc
from chronus.shared.log import PANIC, SCORE, SIGNATURE, TEMPO, TRANSPORT, Entry
from chronus.shared.memory import Memory
from chronus.shared.program import TIME
from chronus.shared.scores import areas_in, put, text_in

MUSICAL_TIME = (PANIC, SCORE, TRANSPORT, TEMPO, SIGNATURE)
ALWAYS_ROOM = limits.SCORES - limits.SEQUENCERS * (1 + limits.SCORE_CHANGES)      # for so many scores in a block, whatever plays and is to come


class LineRefusal(Refusal):
    """A line of a script that cannot be played; `line` is its number."""

    def __init__(self, code: str, message: str, line: int):
        super().__init__(code, message)
        self.line = line


def check(entries: list[Entry], scores: list[bytes], rate: int, block: int) -> None:
    """Entries of a script in the order of their frames, the line of each as its `actor`: nothing of them is lost. Raises LineRefusal."""
    waiting = Counter()
    for entry in entries:
        waiting[entry.frame // block] += entry.frame % block != 0
        if waiting[entry.frame // block] > limits.SCHEDULE_ENTRIES:
            raise LineRefusal("busy", f"more than {limits.SCHEDULE_ENTRIES} commands lie within one block of {block} frames; sleep a little between them", entry.actor)
    far = Counter(entry.target for entry in entries if entry.kind == SCORE and entry.extra & ~WHERE)
    said = Counter(entry.frame // block for entry in entries if entry.kind == SCORE)
    if max(far.values(), default=0) > limits.SCORE_CHANGES or max(said.values(), default=0) > ALWAYS_ROOM or sum(is_far(entry.kind, entry.target, entry.extra) for entry in entries) > limits.TEMPO_CHANGES:
        Trial(scores, rate, block).run(without_forgotten(entries))


class Trial:
    """Musical time by itself."""

    def __init__(self, scores: list[bytes], rate: int, block: int):
        self.scores, self.frame, self.memory = scores, 0, Memory.create(Path("script"), rate, block, limits.MIN_LEAD)
        self.block, self.begun, self.room, self.said = block, -1, 0, 0
        os.close(self.memory.descriptor)                # the mapping has one of its own
        self.arena, self.words = np.zeros(limits.ARENA_BYTES // 8, np.int64), np.zeros(MACHINE_WORDS, np.int64)
        self.words[M_BASE // 8], self.words[M_ARENA // 8] = self.memory.base, self.arena.ctypes.data
        self.machine, self.time = self.words.ctypes.data, self.arena.ctypes.data + TIME
        begin_time(self.machine)
        self.take_due = native(take_due, "int64(intp, int64)")

    def run(self, entries: list[Entry]) -> None:
        """Raises LineRefusal."""
        for entry in entries:
            if entry.kind in MUSICAL_TIME:
                self.begin(entry.frame // self.block)
                self.until(entry.frame)
                if entry.kind == PANIC:
                    silence(self.machine)
                elif entry.kind == SCORE:
                    self.score(entry)
                else:
                    self.check_tempo(entry)
                    direct(self.machine, entry.kind, entry.target, entry.value, entry.extra)

    def begin(self, block: int) -> None:
        """Plays up to a block, and counts the scores that have room in it: those that play or are to come when it begins keep their places until it ends."""
        if block != self.begun:
            self.until(block * self.block)
            self.begun, self.said, self.room = block, 0, limits.SCORES - sum(area >= 0 for area in areas_in(self.arena, 0))

    def until(self, frame: int) -> None:
        """Plays up to a frame, which is not played yet."""
        while self.frame < frame:
            store(self.time + sc.Q_NOW, self.frame)
            for _ in range(limits.EVENTS_AT_ONCE):
                if self.take_due(self.machine, self.frame) == 0:
                    break
            self.frame = min(max(load(self.time + sc.Q_NEXT), self.frame + 1), frame)
        store(self.time + sc.Q_NOW, frame)

    def score(self, entry: Entry) -> None:
        """A sequencer is told what to play."""
        self.said += 1
        if self.said > self.room:
            raise LineRefusal("busy", f"more than {self.room} patterns are changed within one block of {self.block} frames, and beside those that play there is no more room; "
                                      "sleep a little between them", entry.actor)
        taken, waited = areas_in(self.arena, 0), self.coming(entry.target)
        area = next(area for area in range(limits.SCORES) if area not in taken)
        put(self.memory, area, self.scores[entry.extra & WHERE], 1)
        direct(self.machine, entry.kind, entry.target, entry.value, area | entry.extra & ~WHERE)
        waits = self.coming(entry.target)
        if len(waited) == len(waits) == limits.SCORE_CHANGES and waited[:-1] == waits[:-1] and waits[-1] > waited[-1] + NEAR:
            raise LineRefusal("busy", f"{limits.SCORE_CHANGES} changes of '{text_in(self.memory, area)['id']}' wait already; say this one behind a `sleep`, when the next "
                                      "of them has come, or for a place before the last of them", entry.actor)

    def coming(self, key: int) -> list[float]:
        """The beats at which a sequencer changes."""
        place = find_sequencer(self.machine, key)
        beats = [load_float64(place + sc.S_COMING_AT + i * sc.COMING_BYTES) for i in range(limits.SCORE_CHANGES)] if place else []
        return [beat for beat in beats if beat < sc.NEVER]

    def check_tempo(self, entry: Entry) -> None:
        """A change of tempo has room, as `control.tempo_changes` counts it."""
        if not is_far(entry.kind, entry.target, entry.extra):
            return
        if waiting_before(self.time, boundary(self.machine, self.time + sc.CLOCK_AT, entry.extra & WHERE, entry.frame)) >= limits.TEMPO_CHANGES:
            raise LineRefusal("busy", f"{limits.TEMPO_CHANGES} changes of tempo wait for their place already; say this one behind a `sleep`, when the next of them has come",
                              entry.actor)
