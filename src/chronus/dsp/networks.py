"""Four frames of a network at once: what its lines bring them is fetched together, and what they write is put down together.

The sixteen lines of a reverb are heard at sixteen places, each of a frame alone a load for a sixteenth of what it could bring. But four frames that follow
each other lie side by side in each row (`dsp.lines`), and rows are four lanes wide: so a load brings four frames of four lanes, of which those that have
the same place want all and the others a column each. As with steady lines (`dsp.steady`) the formula is asked before the calm frames what it asks for, and
that holds until a ring ends somewhere. What four frames write is put down while the next four are played, so what is asked for must be eight frames ago or
more; else frames are played one by one, as ever. An all-pass delay, and what spreads over the lanes behind it, needs no frame apart: its rows are computed
as they lie, when they are put down (`lanes.smeared`).
"""
from dataclasses import dataclass

from chronus.dsp.countdown import Calm
from chronus.dsp.declare import Declaration
from chronus.dsp.line_words import opened, reopened, went_on
from chronus.dsp.lines import ROW
from chronus.limits import WIDEST

WORDS = {"past": "of_each", "past_by_four": "by_rows", "past_sides": "of_sides"}         # what a line can be asked, and what brings it
ASKED, LIES = 64, 128                    # bytes for what one of them asks for, and for where that lies
NEAREST = 2 * ROW                        # frames: what four frames write is put down when the next four are played, so that these do not wait for it
INTO = len(WORDS) * LIES                 # behind these for where each row is written
ROOM, PLACES = len(WORDS) * ASKED, INTO + LIES


def is_network(declaration: Declaration) -> bool:
    """Whether a module has nothing but steady lines, and each row of them is a quarter of a frame."""
    return bool(declaration.lines) and all(line.steady for line in declaration.lines) and declaration.inside == WIDEST


@dataclass(frozen=True)
class Fours(Calm):
    """A kernel's words for calm frames of a network, all of whose lines are steady: `after` a frame alone they are written, and where it `stores` what is heard."""

    stores: list[str]
    declaration: Declaration

    @property
    def rings(self) -> range:
        return range(len(self.declaration.lines))

    def begin(self) -> list[str]:
        return [f"asked = stack_room({ROOM * len(self.rings)})", f"places = stack_room({PLACES * len(self.rings)})"]

    def asking(self, told: str) -> tuple[list[str], str]:
        return [f"clear(asked, {ROOM * len(self.rings)})"], reopened(told, self.rings, lambda j: f"open_noting(asked + {ROOM * j})")

    def play(self) -> list[str]:
        place = ["run = until - i", *(f"run = places_of({self.calm(j)}, asked + {ROOM * j}, places + {PLACES * j}, i, run)" for j in self.rings), "end = i + run"]
        after = [line for j in self.rings for line in went_on(j, "run")]
        fours = [f"if i + {ROW} <= end:", *("    " + line for line in self.frames("four", ROW)),
                 f"    while i + {ROW} <= end:", *(f"        last{j}_{k} = four{j}_{k}" for j in self.rings for k in range(ROW)),
                 *("        " + line for line in (*self.frames("four", ROW), *self.writes("four", "last", ROW, 2 * ROW))),
                 *("    " + line for line in self.writes("four", "four", ROW, ROW))]
        ones = ["while i < end:", *("    " + line for line in (*self.frames("one", 1), *self.writes("one", "one", 1, 1)))]
        return ["while i < until:", *("    " + line for line in (*place, *fours, *ones, *after)),
                "    if run < 1:", f"        end = min(i + {ROW}, until)", "        for i in range(i, end):", *("            " + line for line in self.one()), "        i = end"]

    def frames(self, word: str, count: int) -> list[str]:
        """So many frames that lie where they were found."""
        lines = [f"{asks}{j} = {word}_{brings}(places + {PLACES * j + LIES * n}, i)" for j in self.rings for n, (asks, brings) in enumerate(WORDS.items())]
        for frame in range(count):
            told = reopened(self.arguments, self.rings, lambda j, frame=frame: f"open_told_{word}(places + {PLACES * j}, {', '.join(f'{asks}{j}[{frame}]' for asks in WORDS)})", "open_calm_line")
            lines += [f"{self.gives.replace('written', word)} = calm({told})", *self.stores, *(f"{word}{j}_{frame} = {word}{j}" for j in self.rings), "i += 1"]
        return lines

    def writes(self, word: str, names: str, count: int, ago: int) -> list[str]:
        """Puts down what so many frames write, the first of which was so long ago: the last line first, for what comes out of an all-pass delay is computed from
        what is in its line before.
        """
        return [f"write_{word}(places + {PLACES * j}, i - {ago}, {', '.join(f'{names}{j}_{frame}' for frame in range(count))})" for j in reversed(self.rings)]

    def calm(self, j: int) -> str:
        return opened(j, "open_calm_line")
