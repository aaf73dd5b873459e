"""What an engine must have to take part: a name, a way to find it, and for each work the scripts and the command that render it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOUND, ARRAY = "out.wav", "out.npy"      # where a command leaves what it rendered, in its folder: a WAV file, or a NumPy array


@dataclass(frozen=True)
class Peer:
    """An engine. `ways` are the works that it can render; some of them in several ways, "" being the usual one.

    `find` gets the folder that is ours for engines and says which version is there; it raises LookupError with what is missing.
    `prepare` gets that folder, a work, a way, seconds and an empty folder, writes its scripts there, and returns the command to run in it.
    """

    name: str
    ways: dict[str, tuple[str, ...]]
    find: Callable[[Path], str]
    prepare: Callable[[Path, str, str, float, Path], list[str]]
