"""Where tables are kept by the hash of what is in them: a cache folder for all, and a copy with each session that played one.

What is loaded has been read whole and hashed: memory of this process's own, which nobody who shortens or changes a file can take away.
"""
import os
import stat
from contextlib import suppress
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

from chronus import limits
from chronus.dsp.tables import TABLE_END, TABLE_HEADER, unpacked
from chronus.native.build import folder as kernel_folder
from chronus.shared import files
from chronus.tables import builtin
from chronus.tables.form import digest_of

SUFFIX, FOLDER = ".table", "tables"
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC      # O_NONBLOCK: a pipe would wait for a writer for ever
MOST_BYTES = limits.TABLE_BYTES


class TableError(Exception):
    """A table that cannot be had; the message says why and what to do."""


class Loaded:
    """A table in this process: `address` of its header, `size` in bytes. The memory lasts as long as this object."""

    def __init__(self, content: np.ndarray):
        self.content, self.address, self.size = content, content.ctypes.data, len(content)


_loaded: WeakValueDictionary[str, Loaded] = WeakValueDictionary()


def cache() -> Path:
    """The folder of all tables, beside that of the kernels, and private as it is."""
    path = kernel_folder().parent / FOLDER
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def in_session(session: Path) -> Path:
    """The folder that keeps a session's tables."""
    return Path(session) / FOLDER


def put(content: bytes) -> str:
    """Puts a table into the cache; its digest. Raises OSError."""
    digest = digest_of(content)
    path = cache() / f"{digest}{SUFFIX}"
    files.sweep(path.parent)
    if _verified(path, digest) is None:
        files.save(path, content, durable=False)
    os.utime(path)
    prune(path)
    return digest


def prune(kept: Path) -> None:
    """Removes from the cache what was not used for longest, where it holds too much. Sessions have copies of theirs."""
    found = sorted((entry for entry in os.scandir(kept.parent) if entry.name.endswith(SUFFIX)), key=lambda entry: entry.stat().st_mtime)
    total = sum(entry.stat().st_size for entry in found)
    for entry in found:
        if total <= limits.TABLE_CACHE_BYTES:
            break
        if entry.path != str(kept):
            total -= entry.stat().st_size
            with suppress(OSError):
                os.unlink(entry.path)


def keep(session: Path, digest: str) -> None:
    """Puts a table into the session's folder: another name of the file in the cache where the disk is the same, else a copy.

    Raises OSError, TableError.
    """
    path = in_session(session) / f"{digest}{SUFFIX}"
    if path.parent.is_symlink():
        raise TableError(f"{path.parent} is a link; a session writes only into its own folder: remove the link")
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    loaded = load(digest, session)
    try:
        os.utime(cache() / path.name)
        os.link(cache() / path.name, path)
    except OSError:
        files.save(path, loaded.content.tobytes())
        return
    with open(path, "rb") as file:
        os.fsync(file.fileno())             # what a commit plays outlives a power cut
    files.sync_folder(path.parent)


def is_there(digest: str) -> bool:
    """Whether the cache has a file of that name; `load` sees whether it is whole."""
    return bool(digest) and (cache() / f"{digest}{SUFFIX}").is_file()


def load(digest: str, session: Path | None = None) -> Loaded:
    """A table, verified, from the cache or the session's folder; a built-in one is made where it is in neither. Raises TableError."""
    if digest in _loaded:
        return _loaded[digest]
    for place in (cache(), *([in_session(session)] if session else [])):
        content = _verified(place / f"{digest}{SUFFIX}", digest)
        if content is not None:
            break
    else:
        name = next((name for name, known in builtin.DIGESTS.items() if known == digest), None)
        if name is None:
            raise TableError(f"the table {digest} is in neither {cache()} nor the session's folder; set it again with /patch/set")
        content = _aligned(len(builtin.made(name)))
        content[:] = np.frombuffer(builtin.made(name), np.uint8)
        if digest_of(content) != digest:
            raise TableError(f"the built-in table '{name}' came out different on this machine, which is a fault of the program")
        put(content.tobytes())
    loaded = _loaded[digest] = Loaded(content)
    return loaded


def _verified(path: Path, digest: str) -> np.ndarray | None:
    """What a file holds, if it is the table of that digest."""
    try:
        descriptor = os.open(path, FLAGS)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not TABLE_HEADER < status.st_size <= MOST_BYTES:
            return None
        content, done = _aligned(status.st_size), 0
        while done < len(content):
            count = os.readv(descriptor, [memoryview(content)[done:]])
            if count == 0:
                return None
            done += count
        if digest_of(content) != digest:
            return None
        unpacked(content)
        return content
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def _aligned(size: int) -> np.ndarray:
    """Memory that begins where a vector may."""
    raw = np.empty(size + 64, np.uint8)
    return raw[-raw.ctypes.data % 64:][:size]


def loaded(content: bytes) -> Loaded:
    """A table that is in no file."""
    memory = _aligned(len(content))
    memory[:] = np.frombuffer(content, np.uint8)
    return Loaded(memory)
