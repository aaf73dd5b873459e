"""The folder of own modules: where it is, what is in it, what changed since last asked, and what was built of it already."""

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from stat import S_ISREG

import platformdirs

from chronus import limits
from chronus.dsp.declare import Declaration
from chronus.modules.registry import builtin
from chronus.native.build import folder as cache_folder
from chronus.native.build import object_file, toolchain
from chronus.workshop.data import declaration_of
from chronus.workshop.words import WorkshopError, check_name

PACKAGE = Path(__file__).parents[1]
MADE_WITH = ("dsp", "native", "workshop")       # what a build depends on besides the file


def modules_folder() -> Path:
    """CHRONUS_MODULES, else `modules` in CHRONUS_STATE, else `modules` in this user's data folder. It may not exist yet."""
    state = os.environ.get("CHRONUS_STATE")
    named = os.environ.get("CHRONUS_MODULES") or (Path(state) / "modules" if state else None)
    return Path(named or platformdirs.user_data_path("music-chronus") / "modules").expanduser().absolute()


class Folder:
    """What is in a folder of own modules. `left_out` counts files beyond limits.OWN_MODULES, which are not looked at. [control]"""

    def __init__(self, path: Path | None = None):
        self.path, self.left_out = path or modules_folder(), 0
        self._seen: dict[str, tuple] = {}

    def scan(self) -> dict[str, tuple]:
        """Each module's file by name, with what changes when it is saved. Hidden files and editors' temporaries are not modules."""
        found = {}
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.name.endswith(".py") and entry.name[0] not in "._#":
                        try:
                            status = entry.stat()
                        except OSError:
                            continue
                        if S_ISREG(status.st_mode):
                            found[entry.name] = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            return {}
        self.left_out = max(0, len(found) - limits.OWN_MODULES)
        return {name: found[name] for name in sorted(found)[:limits.OWN_MODULES]}

    def changed(self) -> tuple[list[Path], list[str]]:
        """(files that are new or were saved, names of modules whose file is gone) since the last call; at first all that are there."""
        now, before = self.scan(), self._seen
        self._seen = now
        return ([self.path / name for name in now if now[name] != before.get(name)],
                [name.removesuffix(".py") for name in before if name not in now])


def read_module(path: Path) -> tuple[str, bytes]:
    """(name, content) of a module's file, at most limits.MODULE_FILE_BYTES. Raises WorkshopError."""
    name = path.name.removesuffix(".py")
    try:
        check_name(name, builtin())
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not S_ISREG(os.fstat(descriptor).st_mode):
                raise WorkshopError("this is no file")
            content = file.read(limits.MODULE_FILE_BYTES + 1)
        if len(content) > limits.MODULE_FILE_BYTES:
            raise WorkshopError(f"it is larger than {limits.MODULE_FILE_BYTES >> 10} KiB; a module is one idea of about a hundred lines")
        return name, content
    except OSError as error:
        raise WorkshopError(f"it cannot be read ({error.strerror})", file=path.name) from None
    except WorkshopError as error:
        raise WorkshopError(error.message, error.line, path.name) from None


@cache
def _made_with() -> bytes:
    """Hash of everything that turns a file into a module."""
    digest = hashlib.sha256(toolchain().encode())
    for part in MADE_WITH:
        for path in sorted((PACKAGE / part).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.digest()


def record_path(name: str, content: bytes) -> Path:
    """Where the declaration of a built module is kept, beside its kernels."""
    return cache_folder() / f"{name}-{hashlib.sha256(_made_with() + content).hexdigest()[:32]}.json"


def kept(name: str, content: bytes) -> Declaration | None:
    """What was built of this very file before, by this very toolchain; None if that is not all there any more."""
    try:
        found = declaration_of(json.loads(record_path(name, content).read_bytes()))
    except (OSError, ValueError):
        return None
    there = found.id == name and all(object_file(each).exists() for each in found.objects.values())
    return found if there else None


def built(path: Path) -> Declaration | None:
    """What was built of a file before, if it was not saved since; None otherwise. Raises WorkshopError where it cannot be a module."""
    return kept(*read_module(path))
