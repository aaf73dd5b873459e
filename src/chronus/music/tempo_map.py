"""A tempo map with jumps and ramps, as it was played: which beat a frame is, and the same map in steps, as files have it."""

from bisect import bisect_right
from dataclasses import dataclass

AT_REST_BPM = 120.0
RAMP_BEATS = 0.25                        # what a step of a ramp lasts, about


@dataclass(frozen=True)
class Line:
    """From a frame on a tempo, beats a minute, that goes evenly to another, `goal`, in `ramp` frames."""

    frame: float
    bpm: float
    goal: float
    ramp: float = 0.0

    def bpm_at(self, frame: float) -> float:
        """The tempo at a frame from this one on."""
        return self.bpm + (self.goal - self.bpm) * min((frame - self.frame) / self.ramp, 1.0) if self.ramp > 0.0 else self.goal


class TempoMap:
    """Lines in order; 120 BPM before the first. Beats are counted from frame 0, whatever numbers they had."""

    def __init__(self, rate: int, lines: list[Line]):
        self.rate, self.lines, self.beats = rate, [Line(0.0, AT_REST_BPM, AT_REST_BPM), *lines], [0.0]
        for line, following in zip(self.lines, self.lines[1:]):
            self.beats.append(self.beats[-1] + self._passed(line, following.frame))
        self.frames = [line.frame for line in self.lines]

    def _passed(self, line: Line, frame: float) -> float:
        """Beats from the beginning of a line to a frame."""
        on_ramp = min(max(frame - line.frame, 0.0), line.ramp)
        mean = (line.bpm + line.bpm_at(line.frame + on_ramp)) / 2
        return (mean * on_ramp + line.goal * (frame - line.frame - on_ramp)) / (60.0 * self.rate)

    def beat_at(self, frame: float) -> float:
        """The beat of a frame."""
        i = max(0, bisect_right(self.frames, frame) - 1)
        return self.beats[i] + self._passed(self.lines[i], frame)

    def steps(self, until: float) -> list[tuple[float, float]]:
        """(beat, beats a minute) up to a frame; a ramp in steps that each last as long as their part of it."""
        found = []
        for i, line in enumerate(self.lines):
            end = min(self.frames[i + 1] if i + 1 < len(self.lines) else until, until)
            if end <= line.frame:
                continue
            ramp_end = min(line.frame + line.ramp, end)
            count = max(1, round(self._passed(line, ramp_end) / RAMP_BEATS)) if ramp_end > line.frame else 0
            for k in range(count):
                frame = line.frame + (ramp_end - line.frame) * k / count
                found.append((self.beat_at(frame), line.bpm_at(frame + (ramp_end - line.frame) / count / 2)))
            if end > ramp_end:
                found.append((self.beat_at(ramp_end), line.goal))
        return found
