"""Tunings by name, and from Scala files in the user's folder of tunings: NAME.scl, and NAME.kbm beside it for the keyboard."""

import os
from pathlib import Path

import msgspec
import platformdirs

from chronus import limits
from chronus.control.commands import Refusal
from chronus.music.notes import hz_note, note_hz
from chronus.music.scala import read_kbm, read_scl
from chronus.music.tunings import Mapping, Tuning, tuning
from chronus.shared import files
from chronus.shared.files import is_name

FILE = "tuning.json"
MIDDLE = 60


def tunings_folder() -> Path:
    """The folder of Scala files. CHRONUS_TUNINGS names another."""
    return Path(os.environ.get("CHRONUS_TUNINGS") or platformdirs.user_data_path("music-chronus") / "tunings").expanduser().absolute()


def keys_of(name: str, root="c4") -> list[float]:
    """Where the 128 keys lie, in semitones; nothing for equal temperament. A key that plays nothing lies where the one below it does. Raises Refusal."""
    try:
        path = tunings_folder() / f"{name}.scl"
        found = from_files(path) if is_name(name) and path.is_file() else tuning(name, root)
        keys, last = [], 0.0
        for hz in found.keys_hz:
            last = round(hz_note(hz), 9) if hz else last
            keys.append(last)
    except ValueError as error:
        raise Refusal("range", f"{error}; Scala files lie in {tunings_folder()}") from None
    except OSError as error:
        raise Refusal("io", f"{error.filename} cannot be read: {error.strerror}") from None
    return [] if keys == [float(key) for key in range(len(keys))] else keys


def keep(folder: Path, name: str, keys: list[float]) -> None:
    """Notes the tuning of a session, for a control that comes back. Raises Refusal."""
    try:
        files.save(folder / FILE, msgspec.json.encode({"name": name, "keys": keys}))
    except OSError as error:
        raise Refusal("io", f"{folder / FILE} cannot be written ({error.strerror}); make room") from None


def recall(folder: Path) -> tuple[str, list[float]]:
    """The tuning of a session, by name, and where its keys lie."""
    try:
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=dict)
        return str(found["name"]), [float(key) for key in found["keys"]]
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return "equal", []


def from_files(path: Path) -> Tuning:
    """A Scala file, and the keyboard mapping of the same name if there is one; without it c4 is where equal temperament has it, or a4 where the
    scale has twelve notes. Raises ValueError, OSError.
    """
    scale, mapping = read_scl(text_of(path)), path.with_suffix(".kbm")
    if mapping.is_file():
        return Tuning(scale, read_kbm(text_of(mapping)))
    return Tuning(scale, Mapping() if len(scale.pitches) == 12 else Mapping(reference=MIDDLE, hz=note_hz(MIDDLE)))


def text_of(path: Path) -> str:
    """A file as Latin-1, as Scala has it, up to a byte more than any may have."""
    with open(path, "rb") as file:
        return file.read(limits.SCALE_FILE_BYTES + 1).decode("latin-1")
