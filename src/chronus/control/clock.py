"""Which frame is heard at which time: from OSC time tags to frames.

The device's ticks come a little early or late; two tags of one client must still lie exactly as many frames apart as their times say.
So one offset between the clock and the frames is kept until it is off by more than a few milliseconds, and only then taken anew.
"""
import time

from chronus.doors.osc.codec import unix_seconds
from chronus.shared import layout as at
from chronus.shared.memory import Memory

TOLERANCE_SECONDS = 0.004


class FrameClock:
    """Follows the device. [control]"""

    def __init__(self, memory: Memory, now=time.time):
        self.memory, self.now, self.offset = memory, now, None

    def position(self) -> float:
        """The frame that is being heard now, by the last tick."""
        memory = self.memory
        rate, block = memory[at.H_RATE], memory[at.H_BLOCK]
        elapsed = min(max(time.monotonic_ns() - memory[at.TICK_NS], 0), 2_000_000_000 * block // rate)
        return (memory[at.PLAYED] - 1) * block + elapsed * rate / 1e9

    def follow(self) -> None:
        """Takes the offset anew if it is off. Once a datagram, so that the tags of one bundle share it even if the host stalls between them."""
        rate = self.memory[at.H_RATE]
        measured = self.position() - self.now() * rate
        if self.offset is None or abs(measured - self.offset) > TOLERANCE_SECONDS * rate:
            self.offset = round(measured)

    def frame_of(self, tag: int) -> int:
        """The frame of a 64-bit NTP time tag, rounded to the nearest, by the offset last followed; may be in the past or negative."""
        return round(unix_seconds(tag) * self.memory[at.H_RATE]) + self.offset
