"""Which beat the engine plays at a moment: what it answers to /time, ten times a second, made even and drawn on.

Its answers are as even as the ticks of the device, which come some milliseconds late now and then, and never early; frames go by evenly. So the frame
at a moment is what the more timely of the last answers say of it, and the beat is drawn on from there.
"""
from collections import deque

ASK_SECONDS = 0.1
ANSWERS = 32                             # 3 s
TIMELY = 0.9                             # the part of them that is less timely than what counts: ticks up to 1.5 ms late leave 0.15 ms
RECENT, LOST_SECONDS = 5, 0.003          # so many answers in a row that are further off than this: the device has lost periods
JUMP_BEATS = 0.25                        # beats were counted anew: nothing else moves them so far from where they were drawn on to


class EngineTime:
    """`rate` frames a second. Moments are seconds of one clock, the caller's."""

    def __init__(self, rate: int):
        self.rate, self.said, self.asked, self.renumbered = rate, None, -ASK_SECONDS, 0
        self._offsets: deque = deque(maxlen=ANSWERS)

    def wants_to_know(self, now: float) -> bool:
        """Whether it is time to ask; True once in ASK_SECONDS."""
        if now - self.asked < ASK_SECONDS:
            return False
        self.asked = now
        return True

    def seconds(self, now: float) -> float:
        """How long until it is time."""
        return max(0.0, self.asked + ASK_SECONDS - now)

    def hear(self, said: dict, seconds: float) -> None:
        """An answer, and the moment that it tells of. `renumbered` counts how often its beats have jumped."""
        offset = said["frame"] - seconds * self.rate
        before = self.beat_at(seconds) if self.said else None
        self._offsets.append(offset)
        recent = list(self._offsets)[-RECENT:]
        if len(recent) == RECENT and min(abs(o - self._offset()) for o in recent) > LOST_SECONDS * self.rate:
            self._offsets.clear()
            self._offsets.extend(recent)
        last, self.said = self.said, said
        if before is not None and abs(self.beat_at(seconds) - before) > JUMP_BEATS + abs(said["bpm"] - last["bpm"]) * (said["unix"] - last["unix"]) / 60.0:
            self.renumbered += 1

    def _offset(self) -> float:
        """Frames between our clock and the engine's."""
        return sorted(self._offsets)[int(TIMELY * len(self._offsets))]

    def beat_at(self, seconds: float) -> float:
        """The beat at a moment near the last answer."""
        frame = seconds * self.rate + self._offset()
        return self.said["beat"] + (frame - self.said["frame"]) * self.said["bpm"] / (60.0 * self.rate)
