"""Where sessions live: a folder each, with the journal and the recordings, below the user's state folder."""

import os
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import platformdirs

from chronus.shared import files
from chronus.shared import layout as at


class SessionError(RuntimeError):
    """The session's folder cannot be used; the message says which, why, and what to do."""


def state_folder() -> Path:
    """The user's state folder. CHRONUS_STATE names another."""
    return Path(os.environ.get("CHRONUS_STATE") or platformdirs.user_state_path("music-chronus")).expanduser().absolute()


def sessions_folder() -> Path:
    """The folder of all sessions."""
    return state_folder() / "sessions"


def new_session() -> Path:
    """A new folder, named after the date and time: 20250131-184502, and with -2, -3 ... behind it where that is taken.

    Raises SessionError.
    """
    folder, name = sessions_folder(), time.strftime("%Y%m%d-%H%M%S")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / (name if number == 1 else f"{name}-{number}")
            try:
                path.mkdir()
                return path
            except FileExistsError:
                continue
    except OSError as error:
        raise SessionError(f"{error.filename} cannot be made ({error.strerror}); set CHRONUS_STATE to a folder of yours") from None


def session_path(text: str) -> Path:
    """The folder that the user means: a session's id, or the path of any folder. It need not exist.

    A name that no session has, but a folder here, means that folder.
    """
    text = os.fspath(text)
    if files.is_name(text):
        known = sessions_folder() / text
        if known.is_dir() or not Path(text).is_dir():
            return known
    return Path(os.path.expanduser(text)).absolute()


def prepare(path: Path) -> Path:
    """Makes the folder of a session and that of its recordings, proves that both can be written, and removes what killed writers left.

    Returns the path. Raises SessionError.
    """
    path = Path(path)
    check_text(path)
    try:
        for folder in (path, path / "recordings"):
            folder.mkdir(parents=True, exist_ok=True)
            if folder != path and folder.is_symlink():
                raise SessionError(f"{folder} is a link; a session writes only into its own folder: remove the link")
            with tempfile.TemporaryFile(dir=folder) as proof:
                proof.write(b"\n")
            files.sweep(folder)
    except OSError as error:
        raise SessionError(f"the session folder {error.filename or path} cannot be used ({error.strerror}); "
                           "make it writable (chmod u+rwx), or name another with --session") from None
    return path


def leave(path: Path) -> None:
    """Takes a new session away again, since it never began: what `prepare` made of it, if there is no more."""
    with suppress(OSError):
        (path / "recordings").rmdir()
        path.rmdir()


def check_text(path: Path) -> None:
    """Raises SessionError where the path would not fit into the engine's memory as text."""
    try:
        content = os.fspath(path).encode()
    except UnicodeEncodeError:
        raise SessionError(f"the session folder {os.fspath(path)!r} is not valid UTF-8; name another with --session") from None
    if b"\0" in content or len(content) >= at.TEXT_BYTES:
        raise SessionError(f"the session folder may have at most {at.TEXT_BYTES - 1} bytes and no NUL; name another with --session")


def journal_path(path: Path) -> Path:
    """Where the journal of a session is."""
    return Path(path) / "journal.jsonl"


def modules_path(path: Path) -> Path:
    """Where the user's modules that a session was played with are kept."""
    return Path(path) / "modules"


def position_path(path: Path) -> Path:
    """Where the session keeps how far it has played."""
    return Path(path) / "position"


def keep_position(path: Path, frame: int) -> None:
    """Notes how far the session has played: one line of a fixed width, written over the last, so that a kill can tear nothing."""
    with open(os.open(position_path(path), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666), "wb", buffering=0) as file:
        file.write(b"%019d\n" % frame)


def read_position(path: Path) -> int | None:
    """The frame that was noted last; None where there is none."""
    try:
        return int(position_path(path).read_bytes()[:20])
    except (OSError, ValueError):
        return None
