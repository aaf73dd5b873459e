"""Four frames of a network at once: what its lines bring them is fetched together, and what they write is put down together.

The sixteen lines of a reverb are heard at sixteen places, each of a frame alone a load for a sixteenth of what it could bring. But four frames that follow
each other lie side by side in each row (`dsp.lines`), and rows are four lanes wide: so a load brings four frames of four lanes, of which those that have
the same place want all and the others a column each. As with steady lines (`dsp.steady`) the formula is asked before the calm frames what it asks for, and
that holds until a ring ends somewhere. What is asked for must be four frames ago or more; else frames are played one by one, as ever.
"""
from collections.abc import Callable
from dataclasses import dataclass

from chronus.dsp.declare import Declaration
from chronus.dsp.line_words import opened, reopened
from chronus.dsp.lines import ROW, row_of
from chronus.limits import WIDEST

WORDS = {"past": "of_each", "past_by_four": "by_rows", "past_sides": "of_sides"}         # what a line can be asked, and what brings it
ASKED, LIES = 64, 128                    # bytes for what one of them asks for, and for where that lies
ROOM, PLACES = len(WORDS) * ASKED, len(WORDS) * LIES


def is_network(declaration: Declaration, lanes: int) -> bool:
    """Whether a module has nothing but steady lines, and each row of them is a quarter of a frame."""
    return bool(declaration.lines) and all(line.steady for line in declaration.lines) and ROW == row_of(declaration.lanes, lanes) < lanes == WIDEST


@dataclass(frozen=True)
class Fours:
    """A kernel's words for calm frames, behind `i` and before `until`: its formula's `arguments`, with calm lines among them, what that `gives`, and what is
    done with it in each frame but for writing lines, all of which are steady.
    """

    declaration: Declaration
    lanes: int
    arguments: str
    gives: str
    heard: list[str]

    @property
    def rings(self) -> range:
        return range(len(self.declaration.lines))

    def begin(self) -> list[str]:
        """Once for a call."""
        return [f"asked = stack_room({ROOM * len(self.rings)})", f"places = stack_room({PLACES * len(self.rings)})"]

    def play(self, otherwise: list[str]) -> list[str]:
        """All calm frames; `otherwise` is how one is played alone."""
        place = ["run = until - i", *(f"run = places_of({self.calm(j)}, asked + {ROOM * j}, places + {PLACES * j}, i, run)" for j in self.rings), "end = i + run"]
        after = [line for j in self.rings for line in (f"at{j} = at{j} if at{j} < size{j} else 0", f"age{j} = min(age{j} + run, longest{j})")]
        return ["i += 1", f"clear(asked, {ROOM * len(self.rings)})", self.formula("unused", lambda j: f"open_noting(asked + {ROOM * j})"),
                "while i < until:", *("    " + line for line in place),
                f"    while i + {ROW} <= end:", *("        " + line for line in self.frames("four", ROW)),
                "    while i < end:", *("        " + line for line in self.frames("one", 1)), *("    " + line for line in after),
                "    if run < 1:", f"        end = min(i + {ROW}, until)", "        for i in range(i, end):", *("            " + line for line in otherwise), "        i = end"]

    def frames(self, word: str, count: int) -> list[str]:
        """So many frames that lie where they were found."""
        lines = [f"{asks}{j} = {word}_{brings}(places + {PLACES * j + LIES * n}, i)" for j in self.rings for n, (asks, brings) in enumerate(WORDS.items())]
        for frame in range(count):
            lines += [self.formula(self.gives, lambda j, frame=frame: f"open_told({', '.join(f'{asks}{j}[{frame}]' for asks in WORDS)})"), *self.heard, "i += 1"]
            lines += [f"written{j}_{frame} = written{j}" for j in self.rings]
        for j in self.rings:
            written = ", ".join(f"written{j}_{frame}" for frame in range(count))
            lines += [f"write_four({self.calm(j)}, {written})" if count == ROW else f"write_line({self.calm(j)}, {written})", f"at{j} += {count}"]
        return lines

    def calm(self, j: int) -> str:
        return opened(j, "open_calm_line")

    def formula(self, gives: str, line: Callable[[int], str]) -> str:
        """A call of it, with lines that are opened so."""
        return f"{gives} = calm({reopened(self.arguments, self.rings, line, 'open_calm_line')})"
