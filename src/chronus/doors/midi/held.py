"""Which notes sound because MIDI said so. It stands in shared memory, so that the door that comes after a killed one can let go of them."""

from chronus import limits
from chronus.native.words import store_release
from chronus.shared import layout as at
from chronus.shared.memory import Memory

SOUNDS, ENDS = 1, 2                      # a note was begun; its end was sent and is not yet known to have arrived


class Held:
    """At most limits.MIDI_HELD notes, of one instrument each. [midi]"""

    def __init__(self, memory: Memory):
        self.memory, self.rows, self.states = memory, {}, {}
        self.free = []
        for row in reversed(range(limits.MIDI_HELD)):
            place = at.MIDI_HELD + row * at.MIDI_HELD_BYTES
            if memory[place + at.MIDI_KEY]:
                note = memory.text(place + at.MIDI_ID, at.MIDI_ID_BYTES), memory[place + at.MIDI_KEY] - 1
                self.rows[note], self.states[note] = row, SOUNDS
            else:
                self.free.append(row)

    def note(self, id_: str, key: int, begins: bool) -> None:
        """A note is about to begin or to end. Written before it is sent: a note too many that is let go is nothing."""
        note = id_, key
        self.states[note] = SOUNDS if begins else ENDS
        if begins and note not in self.rows and self.free:
            self.rows[note] = self.free.pop()
            place = at.MIDI_HELD + self.rows[note] * at.MIDI_HELD_BYTES
            self.memory.set_text(place + at.MIDI_ID, id_, at.MIDI_ID_BYTES)
            store_release(self.memory.base + place + at.MIDI_KEY, key + 1)

    def sounds(self, id_: str, key: int) -> bool:
        """Whether a note has been begun and was not ended since."""
        return self.states.get((id_, key)) == SOUNDS

    def forget(self, id_: str, key: int) -> None:
        """A note has ended for sure, unless it was begun again."""
        note = id_, key
        if self.states.get(note) == ENDS:
            del self.states[note]
            if note in self.rows:
                row = self.rows.pop(note)
                self.memory[at.MIDI_HELD + row * at.MIDI_HELD_BYTES + at.MIDI_KEY] = 0
                self.free.append(row)

    def all(self) -> list[tuple[str, int]]:
        """Every note that may sound."""
        return list(self.rows)
