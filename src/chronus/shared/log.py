"""The command log as Python sees it: control appends entries and learns where each was applied.

An entry is 64 bytes: index, frame (-1: at once), kind, target, value, who said it, flags, checksum.
"""
import struct
from collections import deque
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from chronus import limits
from chronus.native import words
from chronus.shared import layout as at
from chronus.shared.memory import Memory
from chronus.shared.rings import HASH_FACTOR, HASH_MODULUS, LOW, ahead

# Kinds. NOTHING is applied to nothing but has its frame and its place in the order. BYPASS stands in no live log: a replay has it where a
# verdict was taken.
SET, PANIC, NOTHING, COMMIT, RETRY, BYPASS, NOTE, SCORE, TRANSPORT, TEMPO, SIGNATURE, EXPRESS = range(12)
GATE, SEQUENCED_GATE = 1, 2             # the `extra` of a SET that opens or closes a gate: by a command, by a sequencer
# what one note can be moved in, by its number; the `extra` of that: the number, then how far, as a fixed-point number with 16 bits behind the point
EXPRESSIONS = ("bend", "pressure", "timbre")
EXPRESSION_SHIFT, EXPRESSION_ONE, EXPRESSION_ZERO = 32, 65_536, 1 << 31
ENTRY = struct.Struct("<qqqqdqqq")


class LogFull(RuntimeError):
    """The replicas have not read so far yet; the command can be sent again a moment later."""


class Entry(NamedTuple):
    """One command. `frame` is where it asks to be applied (-1: at once); `target` is the key of a knob or a module, or a program area.
    The value of a NOTE or an EXPRESS is its note; what musical time is told stands in `replica.sequencer`."""

    kind: int
    target: int
    value: float
    frame: int = -1
    actor: int = 0
    extra: int = 0
    index: int = -1
    applied: int = -1


def expression(which: str, amount: float) -> int:
    """The `extra` that moves a note in one of EXPRESSIONS by so much, -32,768 to 32,767."""
    return (EXPRESSIONS.index(which) << EXPRESSION_SHIFT) + round(amount * EXPRESSION_ONE) + EXPRESSION_ZERO


def expressed(extra: int) -> tuple[str, float]:
    """What `expression` was made of, to the nearest 65,536th."""
    return EXPRESSIONS[extra >> EXPRESSION_SHIFT], ((extra & 0xFFFF_FFFF) - EXPRESSION_ZERO) / EXPRESSION_ONE


def hash_words(content: bytes) -> int:
    """`rings.checksum` over bytes."""
    total = 1
    for (word,) in struct.iter_unpack("<I", content):
        total = (total * HASH_FACTOR + word) % HASH_MODULUS
    return total


def pack(entry: Entry, index: int) -> bytes:
    """The 64 bytes of an entry."""
    head = ENTRY.pack(index, entry.frame, entry.kind, entry.target, entry.value, entry.actor, entry.extra, 0)[:at.E_CHECK]
    return head + struct.pack("<q", hash_words(head))


def rows_of(entries: list[Entry]) -> np.ndarray:
    """Entries as words: int64 of shape (n, 8), in the order of `pack`, with neither index nor checksum."""
    rows = np.zeros((len(entries), ENTRY.size // 8), np.int64)
    if entries:
        kinds, targets, values, frames, actors, extras, _, _ = zip(*entries)
        rows[:, 1:4], rows[:, 5:7] = np.array((frames, kinds, targets), np.int64).T, np.array((actors, extras), np.int64).T
        rows[:, 4] = np.array(values, np.float64).view(np.int64)
    return rows


def sealed(rows: np.ndarray, first: int) -> np.ndarray:
    """What `pack` makes of each of many entries, as words: with their indices, the first of which is `first`, and their checksums."""
    rows = rows.copy()
    rows[:, 0], rows[:, -1] = np.arange(first, first + len(rows)), 1                # 1 is what a checksum begins with
    for word in rows[:, :-1].view(np.uint32).T:
        rows[:, -1] = (rows[:, -1] * HASH_FACTOR + word) % HASH_MODULUS
    return rows


def unpack(content: bytes) -> Entry:
    """Reads 64 bytes. Raises ValueError where they are damaged."""
    index, frame, kind, target, value, actor, extra, check = ENTRY.unpack(content)
    if check != hash_words(content[:at.E_CHECK]):
        raise ValueError(f"log entry {index} is damaged")
    return Entry(kind, target, value, frame, actor, extra, index)


class Log:
    """Control's hold on the log. One writer; `decided` follows what the replicas have cut. [control]"""

    def __init__(self, memory: Memory):
        self.memory, self.plan, self.needed = memory, memory.plan, 0     # what is needed only grows, so an old figure is a safe one
        self.block, self.index = memory[at.DECIDED], memory[at.JOURNALED]       # the next to look at
        self.unsettled: deque[Entry] = deque()                          # what was decided and is not in the journal yet

    @property
    def head(self) -> int:
        return self.memory[at.LOG_HEAD]

    def room(self) -> int:
        """Entries that can be appended before one would be overwritten that a joining replica or the journal still needs."""
        self.needed = min(self.memory[at.JOURNALED], oldest_needed(self.memory))
        return limits.LOG_RING_ENTRIES - 1 - (self.head - self.needed)

    def append(self, entry: Entry, reserve: int = 0, behind: tuple[Entry, ...] = ()) -> int:
        """Appends an entry, and at the very same moment those `behind` it; its index. Raises LogFull where no more than `reserve` have room with them."""
        index, reserve = self.head, reserve + len(behind)
        if index - self.needed >= limits.LOG_RING_ENTRIES - 1 - reserve and self.room() <= reserve:
            raise LogFull("too many commands at once; send again in a moment")
        for i, each in enumerate((entry, *behind), index):
            place = self.plan.log + (i % limits.LOG_RING_ENTRIES) * at.ENTRY_BYTES
            self.memory.map[place:place + at.ENTRY_BYTES] = pack(each, i)
        words.store_release(self.memory.base + at.LOG_HEAD, index + 1 + len(behind))
        return index

    def read(self, index: int) -> Entry:
        place = self.plan.log + (index % limits.LOG_RING_ENTRIES) * at.ENTRY_BYTES
        return unpack(self.memory.map[place:place + at.ENTRY_BYTES])

    def entries(self, first: int) -> list[Entry]:
        """The entries from `first` on that can be read; as far back as the ring has them."""
        found = []
        for index in range(max(first, self.head - limits.LOG_RING_ENTRIES), self.head):
            with suppress(ValueError):
                found.append(self.read(index))
        return found

    def decided(self) -> tuple[Entry, ...]:
        """The entries whose block is settled and that are not journaled yet, in order, with `applied` filled in.

        DECIDED (the next block to look at) and JOURNALED (the next entry) are words of the memory, so a control that comes back goes on
        where the one before it stopped. The caller says by `settle` what is in the journal; DECIDED moves on behind that. What cannot be
        journaled, because the disk is full, is kept, since the ring of blocks comes round in a minute. Where nobody looked for so long, the
        entries of the blocks that are gone are as of the oldest that is there. A damaged entry, which the replicas leave out, is one that does
        nothing.
        """
        while True:
            word = int(self.memory.words[(self.plan.cut >> 3) + self.block % limits.CUT_RING_BLOCKS])
            later = ahead((word >> 32) & LOW, (self.block + 1) & LOW)
            if later < 0:
                return tuple(self.unsettled)
            if later > 0:
                self.block += max(1, 1 + later - limits.CUT_RING_BLOCKS)
                continue
            until = self.index + ahead(word & LOW, self.index & LOW)
            for i in range(self.index, until):
                try:
                    entry = self.read(i)
                except ValueError:
                    entry = Entry(NOTHING, 0, 0.0, index=i)
                self.unsettled.append(entry._replace(applied=max(entry.frame, self.block * self.memory[at.H_BLOCK])))
            self.index, self.block = max(self.index, until), self.block + 1
            if not self.unsettled:
                self.memory[at.DECIDED] = self.block

    def settle(self, index: int) -> None:
        """Says that all entries below `index` are in the journal."""
        self.memory[at.JOURNALED] = index
        if not self.unsettled:              # a control that comes back, whose journal knows more than the one before it could say
            self.index = index
        while self.unsettled and self.unsettled[0].index < index:
            self.unsettled.popleft()
        if not self.unsettled:
            self.memory[at.DECIDED] = self.block


def oldest_needed(memory: Memory) -> int:
    """The first log entry that a replica joining now might read: that of the oldest of the recent snapshots that it might begin with.

    A header that says what cannot be is damaged and counts for nothing, else one bit could close the log.
    """
    head, reach = memory[at.LOG_HEAD], memory[at.PLAYED] + limits.MAX_LEAD + 1
    places = [memory[at.H_SNAPSHOT] + i * at.SNAPSHOT_STRIDE for i in range(2 * at.SNAPSHOTS_PER_SLOT)]
    found = [(memory[place + at.S_BLOCK], memory[place + at.S_APPLIED]) for place in places]
    return min((applied for block, applied in found
                if max(0, reach - 4 * limits.SNAPSHOT_BLOCKS) < block <= reach and head - limits.LOG_RING_ENTRIES < applied <= head),
               default=memory[at.JOURNALED])
