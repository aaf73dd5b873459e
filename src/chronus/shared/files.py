"""Names and saves: nothing from outside is ever a path, and a file that was saved is the old one or the new one, never neither."""

import os
import re
from contextlib import suppress
from pathlib import Path

from chronus import limits, linux

TEMPORARY = ".saving-"                   # then pid, start time of the process (so that a pid given away again is seen), and chance
NAME = re.compile(limits.NAME_PATTERN)


def is_name(text: str) -> bool:
    """Whether `text` can name a patch, a recording or a session."""
    return isinstance(text, str) and NAME.fullmatch(text) is not None


def check_name(text: str) -> str:
    """Returns `text`. Raises ValueError, saying what a name looks like, where it is none."""
    if not is_name(text):
        shown = repr(text) if len(repr(text)) <= 40 else repr(text)[:37] + "..."
        raise ValueError(f"{shown} is no name: take 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit, such as take-1")
    return text


def recording_path(session: Path, name: str) -> Path:
    """Where the recording `name` of a session is. Raises ValueError for what is no name."""
    return Path(session) / "recordings" / f"{check_name(name)}.wav"


def save(path: Path, content: bytes, durable: bool = True) -> None:
    """Puts `content` at `path`, whole or not at all, through a kill or a power cut at any instant. Raises OSError.

    Unless `durable`, a power cut may damage it: that is for what can be had again, and does not wait for the disk.
    """
    path = Path(path)
    pid = os.getpid()
    temporary = path.parent / f"{TEMPORARY}{pid}-{linux.start_time(pid)}-{os.urandom(8).hex()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            write_all(descriptor, content)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """Writes all of `content` where the descriptor stands: one write(2), more only where the system took a part."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest):]


def sync_folder(folder: Path) -> None:
    """Waits until the entries of a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes the temporaries of writers that were killed; those of living writers stay."""
    for entry in list(os.scandir(folder)):
        if entry.name.startswith(TEMPORARY) and not _is_writing(entry.name):
            with suppress(OSError):
                os.unlink(entry.path)


def _is_writing(name: str) -> bool:
    pid, _, rest = name.removeprefix(TEMPORARY).partition("-")
    started = rest.partition("-")[0]
    return pid.isdecimal() and started.isdecimal() and linux.alive(int(pid)) and linux.start_time(int(pid)) == int(started)
