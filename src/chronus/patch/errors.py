"""What is wrong with a patch, said so that it can be mended: which place, which word was meant, what a value looks like."""

from difflib import get_close_matches
from functools import lru_cache
from math import inf, isfinite
from reprlib import Repr

SUGGEST_CHARACTERS = 24                     # of each word compared: 512 ids against 24 characters take 6 ms, against 64 they took 90
NEAR = 0.65                                 # at 0.5 a reverb was a drive and a vca a clap
NAMED = 12                                  # of what there is, where nothing is near
REMEMBERED = 64                             # a controller that streams what we do not know asks the same again and again
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
    return _suggested(word[:SUGGEST_CHARACTERS].lower(), tuple(sorted(filter(None, among))))


@lru_cache(REMEMBERED)
def _suggested(word: str, among: tuple[str, ...]) -> str:
    short = {name[:SUGGEST_CHARACTERS]: name for name in reversed(among)}
    near = get_close_matches(word, short, 1, NEAR)
    return f"; did you mean '{short[near[0]]}'?" if near else f"; there is {some(among)}" if among else ""


def some(names) -> str:
    """The first of these, and how many more there are."""
    names = list(names)
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


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
