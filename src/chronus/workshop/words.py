"""What a user's file may say: where it may import from, what there is without importing, and how a module may be called."""

import inspect
import keyword
import math
import re
from difflib import get_close_matches

from chronus import limits, units
from chronus.dsp import crossing, delays, lanes, readers, ticks
from chronus.dsp import math as lanes_math

SENTENCE = re.compile(r"[A-Z][^\n]{10,170}?[.:](\s|$)")
WANTED_SENTENCE = "one line in quotes that says what it is to a musician: a capital, 12 to 170 characters, a full stop"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
STEPS = 4 + 7 + len(limits.LANES)                # of a build: reading and trying, the proofs, the kernels
RESERVED = {"out", "new", "check"}               # the way to the loudspeakers, and words of `chronus modules`


def _functions(module) -> frozenset[str]:
    """Names of the functions that a module itself defines."""
    return frozenset(name for name, value in vars(module).items()
                     if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"))


PORTS = frozenset({"inlet", "hertz", "milliseconds", "decibels", "ratio", "gate", "state", "phase", "line", "frame_seconds", "side", "seed",
                   "lane_number", "table", "beats", "at_once", "tick", "part", "beat_seconds"})
IMPORTS = {"chronus.dsp.declare": PORTS | {"module", "promise"},
           "chronus.dsp.lanes": frozenset(f.__name__ for f in lanes.FUNCTIONS),
           "chronus.dsp.math": _functions(lanes_math),
           "chronus.dsp.delays": _functions(delays),
           "chronus.dsp.crossing": _functions(crossing),
           "chronus.dsp.readers": _functions(readers),
           "chronus.dsp.ticks": _functions(ticks),
           "chronus.units": _functions(units),
           "math": frozenset(name for name in vars(math) if not name.startswith("_"))}
BUILTINS = frozenset({"range", "int", "float", "bool", "len"})
INSTEAD = {"abs": "absolute", "min": "minimum", "max": "maximum", "round": "floor"}


class WorkshopError(Exception):
    """Why a user's module is refused: `message`, and the line of its file where there is one. Its text names both."""

    def __init__(self, message: str, line: int | None = None, file: str = ""):
        super().__init__(message)
        self.message, self.line, self.file = message, line, file

    def __str__(self) -> str:
        place = ", ".join([*([self.file] if self.file else []), *([f"line {self.line}"] if self.line else [])])
        return f"{place}: {self.message}" if place else self.message


def check_name(name: str, taken) -> str:
    """Returns the name. Raises WorkshopError where no module can be called so; `taken` are the ids of the instrument."""
    if not NAME.fullmatch(name) or len(name) > limits.MODULE_NAME or keyword.iskeyword(name):
        raise WorkshopError(f"'{name}' is no name for a module: take up to {limits.MODULE_NAME} of a-z, 0-9 and _, such as soft_clip")
    if name in RESERVED or name in taken:
        what = "a module of the instrument" if name in taken else "a word of the instrument"
        raise WorkshopError(f"'{name}' is {what}; call yours something else, such as my_{name}")
    return name


def meant(word: str, among) -> str:
    """"; did you mean 'x'?" where something in `among` is near, else nothing."""
    near = get_close_matches(word, sorted(among), 1, 0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
