"""What should have been played: the same machine, unharmed, over the log as control meant it and the cuts as they were decided."""

import os

import numpy as np

from chronus import limits
from chronus.replica.arena import Kernels, Machine
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.log import ENTRY
from chronus.shared.memory import Memory
from chronus.shared.rings import HASH_FACTOR, HASH_MODULUS

MOST_ENTRIES = 1 << 19


def aligned(size: int) -> np.ndarray:
    raw = np.zeros(size + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    return raw[begin:begin + size]


def hash_of(rows: np.ndarray) -> np.ndarray:
    """`rings.checksum` of each row of 32-bit words."""
    total = np.ones(len(rows), np.int64)
    for column in rows.astype(np.int64).T:
        total = (total * HASH_FACTOR + column) % HASH_MODULUS
    return total


def entries(first: int, frames, kinds, targets, values) -> np.ndarray:
    """Many packed log entries from index `first` on: bytes of shape (n, 64). Made here, not by the code that is tested."""
    rows = np.zeros((len(values), ENTRY.size // 8), np.int64)
    rows[:, 0] = first + np.arange(len(values))
    rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4] = frames, kinds, targets, np.asarray(values, np.float64).view(np.int64)
    rows[:, 7] = hash_of(rows.view(np.uint32)[:, :at.E_CHECK // 4])
    return rows.view(np.uint8).reshape(len(values), at.ENTRY_BYTES)


class Oracle:
    """Blocks in order. `meant` holds the entries as control meant them, `blocks` what has been rendered, `applied` each entry's frame."""

    def __init__(self, folder, programs: list[np.ndarray], rate: int, block: int, first_block: int, first_entry: int, run_block):
        self.memory = Memory.create(folder / "oracle", rate, block, limits.MIN_LEAD)
        self.first_block, self.first_entry, self.block, self.run_block = first_block, first_entry, block, run_block
        self.crumb = np.zeros(1, np.int64)
        for area, words in enumerate(programs):
            self.memory.put_program(area, words, area + 1)
        kernels = Kernels(self.memory)
        kernels.load()
        self.machine = Machine(self.memory, aligned(limits.ARENA_BYTES), kernels, self.crumb.ctypes.data, self.memory.lines(0))
        self.machine.begin(0)
        self.state = self.machine.arena[:pr.ARENA_HEADER].view(np.int64)
        self.state[pr.A_BLOCK // 8], self.state[pr.A_APPLIED // 8] = first_block, first_entry
        self.meant = np.zeros((MOST_ENTRIES, at.ENTRY_BYTES), np.uint8)
        self.blocks, self.checksums, self.applied, self.judged = [], [], [], 0

    def mean(self, index: int, content: np.ndarray) -> None:
        """Notes entries that control is about to append."""
        first = index - self.first_entry
        self.meant[first:first + len(content)] = content

    def render(self, until: int, verdicts: list[int] = ()) -> bytes:
        """The next block, which reads the log up to `until`, with the verdicts that were taken about it."""
        number = self.first_block + len(self.blocks)
        for word in verdicts:
            self.memory[at.VERDICT_WORDS + 8 * self.judged] = word
            self.judged += 1
        for index in range(int(self.state[pr.A_APPLIED // 8]), until):
            place = self.memory[at.H_LOG] + (index % limits.LOG_RING_ENTRIES) * at.ENTRY_BYTES
            entry = self.meant[index - self.first_entry]
            self.memory.bytes[place:place + at.ENTRY_BYTES] = entry
            self.applied.append(max(int(entry.view(np.int64)[at.E_FRAME // 8]), number * self.block))
        self.run_block(self.machine.address, number, until)
        samples = self.machine.arena[pr.OUT:pr.OUT + 4 * at.CHANNELS * self.block]
        self.blocks.append(samples.tobytes())
        self.checksums.append(int(hash_of(samples.view(np.uint32)[None])[0]))
        return self.blocks[-1]

    def close(self) -> None:
        os.close(self.memory.descriptor)
