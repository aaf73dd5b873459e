"""What is performed, read by who plays along outside: each event once, in order, from whichever replica tells of it; and which frame is heard."""

import struct
from dataclasses import dataclass

from chronus.limits import PERFORMED_ENTRIES, TAP_RING_BLOCKS
from chronus.native.words import load_acquire
from chronus.shared import layout as at
from chronus.shared.log import hash_words
from chronus.shared.memory import Memory

ROW = struct.Struct("<qqqdqqq")
LONGEST_PERIOD = 64                      # blocks that a card asks for at once


@dataclass(frozen=True)
class Event:
    """A NOTE, an EXPRESS, a PANIC, or the SET of a gate, as the log has them, that was applied at a frame; `sequencer` is the key of the one that began it."""

    number: int
    frame: int
    kind: int
    target: int
    value: float
    extra: int
    sequencer: int


class Performed:
    """Both replicas' rings. [any]"""

    def __init__(self, memory: Memory):
        self.memory = memory

    def _ring(self, slot: int) -> int:
        return self.memory[at.H_PERFORMED] + slot * at.PERFORMED_STRIDE

    @property
    def head(self) -> int:
        """How many there were."""
        return max(load_acquire(self.memory.base + self._ring(slot)) for slot in (0, 1))

    def read(self, number: int) -> Event | None:
        """One event, of the slot that is heard if that has it; None where nobody has."""
        chosen = self.memory[at.CHOSEN] & 1
        return self._in(chosen, number) or self._in(1 - chosen, number)

    def _in(self, slot: int, number: int) -> Event | None:
        place = self._place(slot, number)
        if load_acquire(self.memory.base + place + at.PF_NUMBER) != number + 1:
            return None
        content = self.memory.map[place + at.PF_FRAME:place + at.PERFORMED_BYTES]
        *words, check = ROW.unpack(content)
        whole = load_acquire(self.memory.base + place + at.PF_NUMBER) == number + 1 and check == hash_words(content[:at.PF_CHECK - at.PF_FRAME])
        return Event(number, *words) if whole else None

    def _place(self, slot: int, number: int) -> int:
        return self._ring(slot) + at.PERFORMED_ROWS + number % PERFORMED_ENTRIES * at.PERFORMED_BYTES

    def is_gone(self, number: int) -> bool:
        """Whether an event that `read` does not find will not come any more: a replica is beyond it, and does not tell it once more just now."""
        return any(load_acquire(self.memory.base + self._ring(slot)) > number
                   and load_acquire(self.memory.base + self._place(slot, number) + at.PF_NUMBER) != -1 for slot in (0, 1))

    def first_behind(self, number: int) -> int:
        """The first event behind one that is gone."""
        head = self.head
        return next((each for each in range(max(number + 1, head - PERFORMED_ENTRIES), head) if self.read(each)), head)


class Heard:
    """Which frame the device is at. [any]"""

    def __init__(self, memory: Memory):
        self.memory, self.rate, self.block = memory, memory[at.H_RATE], memory[at.H_BLOCK]

    def frame_at(self, seconds: float) -> float:
        """The frame at a moment of the monotonic clock, never beyond what the device has taken.

        What a card asks for at once is heard from the first block of it on.
        """
        number = load_acquire(self.memory.base + at.PLAYED)
        first, taken = number, self._taken_at(number - 1)
        if taken is None:
            return float(number * self.block)
        while number - first < LONGEST_PERIOD and self._taken_at(first - 1) == taken:
            first -= 1
        return min(first * self.block + max(0.0, seconds - taken / 1e9) * self.rate, float(number * self.block))

    def _taken_at(self, number: int) -> int | None:
        """When the device took a block, in ns; None where the tap does not say."""
        memory = self.memory
        place = memory[at.H_TAP] + number % TAP_RING_BLOCKS * memory[at.H_TAP_STRIDE]
        return memory[place + at.TAP_TIME] if number >= 0 and memory[place + at.TAP_NUMBER] == number + 1 else None
