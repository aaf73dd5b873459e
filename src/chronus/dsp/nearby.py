"""Delay lines that are read nearby: never more than a few frames ago, and at moments that stand in the formula.

A look-ahead has three lines, and asked of each in each frame whether it is old enough, and whether the ring ends there, that was half of all it does. So as
long as no ring ends, a line is the address of the frame that is written next. A ring that would end in a call goes on at its begin, where what may still be
asked for is put before. While a line is young, frames are played as ever.

A module that can tell behind some frames that nothing has `roused` it (`declare.module`) plays the first of a call four at a time: as if nothing seldom were to be
done, and if it was, they are played again. They come before all others, so what only these need is not computed in a call in which all is quiet.
"""
from dataclasses import dataclass

from chronus.dsp.declare import Declaration, arguments_of
from chronus.dsp.line_words import reopened, went_on


FOUR = 4                                 # frames that are played between two questions whether anything has roused the module


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
        run = ["run = frames - i", *(f"run = min(run, size{j} - at{j}) if min(at{j}, age{j}) >= {line.reach} else 0" for j, line in lines)]
        froms = [f"from{j} = ring{j} + (at{j} - i) * {frame_bytes}" for j, _ in lines]
        frame = [reopened(self.played, range(len(lines)), near.__getitem__), *self.heard, *(f"write_line({near[j]}, written{j})" for j, _ in lines)]
        begin = [line for j, _ in lines for line in self.begin(j)]
        quiet = [*run, *froms, *self.quiet([frame[0].replace("formula(", "calm("), *frame[1:]])] if self.declaration.roused else []
        return [*begin, "i = 0", *quiet, "while i < frames:", *("    " + line for line in run), "    if run > 0:",
                *("        " + line for line in froms), "        for i in range(i, i + run):",
                *("            " + line for line in frame), *("        " + line for j, _ in lines for line in went_on(j, "run")), "    else:",
                *("        " + line for line in otherwise), "    i += 1"]

    def quiet(self, frame: list[str]) -> list[str]:
        """The first frames of a call, four at a time, as long as nothing rouses the module."""
        names = {value.name: f"state{j}" for j, value in enumerate(self.declaration.values)}
        roused = f"any_lane(roused({', '.join(names[name] for name in arguments_of(self.declaration.roused))}))"
        return ["still = True", f"while still and i + {FOUR} <= run:", *(f"    before_{name} = {name}" for name in names.values()), f"    for k in range({FOUR}):",
                *("        " + line.replace("i * ", "(i + k) * ") for line in frame), f"    still = not {roused}", "    if still:",
                f"        i += {FOUR}", "    else:", *(f"        {name} = before_{name}" for name in names.values()),
                *(line for j in range(len(self.declaration.lines)) for line in went_on(j, "i"))]

    def begin(self, j: int) -> list[str]:
        """What may still be asked for of a line is put at the begin of its ring, if that would end in this call. All lines have it done at once. A ring longer
        than its line goes round as ever: it is carried over piece by piece (`replica.lines`), each to the place where it was.
        """
        frame_bytes, reach = 4 * self.lanes, max(line.reach for line in self.declaration.lines)
        return [f"if size{j} == longest{j} and at{j} + frames > size{j} and at{j} >= {2 * reach}:",
                f"    copy(ring{j}, ring{j} + (at{j} - {reach}) * {frame_bytes}, {reach * frame_bytes})", f"    at{j} = {reach}"]
