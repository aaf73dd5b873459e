"""The user's samples: WAV and FLAC files in a folder, and in folders one below it. What is asked for is a name, never a path."""

import os
import re
from pathlib import Path
from stat import S_ISREG

import platformdirs

from chronus import limits
from chronus.tables.form import NAME
from chronus.tables.store import FLAGS, TableError

SUFFIXES = (".wav", ".flac")
OTHER = re.compile(r"[^a-z0-9_-]+")


def samples_folder() -> Path:
    """The folder of one's samples. CHRONUS_SAMPLES names another; CHRONUS_STATE another place for it."""
    own, state = os.environ.get("CHRONUS_SAMPLES"), os.environ.get("CHRONUS_STATE")
    return Path(own or Path(state or platformdirs.user_data_path("music-chronus")) / "samples").expanduser().absolute()


def names() -> dict[str, tuple[str, ...]]:
    """What there is, in alphabetical order: name -> the file's own name, behind that of its folder where it is in one.

    `Kick 01.wav` is called kick-01. No link is followed.
    """
    found = {}
    for entry in _entries(samples_folder()):
        if entry.is_dir(follow_symlinks=False):
            for inner in _entries(Path(entry.path)):
                _add(found, (entry.name, inner.name), inner)
        else:
            _add(found, (entry.name,), entry)
        if len(found) >= limits.LIBRARY_SAMPLES:
            break
    return dict(sorted(found.items()))


def _entries(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _add(found: dict, path: tuple[str, ...], entry: os.DirEntry) -> None:
    stem, suffix = os.path.splitext(path[-1])
    if suffix.lower() in SUFFIXES and entry.is_file(follow_symlinks=False):
        name = "/".join(OTHER.sub("-", part.lower()).strip("-_") for part in (*path[:-1], stem))
        if NAME.fullmatch(name):
            found.setdefault(name, path)


def open_sample(name: str) -> int:
    """The descriptor of a sample's file. Raises TableError."""
    path = names().get(name)
    if path is None:
        raise TableError(f"no sample '{name[:70]}' in {samples_folder()}; /sample/list lists what there is")
    try:
        folder = os.open(samples_folder(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in path[:-1]:
            outer, folder = folder, os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(outer)
        descriptor = os.open(path[-1], FLAGS, dir_fd=folder)
        os.close(folder)
    except OSError as error:
        raise TableError(f"the sample '{name}' cannot be read ({error.strerror}); make its file readable") from None
    status = os.fstat(descriptor)
    if not S_ISREG(status.st_mode) or status.st_size > limits.SAMPLE_FILE_BYTES:
        os.close(descriptor)
        raise TableError(f"the sample '{name}' is no file of up to {limits.SAMPLE_FILE_BYTES >> 20} MiB; cut it shorter")
    return descriptor
