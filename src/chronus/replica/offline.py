"""Rendering without a clock: the same machine, the same cuts, as fast as the processor goes.

`Offline` runs a program over a list of commands in memory of its own. What comes out are the very bits that were played.
"""
import hashlib
from bisect import bisect_left
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.native.build import native
from chronus.native.words import WORD, copy, flush_denormals, load, restore_denormals
from chronus.replica.arena import Machine, load_kernels
from chronus.replica.machine import M_ARENA, M_BASE, M_PROGRAM, run_block
from chronus.shared import layout as at
from chronus.shared.layout import CHANNELS, H_BLOCK
from chronus.shared.log import PANIC, Entry, pack
from chronus.shared.memory import Memory
from chronus.shared import program as program_at
from chronus.shared.program import P_OUT

CHUNK_BLOCKS = 1024
SIGNATURE = "void(intp, int64, int64, intp, intp)"


def run_blocks(machine, first, count, untils, output):
    """Renders `count` blocks from `first` on; block i reads the log up to the i-th of `untils`. Native code."""
    mode = flush_denormals()
    samples = 4 * CHANNELS * load(load(machine + M_BASE) + H_BLOCK)
    for i in range(count):
        run_block(machine, first + i, load(untils + 8 * i))
        copy(output + i * samples, load(machine + M_ARENA) + load(load(machine + M_PROGRAM) + P_OUT), samples)
    restore_denormals(mode)


def without_forgotten(entries: list[Entry]) -> list[Entry]:
    """`entries`, in the order of the log, without those that a later PANIC found still waiting: it comes at once, and they were never played."""
    kept, earliest = [], None
    for entry in reversed(entries):
        if earliest is None or entry.frame <= earliest:
            kept.append(entry)
        if entry.kind == PANIC:
            earliest = entry.frame if earliest is None else min(earliest, entry.frame)
    return kept[::-1]


class Offline:
    """A machine with memory of its own. `entries` are commands with `frame` set to where they were applied."""

    def __init__(self, program: np.ndarray, entries: list[Entry], rate: int, block: int):
        self.block = block
        self.memory = Memory.create(Path("offline"), rate, block, limits.MIN_LEAD)
        self.entries = sorted(without_forgotten(entries), key=lambda entry: entry.frame // block)     # stable: among one block's the log's order stays
        self.blocks_of = [entry.frame // block for entry in self.entries]
        raw = np.zeros(limits.ARENA_BYTES + 64, np.uint8)
        begin = -raw.ctypes.data % 64
        self.crumb = np.zeros(1, np.int64)
        self.machine = Machine(self.memory.base, program, raw[begin:begin + limits.ARENA_BYTES], load_kernels(program),
                               self.crumb.ctypes.data)
        self.next_block, self.appended = 0, 0
        self.run_native = native(run_blocks, SIGNATURE)

    def run(self, blocks: int) -> np.ndarray:
        """The next blocks: float32 of shape (blocks * block, 2)."""
        output = np.empty((blocks * self.block, CHANNELS), np.float32)
        done = 0
        while done < blocks:
            count = self._append(min(CHUNK_BLOCKS, blocks - done))
            untils = np.array([bisect_left(self.blocks_of, self.next_block + i + 1) for i in range(count)], np.int64)
            self.run_native(self.machine.address, self.next_block, count, untils.ctypes.data, output[done * self.block:].ctypes.data)
            self.next_block += count
            done += count
        return output

    def keep_waiting(self, read: int) -> None:
        """Puts all commands that are not due yet into the schedule, as if all `read` entries of the log had been read: a session can go on from here."""
        arena = self.machine.arena.view(np.int64)
        table = int(self.machine.program[program_at.P_SCHEDULE // WORD]) // WORD
        later = sorted(self.entries[bisect_left(self.blocks_of, self.next_block):], key=lambda entry: entry.frame)[:limits.SCHEDULE_ENTRIES]
        for i, entry in enumerate(later):
            row = table + i * program_at.SCHEDULED_BYTES // WORD
            arena[row:row + 3] = entry.frame, entry.kind, entry.target
            arena[row + 3:row + 4].view(np.float64)[0] = entry.value
        arena[program_at.A_SCHEDULED // WORD], arena[program_at.A_APPLIED // WORD] = len(later), read

    def _append(self, blocks: int) -> int:
        """Puts the entries of the next blocks into the log; how many blocks its ring has room for."""
        while True:
            until = bisect_left(self.blocks_of, self.next_block + blocks)
            if until - bisect_left(self.blocks_of, self.next_block) < limits.LOG_RING_ENTRIES or blocks == 1:
                break
            blocks //= 2
        log, size = self.memory.plan.log, at.ENTRY_BYTES
        for index in range(self.appended, until):
            place = log + (index % limits.LOG_RING_ENTRIES) * size
            self.memory.map[place:place + size] = pack(self.entries[index], index)
        self.appended = max(self.appended, until)
        return blocks


def render(program: np.ndarray, entries: list[Entry], rate: int, block: int, first: int, frames: int, progress=None):
    """Yields the samples of `frames` frames from `first` on, in pieces of shape (n, 2). `progress(done, total)` is called between them."""
    offline, end = Offline(program, entries, rate, block), first + frames
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

