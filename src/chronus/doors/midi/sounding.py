"""Which keys we let sound outside. It stands in shared memory, so that the door that comes after a killed one can let go of them."""

from chronus import limits
from chronus.native.words import store_release
from chronus.shared import layout as at
from chronus.shared.memory import Memory

KEY_BYTES = at.MIDI_PORT - at.MIDI_KEYS


class Sounding:
    """The keys of each channel of a port, which part of its name stands for. At most limits.MIDI_OUTS channels are written down. [midi]"""

    def __init__(self, memory: Memory):
        self.memory, self.rows = memory, {}

    def left(self) -> dict[tuple[str, int], list[int]]:
        """The keys that the door before this one let sound, by port and channel."""
        found, memory = {}, self.memory
        for row in range(at.MIDI_SOUNDING, at.FIXED, at.MIDI_OUT_BYTES):
            if memory[row + at.MIDI_CHANNEL]:
                bits = int.from_bytes(memory.bytes[row + at.MIDI_KEYS:][:KEY_BYTES].tobytes(), "little")
                place = memory.text(row + at.MIDI_PORT, at.MIDI_PORT_BYTES), memory[row + at.MIDI_CHANNEL]
                found.setdefault(place, []).extend(key for key in range(128) if bits >> key & 1)
        return found

    def forget_left(self) -> None:
        """Those are let go."""
        for row in range(at.MIDI_SOUNDING, at.FIXED, at.MIDI_OUT_BYTES):
            self.memory[row + at.MIDI_CHANNEL] = 0

    def begin(self, port: str, channel: int, key: int) -> None:
        """A key is about to sound. Written before it is sent: a key too many that is let go is nothing."""
        row = self.rows.get((port, channel)) or self._new_row(port, channel)
        if row:
            self.memory.bytes[row + at.MIDI_KEYS + key // 8] |= 1 << key % 8

    def end(self, port: str, channel: int, key: int) -> None:
        """A key has been let go."""
        row = self.rows.get((port, channel), 0)
        if row:
            self.memory.bytes[row + at.MIDI_KEYS + key // 8] &= 0xFF ^ 1 << key % 8
            if not self.memory.bytes[row + at.MIDI_KEYS:][:KEY_BYTES].any():
                self.memory[self.rows.pop((port, channel)) + at.MIDI_CHANNEL] = 0

    def _new_row(self, port: str, channel: int) -> int:
        """A free row; 0 where there is none."""
        memory = self.memory
        row = next((row for row in range(at.MIDI_SOUNDING, at.FIXED, at.MIDI_OUT_BYTES) if memory[row + at.MIDI_CHANNEL] == 0), 0)
        if row:
            memory.bytes[row + at.MIDI_KEYS:][:KEY_BYTES] = 0
            memory.set_text(row + at.MIDI_PORT, port, at.MIDI_PORT_BYTES)
            store_release(memory.base + row + at.MIDI_CHANNEL, channel)
            self.rows[port, channel] = row
        return row
