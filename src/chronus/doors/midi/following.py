"""The clock of another machine, followed: its tempo is ours, its beat is slid onto, its start, stop and song position start, stop and move us.

Makes commands like any client; times are seconds of the caller's clock, and `unix` says what one of them is in Unix time.
"""
from collections.abc import Callable

from chronus import limits
from chronus.doors.midi.engine_time import EngineTime
from chronus.music.midi_clock import CLOCKS_PER_BEAT, PAUSE_SECONDS, ClockFollower
from chronus.music.steering import steer

SAME_BPM = 0.005                         # a tempo that differs by less is not sent
NEAR_SECONDS = 0.0001                    # both beats are means, so that even a small error is one
SUDDEN, SURE = 0.03, 48                  # a tempo that is another one by this part counts from so many clocks on: a stall of ours is none
SETTLED_SECONDS = 0.3                    # how long a tempo or a beat that we asked for may take until /time tells it


class Following:
    """One cable's clock. `take` gets its messages behind `clock`, which has taken them already; `look` is called with each answer to /time."""

    def __init__(self, clock: ClockFollower, unix: Callable[[float], float]):
        self.clock, self.unix, self.awaited = clock, unix, ""
        self.heard = self.moved = self.asked = float("-inf")
        self.bpm = self.theirs = 0.0

    def runs(self, now: float) -> bool:
        """Whether clocks come."""
        return now - self.heard < PAUSE_SECONDS

    def take(self, kind: str, seconds: float) -> list[tuple]:
        """What a message lets us do: a start or continue is carried out by the clock that comes next."""
        if kind == "stop":
            self.awaited = ""
            return [("/seq/stop", None, "now")]
        if kind in ("start", "continue"):
            self.awaited = kind
        if kind != "clock":
            return []
        self.heard = seconds
        kind, self.awaited = self.awaited, ""
        return self._begin(kind, seconds) if kind else []

    def _begin(self, kind: str, seconds: float) -> list[tuple]:
        """The first clock of a song that starts or goes on. Where it should have come by the others is better than where it came."""
        beat, tempo = self.clock.next_beat - 1 / CLOCKS_PER_BEAT, self.clock.tempo
        if tempo is not None:
            seconds -= (self.clock.beat_at(seconds) - beat) * 60.0 / tempo
        self.moved = seconds
        commands = [("/tempo/beat", beat, self.unix(seconds))] if self.clock.knows_beat else []
        return [*commands, ("/seq/start", None, "nearest") if kind == "start" else ("/seq/continue",)]

    def look(self, now: float, engine: EngineTime) -> list[tuple]:
        """The tempo to play, where that is another than the one we play."""
        if self.clock.tempo is None or not self.runs(now):
            return []
        wanted = self.clock.tempo
        if self.theirs and abs(wanted / self.theirs - 1.0) > SUDDEN and self.clock.clocks < SURE:
            return []
        self.theirs = wanted
        if self.clock.knows_beat and self.clock.running and now - self.moved > SETTLED_SECONDS:
            wanted = steer(wanted, engine.beat_at(now), self.clock.beat_at(now), engine.said["beats_per_bar"], NEAR_SECONDS)
        wanted = min(max(wanted, limits.TEMPOS[0]), limits.TEMPOS[1])
        if abs(wanted - (self.bpm if now - self.asked < SETTLED_SECONDS else engine.said["bpm"])) <= SAME_BPM:
            return []
        self.bpm, self.asked = wanted, now
        return [("/tempo", round(wanted, 4))]
