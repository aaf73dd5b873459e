"""Delay lines that are read nearby: never more than a few frames ago, and at moments that stand in the formula.

A look-ahead has three lines, and asked of each in each frame whether it is old enough, and whether the ring ends there, that was half of all it does. So as
long as no ring ends, a line is the address of the frame that is written next. While a line is young, or has just begun anew, frames are played as ever.
"""
from dataclasses import dataclass

from chronus.dsp.declare import Declaration
from chronus.dsp.line_words import reopened, went_on


def is_nearby(declaration: Declaration) -> bool:
    """Whether all lines of a module are such ones."""
    return bool(declaration.lines) and all(line.reach for line in declaration.lines)


@dataclass(frozen=True)
class Runs:
    """A kernel's words for all frames of a call: how one is `played`, with lines that ask, and what is done with what is `heard` of it."""

    declaration: Declaration
    lanes: int
    played: str
    heard: list[str]

    def play(self, otherwise: list[str]) -> list[str]:
        """All frames; `otherwise` is how one is played that needs to ask."""
        lines, frame_bytes = list(enumerate(self.declaration.lines)), 4 * self.lanes
        near = [f"open_nearby(from{j} + i * {frame_bytes}, {line.reach})" for j, line in lines]
        run = [f"run = min(run, size{j} - at{j}) if min(at{j}, age{j}) >= {line.reach} else 0" for j, line in lines]
        frame = [reopened(self.played, range(len(lines)), near.__getitem__), *self.heard, *(f"write_line({near[j]}, written{j})" for j, _ in lines)]
        after = [line for j, _ in lines for line in went_on(j, "run")]
        return ["i = 0", "while i < frames:", "    run = frames - i", *("    " + line for line in run), "    if run > 0:",
                *(f"        from{j} = ring{j} + (at{j} - i) * {frame_bytes}" for j, _ in lines), "        for i in range(i, i + run):",
                *("            " + line for line in frame), *("        " + line for line in after), "    else:", *("        " + line for line in otherwise), "    i += 1"]
