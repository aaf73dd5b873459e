"""Watching: who has ended, who stands still, who runs in a circle, and whether the two replicas agree."""

import time

from chronus import limits, linux
from chronus.native.words import cpu_clock_of
from chronus.replica.loop import MOST_BLOCKS, OVERRUN_NS, TOGETHER_NS, accuse
from chronus.shared.program import CRUMB_OPERATIONS
from chronus.shared import layout as at
from chronus.shared.bell import strike
from chronus.shared.memory import Memory

WITNESS_SECONDS = 2.0                   # how long a witness may take before nobody waits for it
LOOK_NS = 7_000_000                     # a look comes each 5 to 6 ms, so a loop has used no more since the last one
LAST_BREATH_SECONDS = 0.1               # how long a killed process may still be at work: 5 ms where it is alone, 29 ms once


def cpu_time_of(pid: int) -> int | None:
    """CPU time that a process has used, in ns, as old as the scheduler's last tick; None if it is gone."""
    try:
        return time.clock_gettime_ns(cpu_clock_of(pid))
    except OSError:
        return None


class LoopWatch:
    """The second net under an endless loop: the same breadcrumb, and more CPU time than any operation may take. [supervisor]

    Two replicas at the very same operation have less: that is no accident of one of them, and nobody plays on meanwhile. What was used between two
    looks counts for so much at most: where all of a virtual machine stands still, that is the time, as it is counted, of who was at work.
    """

    def __init__(self, memory: Memory):
        self.memory, self.seen = memory, {0: (-1, 0, 0), 1: (-1, 0, 0)}         # breadcrumb, CPU time at the last look, how much of it counts
        self.together_ns = min(OVERRUN_NS, max(TOGETHER_NS, MOST_BLOCKS * 1_000_000_000 * memory[at.H_BLOCK] // memory[at.H_RATE]))

    def looping(self, slot: int, pid: int) -> bool:
        """Whether the slot's process is in a loop now; then its fault record has been written."""
        crumb, used = self.memory[at.slot_word(slot, at.CRUMB)], cpu_time_of(pid)
        if used is None:
            return False
        before, since, counts = self.seen[slot]
        goes_on = crumb == before and crumb % CRUMB_OPERATIONS != 0 and used >= since           # or it is the next process, at the same place
        counts = counts + min(used - since, LOOK_NS) if goes_on else 0
        self.seen[slot] = crumb, used, counts
        together = crumb == self.memory[at.slot_word(1 - slot, at.CRUMB)]
        if counts < (self.together_ns if together else OVERRUN_NS):
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

    def first_difference(self) -> tuple[int, int, int] | None:
        """The first block in which the two slots differ since the last call, and its checksums, or None."""
        memory = self.memory
        until = min(memory[at.slot_word(slot, at.HEAD)] for slot in (0, 1))
        self.next = max(self.next, until - limits.AUDIO_RING_BLOCKS + limits.MAX_LEAD)
        while self.next < until:
            block, places = self.next, [self.place(slot, self.next) for slot in (0, 1)]
            self.next += 1
            sums = [memory[place + at.BLOCK_CHECKSUM] for place in places]
            if all(memory[place + at.BLOCK_NUMBER] == block + 1 for place in places) and sums[0] != sums[1]:
                return block, *sums
        return None

    def forget(self) -> None:
        """Looks no more at what was rendered so far: it is from a replica that was wrong, and who has its place now is not to blame."""
        self.next = max(self.memory[at.slot_word(slot, at.HEAD)] for slot in (0, 1))


def stopped(pid: int) -> bool:
    """Whether somebody has stopped the process (SIGSTOP, a debugger)."""
    return linux.process_state(pid) in ("T", "t")


class Witness:
    """Asks, when the replicas disagree, who of them was wrong, and ends that one with all that it saved. [supervisor]"""

    def __init__(self, memory: Memory):
        self.memory, self.asked = memory, 0.0

    @property
    def asking(self) -> bool:
        return self.asked != 0.0

    def ask(self, block: int, first: int, second: int) -> None:
        memory = self.memory
        memory[at.WITNESS_BLOCK], memory[at.WITNESS_SUM_0], memory[at.WITNESS_SUM_1] = block, first, second
        memory[at.WITNESS_REQUEST] = memory[at.WITNESS_REQUEST] + 1
        strike(memory, at.LOAD_REQUEST)
        self.asked = time.monotonic()

    def answer(self) -> str | None:
        """What came of it, in words, once; the process of the slot that was wrong is ended, and its snapshots count no more."""
        memory = self.memory
        if not self.asking:
            return None
        if memory[at.WITNESS_DONE] != memory[at.WITNESS_REQUEST]:
            if time.monotonic() - self.asked < WITNESS_SECONDS:
                return None
            self.asked = 0.0
            return f"block {memory[at.WITNESS_BLOCK]}: no witness came, so nobody was replaced"
        self.asked = 0.0
        block, slot = memory[at.WITNESS_BLOCK], memory[at.WITNESS_LIAR]
        if slot < 0:
            return f"block {block}: it could not be told which replica was wrong"
        linux.kill_and_wait(memory.pid(f"replica {slot}"), LAST_BREATH_SECONDS)      # or a snapshot that it was writing would be finished behind this
        for index in range(at.SNAPSHOTS_PER_SLOT * slot, at.SNAPSHOTS_PER_SLOT * (slot + 1)):
            memory[memory[at.H_SNAPSHOT] + index * at.SNAPSHOT_STRIDE + at.S_BLOCK] = 0
        return f"block {block}: replica {slot} was wrong, and was replaced"
