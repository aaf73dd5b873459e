"""One beat with machines that speak MIDI clock: the engine follows a cable's clock, or the cables are sent the engine's.

`/time` says where the engine is, `/tempo` moves it, as for any client. Who follows takes their tempo and slides onto their beat.
"""
import time

from chronus import limits
from chronus.music.midi_clock import ClockFollower, MidiClockOut
from chronus.music.steering import steer

OFF, IN, OUT = "off", "in", "out"
LOOK_SECONDS = 0.25                      # how often it is looked where the engine is
SAME_BPM = 0.02                          # what 3 ms of jitter leave of a tempo: a smaller difference is none
JUMP_BEATS = 1.0                         # an engine that is found so far from where it was awaited has another beat


class Sync:
    """`mode` is off, in or out. `now` counts seconds, `wall` is the Unix time."""

    def __init__(self, now=time.monotonic, wall=time.time):
        self.now, self.wall = now, wall
        self.mode, self.engine, self.sender, self.first_beat, self.looked = OFF, None, None, 0.0, -LOOK_SECONDS

    def set_mode(self, mode: str) -> bytes:
        """Another mode; what the cables are to be sent because of it."""
        farewell = self.sender.stop() if self.sender is not None and mode != OUT else b""
        if mode != self.mode:
            self.mode, self.engine, self.sender = mode, None, None
        return farewell

    def wants_time(self) -> bool:
        """Whether `/time` is to be asked now."""
        if self.mode == OFF or self.now() - self.looked < LOOK_SECONDS:
            return False
        self.looked = self.now()
        return True

    def hear(self, said: dict, clock: ClockFollower | None) -> tuple[list[tuple], bytes]:
        """Where the engine is, as `/time` has it, and the clock of a cable, if one has any: commands for the engine, bytes for the cables."""
        at = said["unix"] - self.wall() + self.now()
        before, self.engine = self._beat_at(at), (at, said["beat"], said["bpm"] / 60.0)
        if self.mode == OUT and (before is None or abs(said["beat"] - before) > JUMP_BEATS):
            return [], self._begin(said["beats_per_bar"])
        if self.mode != IN or clock is None or clock.tempo is None or (theirs := clock.beat_at(at)) is None:
            return [], b""
        wanted = steer(clock.tempo, said["beat"], theirs, said["beats_per_bar"] if clock.running else 1.0)
        wanted = min(max(wanted, limits.TEMPOS[0]), limits.TEMPOS[1])
        return ([("/tempo", wanted)] if abs(wanted - said["bpm"]) > SAME_BPM else []), b""

    def transport(self, kind: str) -> list[tuple]:
        """The commands that a start or a stop of theirs stands for."""
        verb = {"start": "/seq/start", "continue": "/seq/start", "stop": "/seq/stop"}.get(kind)
        return [(verb,)] if verb and self.mode == IN else []

    def due(self) -> bytes:
        """The clocks to send by now."""
        return b"" if self.sender is None else b"".join(content for _, content in self.sender.due(self.now()))

    @property
    def seconds(self) -> float:
        """Until there is something to do: a look, or the next clock."""
        if self.sender is None:
            return LOOK_SECONDS
        return max(0.0, self.sender.seconds_to_next(self.now(), self.engine[2]))

    def _beat_at(self, seconds: float) -> float | None:
        if self.engine is None:
            return None
        at, beat, per_second = self.engine
        return beat + (seconds - at) * per_second

    def _begin(self, beats_per_bar: float) -> bytes:
        """Their song begins at our next bar."""
        now = self.now()
        self.first_beat = -(-self._beat_at(now) // beats_per_bar) * beats_per_bar
        self.sender = MidiClockOut(lambda seconds: self._beat_at(seconds) - self.first_beat, now)
        return self.sender.start()
