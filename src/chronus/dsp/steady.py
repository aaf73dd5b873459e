"""Steady delay lines: where they are read is asked once, and then known for as many frames as nothing seldom is done and no ring ends.

A room has a dozen lines, whose lengths stand still while its knobs do. Asked in each frame whether all voices want the same one, whether it was written
yet, and whether the ring ends before it, that was more than all its sums. So before the calm frames (`declare.module`: countdown) the formula is
asked what it asks for, of which only that is computed; then for a run of frames a line is two addresses, one to read and one to write. Where voices
ask for different moments, or for what was not written yet, frames are played as ever. A run of a module of one lane or two is played some frames at once, if it
says that it can (`dsp.abreast`).
"""
from dataclasses import dataclass

from chronus.dsp.abreast import Attempt, frames
from chronus.dsp.countdown import Calm
from chronus.dsp.declare import Declaration
from chronus.dsp.line_words import reopened, went_on

ROOM, MORE = 64, 8                       # bytes for what is asked of a line: the first frame by each side, then how many more behind it


def is_steady(declaration: Declaration) -> bool:
    """Whether a module has such lines, and a frame of them lies together."""
    return any(line.steady for line in declaration.lines) and not declaration.inside


def sides_of(lanes: int) -> range:
    """Left and right are read at places of their own, voices at one."""
    return range(2 if lanes == 2 else 1)


def addresses(j: int, lanes: int) -> str:
    """Where a line is read in frame `i` on the left and on the right, and where it is written."""
    return f"from{j}_0 + i * {4 * lanes}, from{j}_{sides_of(lanes)[-1]} + i * {4 * lanes}, into{j} + i * {4 * lanes}"


class Going(Attempt):
    """Some frames of a run at once: where they read and write their lines is known, and that they do not read what they write."""

    def line(self, kind: str, j: int) -> str:
        return super().line(kind, j) if kind == "blank" else f"open_going({addresses(j, self.lanes)})"

    def room(self) -> list[str]:
        return []

    def written(self) -> list[str]:
        return [f"write_line({self.line('abreast', j)}, next_written{j})" for j in range(len(self.declaration.lines))]


@dataclass(frozen=True)
class Runs(Calm):
    """A kernel's words for calm frames of a module with steady lines: what is done `behind` its formula in each but for writing these, and how some frames are
    played `at_once`, where they can be.
    """

    behind: list[str]
    declaration: Declaration
    lanes: int
    at_once: Going | None = None

    @property
    def numbers(self) -> list[int]:
        """Those of the steady lines."""
        return [j for j, line in enumerate(self.declaration.lines) if line.steady]

    @property
    def sides(self) -> range:
        return sides_of(self.lanes)

    def begin(self) -> list[str]:
        return [f"asked = stack_room({ROOM * len(self.declaration.lines)})", *(self.at_once.begin() if self.at_once else ())]

    def asking(self, told: str) -> tuple[list[str], str]:
        before = [f"store_int32(asked + {ROOM * j + 4 * side + more}, 0)" for j in self.numbers for side in self.sides for more in (0, MORE)]
        return before, reopened(told, self.numbers, lambda j: f"open_asking(asked + {ROOM * j})")

    def play(self) -> list[str]:
        run = ["run, ahead = until - i, frames", *(line for j in self.numbers for side in self.sides for line in self.place(j, side))]
        moves = [line for j in self.numbers for line in (*(f"from{j}_{side} = ring{j} + (from{j}_{side} - i) * {4 * self.lanes}" for side in self.sides),
                                                         f"into{j} = ring{j} + (at{j} - i) * {4 * self.lanes}")]
        steady = reopened(self.arguments, self.numbers, self.steady, "open_calm_line")
        frame = [f"{self.gives} = calm({steady})", *self.behind, *(f"write_line({self.steady(j)}, written{j})" for j in self.numbers)]
        after = [line for j in self.numbers for line in went_on(j, "run")]
        count = frames(self.lanes)
        together = ["went = tries > 0", f"while went and i + {count} <= end and ahead >= {count}:", *("    " + line for line in self.at_once.together())] if self.at_once else []
        return ["while i < until:", *("    " + line for line in run), "    if run > 0:", *("        " + line for line in moves),
                "        end = i + run", *("        " + line for line in together),
                "        while i < end:", *("            " + line for line in frame), "            i += 1", *("        " + line for line in after),
                "    else:", "        for i in range(i, until):", *("            " + line for line in self.one()), "        i = until"]

    def steady(self, j: int) -> str:
        return f"open_steady({addresses(j, self.lanes)})"

    def place(self, j: int, side: int) -> list[str]:
        """Where what is asked for is in the ring, and for how many frames it goes on so: for none where it is not there."""
        place = f"from{j}_{side}"
        asked = f"asked + {ROOM * j + 4 * side}"
        return [f"ago, more = load_int32({asked}) + 0, load_int32({asked} + {MORE}) + 0", f"{place} = at{j} - ago if ago <= at{j} else at{j} - ago + size{j}",
                f"run, ahead = min(run, size{j} - at{j}, size{j} - more - {place}) if more < ago <= min(age{j}, longest{j}) else 0, min(ahead, ago - more)"]
