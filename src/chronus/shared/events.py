"""What happened to the processes, in a ring that outlives them: the supervisor writes, control tells people."""

from dataclasses import dataclass

from chronus import limits
from chronus.native import words
from chronus.shared import layout as at
from chronus.shared.memory import Memory

LOST, JOINED, ENDED, FAULT, DISAGREEMENT, RESTING = range(1, 7)
NAMES = {LOST: "replica/lost", JOINED: "replica/joined", ENDED: "process/ended", FAULT: "module/fault",
         DISAGREEMENT: "replica/disagreement", RESTING: "process/resting"}


@dataclass(frozen=True)
class Event:
    """One thing that happened, at a frame of the session."""

    frame: int
    kind: int
    text: str

    @property
    def name(self) -> str:
        return NAMES.get(self.kind, "event")


def write_event(memory: Memory, kind: int, text: str) -> None:
    """Appends an event. [supervisor]"""
    head = memory[at.EVENT_HEAD]
    place = memory[at.H_EVENTS] + (head % limits.EVENT_RING_ENTRIES) * limits.EVENT_BYTES
    memory[place + at.EVENT_FRAME] = memory[at.PLAYED] * memory[at.H_BLOCK]
    memory[place + at.EVENT_KIND] = kind
    memory.set_text(place + at.EVENT_TEXT, text, limits.EVENT_BYTES - at.EVENT_TEXT)
    words.store_release(memory.base + at.EVENT_HEAD, head + 1)


def read_events(memory: Memory, since: int) -> tuple[list[Event], int]:
    """Events from number `since` on (those that the ring still holds), and the number to go on with. [any]"""
    head = words.load_acquire(memory.base + at.EVENT_HEAD)
    found = []
    for number in range(max(since, head - limits.EVENT_RING_ENTRIES + 1, 0), head):
        place = memory[at.H_EVENTS] + (number % limits.EVENT_RING_ENTRIES) * limits.EVENT_BYTES
        found.append(Event(memory[place + at.EVENT_FRAME], memory[place + at.EVENT_KIND],
                           memory.text(place + at.EVENT_TEXT, limits.EVENT_BYTES - at.EVENT_TEXT)))
    return found, head
