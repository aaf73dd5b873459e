"""Our clock for other machines: 24 clocks a quarter from the engine's tempo, and start, song position, continue and stop as sequencers run or not.

The song's position is the engine's beat. Sequencers that are found running let the others run from the next sixteenth on.
"""
from chronus.doors.midi.engine_time import EngineTime
from chronus.music.midi_clock import MidiClockOut

SIXTEENTH = 0.25                         # beats: what a song position can say
SLEEP_SECONDS = 0.1


class Sending:
    """The clock that goes to the ports which the caller has. Moments are seconds of the caller's clock."""

    def __init__(self, engine: EngineTime):
        self.engine, self.clock, self.renumbered = engine, None, 0

    def due(self, now: float) -> bytes:
        """What is to be sent now."""
        if self.engine.said is None:
            return b""
        found = b""
        if self.clock is None or self.engine.renumbered != self.renumbered:
            found = self.stop()
            self.clock, self.renumbered = MidiClockOut(self.engine.beat_at, now), self.engine.renumbered
        found += b"".join(content for _, content in self.clock.due(now))
        runs = self.engine.said["runs"] > 0
        if runs and not self.clock.running and self.clock.next_beat >= 0.0 and self.clock.next_beat % SIXTEENTH == 0.0:
            found += self.clock.start(self.clock.next_beat)
        return found if runs else found + self.stop()

    def stop(self) -> bytes:
        """Lets the others stop, if they run."""
        return self.clock.stop() if self.clock is not None and self.clock.running else b""

    def seconds(self, now: float) -> float:
        """How long it is to the next clock."""
        if self.clock is None:
            return SLEEP_SECONDS
        return min(max((self.clock.next_beat - self.engine.beat_at(now)) * 60.0 / self.engine.said["bpm"], 0.0), SLEEP_SECONDS)
