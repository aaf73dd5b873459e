"""Rendering without a clock: the same machine, the same cuts, as fast as the processor goes.

`Offline` runs a program over a list of commands in memory of its own. What comes out are the very bits that were played.
"""
import hashlib
import os
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.native.build import CacheError, native
from chronus.native.words import WORD, copy, flush_denormals, load, restore_denormals
from chronus.replica.arena import Kernels, Machine
from chronus.replica.block import play_block
from chronus.replica.judging import DONE
from chronus.replica.performed import LATER
from chronus.replica.resting import Resting
from chronus.replica.resting import put as put_resting
from chronus.replica.sides import M_ARENA, M_BASE
from chronus.shared import layout as at
from chronus.shared.layout import CHANNELS, H_BLOCK
from chronus.replica.snapshot import load_snapshot
from chronus.replica.tempo import WHERE
from chronus.shared.log import BYPASS, COMMIT, PANIC, SCORE, Entry, rows_of, sealed
from chronus.shared.memory import Memory
from chronus.shared.scores import areas_in, put
from chronus.shared.program import A_APPLIED, A_AREA_0, A_AREA_1, A_COMING, A_JUDGED, A_LATER, A_SCHEDULED, ARENA_HEADER, OUT, P_LINE_BYTES, SC_FRAME, SC_KIND, SCHEDULE, SCHEDULED_BYTES, SIDES

CHUNK_BLOCKS = 1024
Programs = Sequence[np.ndarray]          # the words of each program of a session, in the order of their commits; made when asked for
SIGNATURE = "int64(intp, int64, int64, intp, intp)"
LOAD_SIGNATURE = "int64(intp, int64)"
SEALED = 1 << 14                         # entries that get their checksums at a time
NEVER = np.iinfo(np.int64).max
KEPT = 3                                 # so many commits ago an area may still be needed: of what plays, what fades, and what comes


def run_blocks(machine, first, count, untils, output):
    """Renders `count` blocks from `first` on; block i reads the log up to the i-th of `untils`. How many went well. Native code."""
    mode = flush_denormals()
    samples, done = 4 * CHANNELS * load(load(machine + M_BASE) + H_BLOCK), 0
    while done < count and play_block(machine, first + done, load(untils + 8 * done)) == DONE:
        copy(output + done * samples, load(machine + M_ARENA) + OUT, samples)
        done += 1
    restore_denormals(mode)
    return done


def without_forgotten(entries: list[Entry]) -> list[Entry]:
    """`entries`, in the order of the log, without those that a later PANIC found still waiting: it comes at once, and they were never played. Verdicts never wait."""
    return [entry for entry, is_played in zip(entries, played(rows_of(entries))) if is_played]


def played(rows: np.ndarray) -> np.ndarray:
    """Which entries `without_forgotten` keeps."""
    frames, kinds = rows[:, at.E_FRAME // WORD], rows[:, at.E_KIND // WORD]
    panics = np.append(np.where(kinds == PANIC, frames, NEVER), NEVER)              # behind the last entry there is none
    return (frames <= np.minimum.accumulate(panics[::-1])[::-1][1:]) | (kinds == BYPASS)


class Offline:
    """A machine with memory of its own. `entries` are commands with `frame` set to where they were applied, or what `rows_of` makes of them.

    A COMMIT has in `extra` the number of its program in `programs`; the first program plays from the beginning. A SCORE has in the lower 16 bits
    of `extra` the number of its score, as `shared.scores.pack` makes them, in `scores`. `folder` is that of the session, whose tables are there.
    """

    def __init__(self, programs: Programs, entries: list[Entry] | np.ndarray, rate: int, block: int, scores: Sequence[bytes] = (),
                 folder: Path | None = None):
        self.block, self.programs, self.scores, self.score_at, self.scored = block, programs, scores, {}, 0
        self.rotation, self.logged = range(1, limits.PROGRAM_AREAS), 0      # the areas of commits, in turn; entries that the log had before the first of ours
        self.memory = Memory.create(Path("offline"), rate, block, limits.MIN_LEAD)
        os.close(self.memory.descriptor)                # the mapping has one of its own; this one nobody would close
        self.log = self.memory.words[self.memory.plan.log // WORD:][:limits.LOG_RING_ENTRIES * at.ENTRY_BYTES // WORD].reshape(limits.LOG_RING_ENTRIES, -1)
        self.memory.set_text(at.SESSION_TEXT, str(folder or ""))
        # stable: among one block's the log's order stays; a verdict comes after all that its block read
        rows = entries if isinstance(entries, np.ndarray) else rows_of(entries)
        rows = rows[played(rows)]
        rows = rows[np.lexsort((rows[:, at.E_KIND // WORD] == BYPASS, rows[:, at.E_FRAME // WORD] // block))]
        self.rows, self.blocks_of, kinds = rows, rows[:, at.E_FRAME // WORD] // block, rows[:, at.E_KIND // WORD]
        self.commits = [(self.blocks_of[i], int(i)) for i in np.flatnonzero(kinds == COMMIT)]
        self.scoring = np.flatnonzero(kinds == SCORE).tolist()
        raw = np.zeros(limits.ARENA_BYTES + 64, np.uint8)
        begin = -raw.ctypes.data % 64
        self.crumb, self.kernels = np.zeros(1, np.int64), Kernels(self.memory)
        self.machine = Machine(self.memory, raw[begin:begin + limits.ARENA_BYTES], self.kernels, self.crumb.ctypes.data, self.memory.lines(0))
        self.next_block, self.appended, self.placed, self.ready, self.sealed = 0, 0, 0, 0, rows[:0]
        self.place(programs[0], 0)
        self.machine.begin(0)
        self.run_native = native(run_blocks, SIGNATURE)

    def take_up(self, resting: Resting) -> bool:
        """Goes on from a state, with the entries that are due from there on; False where it cannot be loaded, and then this is of no use any more."""
        for area, words in resting.programs.items():
            try:
                self.place(np.frombuffer(words, np.int64), area)
            except CacheError:
                return False
        put_resting(self.memory, resting)
        if native(load_snapshot, LOAD_SIGNATURE)(self.machine.address, resting.block) != resting.block:
            return False
        arena = self.machine.arena.view(np.int64)
        kept = self.waiting()                           # the rest of what waits is among the entries
        kept = kept[kept[:, SC_KIND // WORD] >= LATER]
        arena[A_SCHEDULED // WORD] = len(kept)
        arena[A_JUDGED // WORD] = 0                     # no engine that is to come has reached a verdict yet
        self.waiting()[:] = kept
        first = int(np.searchsorted(self.blocks_of, resting.block))
        self.rows, self.blocks_of = self.rows[first:], self.blocks_of[first:]
        self.commits = [(block, i - first) for block, i in self.commits if i >= first]
        self.scoring = [i - first for i in self.scoring if i >= first]
        self.next_block, self.logged = resting.block, int(arena[A_APPLIED // WORD])
        self.rotation = [area for area in self.rotation if area not in resting.programs]
        return True

    def place(self, words: np.ndarray, area: int) -> None:
        """Puts a program into an area, and loads its kernels and tables. Raises CacheError where one is gone."""
        self.placed += 1
        self.memory.put_program(area, words, self.placed)
        self.kernels.load()
        if self.placed in self.kernels.failed:
            raise CacheError(f"what was played cannot be played again: {self.kernels.failed[self.placed]}")

    def place_next(self) -> int:
        """Places the programs of the next commits, as many as there are areas for; the first block that must wait for more."""
        first = next((n for n, (block, _) in enumerate(self.commits) if block >= self.next_block), len(self.commits))
        for number in range(self.ready, min(len(self.commits), first + len(self.rotation) - KEPT)):
            self.place(self.programs[int(self.rows[self.commits[number][1], at.E_EXTRA // WORD])], self.area_for(number))
            self.ready = number + 1
        return self.commits[self.ready][0] if self.ready < len(self.commits) else 1 << 62

    def run(self, blocks: int) -> np.ndarray:
        """The next blocks: float32 of shape (blocks * block, 2)."""
        output = np.empty((blocks * self.block, CHANNELS), np.float32)
        done = 0
        while done < blocks:
            ready = self.place_scores()
            if ready <= self.next_block:
                raise RuntimeError(f"more than {limits.SCORES} scores are asked for in block {ready}; let some time pass between them")
            count = self._append(min(CHUNK_BLOCKS, blocks - done, self.place_next() - self.next_block, ready - self.next_block))
            untils = self.logged + np.searchsorted(self.blocks_of, np.arange(self.next_block + 1, self.next_block + count + 1))
            ran = self.run_native(self.machine.address, self.next_block, count, untils.ctypes.data, output[done * self.block:].ctypes.data)
            assert ran == count, f"block {self.next_block + ran} cannot be rendered"
            self.next_block += count
            done += count
        return output

    def place_scores(self) -> int:
        """Places the next scores, as many as there is room for; the first block that must wait for more."""
        if self.scored == len(self.scoring):
            return 1 << 62
        taken = areas_in(self.machine.arena.view(np.int64), 0)
        ahead = [self.score_at[i] for i in self.scoring[:self.scored] if self.blocks_of[i] >= self.next_block]
        free = [area for area in range(limits.SCORES) if area not in taken and area not in ahead]
        while self.scored < len(self.scoring) and free:
            index = self.scoring[self.scored]
            self.score_at[index] = free.pop()
            put(self.memory, self.score_at[index], self.scores[int(self.rows[index, at.E_EXTRA // WORD]) & WHERE], index)
            self.scored += 1
        return self.blocks_of[self.scoring[self.scored]] if self.scored < len(self.scoring) else 1 << 62

    def keep_waiting(self, read: int) -> None:
        """Puts all commands that are not due yet into the schedule, as if all `read` entries of the log had been read: a session can go on from here."""
        arena, kept = self.machine.arena[:SIDES].view(np.int64), self.waiting().copy()      # those that the machine has put off stand first
        later = self.rows[np.searchsorted(self.blocks_of, self.next_block):]
        rows = np.concatenate([kept, later[:, [word // WORD for word in (at.E_FRAME, at.E_KIND, at.E_TARGET, at.E_VALUE, at.E_EXTRA)]]])
        rows = rows[np.argsort(rows[:, SC_FRAME // WORD], kind="stable")][:limits.SCHEDULE_ENTRIES + int(arena[A_LATER // WORD])]
        arena[A_SCHEDULED // WORD], arena[A_APPLIED // WORD] = len(rows), read
        self.waiting()[:] = rows

    def waiting(self) -> np.ndarray:
        """The rows of all that waits in the schedule."""
        words = self.machine.arena[:SIDES].view(np.int64)
        count, first, row = int(words[A_SCHEDULED // WORD]), SCHEDULE // WORD, SCHEDULED_BYTES // WORD
        return words[first:first + count * row].reshape(count, row)

    def in_the_log(self, first: int, until: int) -> np.ndarray:
        """Entries as the machine reads them: a commit names the area that its program is in, a score that of its own. Most get their checksums long before."""
        if until > len(self.sealed):
            more = self.rows[len(self.sealed):max(until, len(self.sealed) + SEALED)]
            self.sealed = np.concatenate([self.sealed, sealed(more, self.logged + len(self.sealed))])
        rows = self.sealed[first:until]
        kinds = rows[:, at.E_KIND // WORD]
        for index in first + np.flatnonzero((kinds == COMMIT) | (kinds == SCORE)):
            row = self.rows[index].copy()
            if row[at.E_KIND // WORD] == SCORE:
                row[at.E_EXTRA // WORD] = row[at.E_EXTRA // WORD] & ~WHERE | self.score_at[int(index)]
            else:
                row[at.E_TARGET // WORD] = self.area_for(bisect_left(self.commits, (self.blocks_of[index], index)))
            rows[index - first] = sealed(row[None], self.logged + index)[0]
        return rows

    def area_for(self, number: int) -> int:
        """The area of the program of commit `number`."""
        return self.rotation[number % len(self.rotation)]

    def line_bytes(self) -> list[tuple[int, int]]:
        """(side, bytes of its delay lines) of the programs that play now."""
        arena = self.machine.arena[:ARENA_HEADER].view(np.int64)
        playing = [(side, int(arena[word // WORD])) for side, word in enumerate((A_AREA_0, A_AREA_1))]
        return [(side, int(self.memory.program(area)[P_LINE_BYTES // WORD])) for side, area in playing if area >= 0]

    def areas(self) -> list[tuple[int, int]]:
        """(area, serial) of the programs that play now, or are about to."""
        arena = self.machine.arena[:ARENA_HEADER].view(np.int64)
        found = {int(arena[word // WORD]) for word in (A_AREA_0, A_AREA_1, A_COMING)} - {-1}
        return [(area, self.memory[at.AREAS + at.LINE * area + at.AREA_SERIAL]) for area in sorted(found)]

    def _append(self, blocks: int) -> int:
        """Puts the entries of the next blocks into the log; how many blocks its ring has room for."""
        while True:
            until = np.searchsorted(self.blocks_of, self.next_block + blocks)
            if until - np.searchsorted(self.blocks_of, self.next_block) < limits.LOG_RING_ENTRIES or blocks == 1:
                break
            blocks //= 2
        if until > self.appended:
            places = (self.logged + np.arange(self.appended, until)) % limits.LOG_RING_ENTRIES
            self.log[places] = self.in_the_log(self.appended, until)
            self.appended = until
        return blocks


def render(programs: Programs, entries: list[Entry] | np.ndarray, rate: int, block: int, first: int, frames: int, progress=None, scores: Sequence[bytes] = (),
           folder: Path | None = None):
    """Yields the samples of `frames` frames from `first` on, in pieces of shape (n, 2). `progress(done, total)` is called between them."""
    offline, end = Offline(programs, entries, rate, block, scores, folder), first + frames
    total = -(-end // block)
    while offline.next_block < total:
        begin = offline.next_block * block
        piece = offline.run(min(CHUNK_BLOCKS, total - offline.next_block))
        if progress:
            progress(offline.next_block, total)
        piece = piece[max(0, first - begin):max(0, end - begin)]
        if len(piece):
            yield piece


def digest(pieces) -> tuple[str, int]:
    """(sha256 over the interleaved little-endian float32 samples, frames)."""
    total, frames = hashlib.sha256(), 0
    for piece in pieces:
        total.update(np.ascontiguousarray(piece, "<f4").data)
        frames += len(piece)
    return total.hexdigest(), frames

