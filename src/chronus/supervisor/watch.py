"""Watching: who has ended, who stands still, who runs in a circle, and whether the two replicas agree."""

import time

from chronus import limits, linux
from chronus.native.words import cpu_clock_of
from chronus.replica.loop import OVERRUN_NS, accuse
from chronus.replica.machine import CRUMB_OPERATIONS
from chronus.shared import layout as at
from chronus.shared.memory import Memory


class LoopWatch:
    """The second net under an endless loop: the same breadcrumb, and more CPU time than any operation may take. [supervisor]"""

    def __init__(self, memory: Memory):
        self.memory, self.seen = memory, {0: (-1, 0), 1: (-1, 0)}

    def looping(self, slot: int, pid: int) -> bool:
        """Whether the slot's process is in a loop now; then its fault record has been written."""
        crumb = self.memory[at.slot_word(slot, at.CRUMB)]
        try:
            used = time.clock_gettime_ns(cpu_clock_of(pid))
        except OSError:
            return False
        if crumb != self.seen[slot][0] or crumb % CRUMB_OPERATIONS == 0:
            self.seen[slot] = crumb, used
            return False
        if used - self.seen[slot][1] < OVERRUN_NS:
            return False
        if self.memory[at.slot_word(slot, at.FAULT_BLOCK)] < 0:
            accuse(self.memory.base, slot, crumb)
        return True


class Comparison:
    """Follows the checksums of both slots, block by block. [supervisor]"""

    def __init__(self, memory: Memory):
        self.memory, self.next = memory, memory[at.PLAYED]

    def place(self, slot: int, block: int) -> int:
        ring = slot * limits.AUDIO_RING_BLOCKS + block % limits.AUDIO_RING_BLOCKS
        return self.memory[at.H_AUDIO] + ring * self.memory[at.H_AUDIO_STRIDE]

    def first_difference(self) -> int | None:
        """The first block in which the two slots differ since the last call, or None."""
        memory = self.memory
        until = min(memory[at.slot_word(slot, at.HEAD)] for slot in (0, 1))
        self.next = max(self.next, until - limits.AUDIO_RING_BLOCKS + limits.MAX_LEAD)
        while self.next < until:
            block, places = self.next, [self.place(slot, self.next) for slot in (0, 1)]
            self.next += 1
            sums = [memory[place + at.BLOCK_CHECKSUM] for place in places]
            if all(memory[place + at.BLOCK_NUMBER] == block + 1 for place in places) and sums[0] != sums[1]:
                return block
        return None


def stopped(pid: int) -> bool:
    """Whether somebody has stopped the process (SIGSTOP, a debugger)."""
    return linux.process_state(pid) in ("T", "t")
