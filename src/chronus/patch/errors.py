"""What is wrong with a patch, said so that it can be mended: which place, which word was meant, what a value looks like."""

from difflib import get_close_matches
from math import inf, isfinite
from reprlib import Repr

SUGGEST_CHARACTERS = 24                     # of each word compared: 512 ids against 24 characters take 6 ms, against 64 they took 90
_short = Repr()
_short.maxstring, _short.maxother, _short.maxlong, _short.maxlevel = 70, 70, 70, 2


class PatchError(ValueError):
    """What is wrong with a patch and what to do; `code` is one of the interface's, `place` where it stands ("modules[3].params.cutof")."""

    def __init__(self, message: str, code: str = "malformed", place: str = ""):
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.code, self.place = message, code, place


class at:
    """`with at(place):` puts `place` in front of the place of a PatchError that is raised inside, with `join` between them."""

    def __init__(self, place: str, join: str = ""):
        self.place, self.join = place, join

    def __enter__(self):
        pass

    def __exit__(self, kind, error, trace):
        if isinstance(error, PatchError):
            raise PatchError(error.message, error.code, f"{self.place}{self.join if error.place else ''}{error.place}") from None


def shown(value) -> str:
    """A value as it stands in a message: never longer than a line, however large it is."""
    return _short.repr(value)


def suggestion(word: str, among) -> str:
    """"; did you mean 'x'?" where something in `among` is near, else a list of what there is."""
    among = sorted(among)
    short = {name[:SUGGEST_CHARACTERS]: name for name in reversed(among)}
    near = get_close_matches(word[:SUGGEST_CHARACTERS].lower(), short, 1, 0.5)
    return f"; did you mean '{short[near[0]]}'?" if near else f"; there is {', '.join(among[:12])}" if among else ""


def number(value, what: str) -> float:
    """A finite number. Raises PatchError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PatchError(f"{what} takes a number, not {shown(value)}", "type")
    try:
        value = float(value)
    except OverflowError:
        value = inf
    if not isfinite(value):
        raise PatchError(f"{what} takes a finite number, not {value}", "not-finite")
    return value
