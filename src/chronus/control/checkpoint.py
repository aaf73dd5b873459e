"""What a control that comes back needs to know, kept beside the journal every second, so that it reads only the journal's end.

It says nothing that the journal does not: where it is missing, or belongs to another journal, the whole journal is read instead.
"""
from pathlib import Path

import msgspec

from chronus.control.journal import holds
from chronus.control.session import journal_path
from chronus.shared import files


class Checkpoint(msgspec.Struct):
    """How far a journal was read: `mark` says which, `size` in bytes, `count` in lines, `entries` in those that the log had."""

    mark: str = ""
    size: int = 0
    count: int = 0
    entries: int = 0


def checkpoint_path(folder: Path) -> Path:
    return Path(folder) / "checkpoint.json"


def keep(folder: Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint over the last one, whole or not at all when we are killed; a power cut may take it. Raises OSError."""
    files.save(checkpoint_path(folder), msgspec.json.encode(checkpoint), durable=False)


def recall(folder: Path) -> Checkpoint:
    """The last checkpoint; an empty one where there is none that can be read, or the journal is another."""
    try:
        found = msgspec.json.decode(checkpoint_path(folder).read_bytes(), type=Checkpoint)
        return found if holds(journal_path(folder), found.mark, found.size) else Checkpoint()
    except (OSError, msgspec.DecodeError):
        return Checkpoint()
