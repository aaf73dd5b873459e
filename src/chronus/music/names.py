"""Finds what a musician names, however it is written, and says what is near where there is nothing of that name."""

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

from chronus import limits
from chronus.patch.errors import shown, suggestion

Found = TypeVar("Found")
SIGNS = str.maketrans({"♯": "#", "♭": "b", "−": "-", "º": "°"})
LONE_M = re.compile(r"M(?=add|[\W\d_]|$)")


def plain(name: str) -> str:
    """A name without what people write in different ways: "Harmonic Minor", "harmonic-minor" and "harmonicMinor" are one.

    An M that is a word of its own is major and never an m: M7, mM7, Madd9.
    """
    name = LONE_M.sub("maj", name.strip().translate(SIGNS)).lower()
    return re.sub(r"(?<!^)[\s_-]", "", name).replace("#", "sharp")


class Names(Generic[Found]):
    """What there is of one kind ("scale"): `table` by name, and other names for the same in `aliases`. No two may be the same when written plainly."""

    def __init__(self, what: str, table: Mapping[str, Found], aliases: Mapping[str, str]):
        self.what, self.table, self.aliases = what, table, aliases
        self.names = {name: name for name in table} | dict(aliases)
        self._plain = {plain(word): name for word, name in self.names.items()}

    def known(self, name: str) -> str:
        """The first name of what is meant. Raises ValueError with the nearest one."""
        if not isinstance(name, str) or len(name) > limits.MUSIC_NAME:
            raise ValueError(f"a {self.what} is named by a word of at most {limits.MUSIC_NAME} characters, not {shown(name)}")
        known = self._plain.get(plain(name))
        if known is None:
            raise ValueError(f"no {self.what} {name!r}{suggestion(name, self.names)}")
        return known

    def find(self, name: str) -> Found:
        """What there is under a name. Raises ValueError with the nearest one."""
        return self.table[self.known(name)]
