"""The patch library: the patches that come with the instrument, and one's own in a folder. A name is an id, never a path."""

import os
from copy import copy
from pathlib import Path

import platformdirs

import chronus.patches
from chronus import limits
from chronus.patch.errors import PatchError, suggestion
from chronus.patch.graph import Patch, check_about
from chronus.shared import files

SUFFIX = ".json"
BUILT_IN, YOURS = "built-in", "yours"


def patches_folder() -> Path:
    """The folder of one's own patches. CHRONUS_STATE names another place for it."""
    state = os.environ.get("CHRONUS_STATE")
    return (Path(state).expanduser() if state else platformdirs.user_data_path("music-chronus")).absolute() / "patches"


class Library:
    """All patches by name. One's own patch hides the built-in one of its name. `folder` need not exist."""

    def __init__(self, folder: Path | None = None):
        self.folder = Path(folder) if folder is not None else patches_folder()
        self.built_in = Path(chronus.patches.__path__[0])

    def names(self) -> dict[str, str]:
        """What there is, in alphabetical order: name -> "built-in" or "yours". Raises PatchError."""
        self._check_folder()
        found = dict.fromkeys(_names(self.built_in, True), BUILT_IN) | dict.fromkeys(_names(self.folder, False), YOURS)
        return dict(sorted(found.items()))

    def load(self, name: str) -> Patch:
        """A patch, named `name`; its `warnings` say which module types have changed since. Raises PatchError."""
        patch = Patch.read(self.path_of(name))
        patch.name = name
        return patch

    def path_of(self, name: str) -> Path:
        """The file of a patch. Raises PatchError."""
        checked(name)
        names = self.names()
        if name not in names:
            raise PatchError(f"no patch '{name}'{suggestion(name, names)}", "unknown-name")
        if names[name] == YOURS:
            return self.folder / f"{name}{SUFFIX}"
        return (self.built_in / f"{name}{SUFFIX}").resolve()            # some installers link to a package's files

    def save(self, name: str, patch: Patch) -> Path:
        """Puts a patch among one's own, whole or not at all; the path of its file. Raises PatchError."""
        path = self.folder / f"{checked(name)}{SUFFIX}"
        own = [n for n, whose in self.names().items() if whose == YOURS]
        if len(own) >= limits.LIBRARY_PATCHES and name not in own:
            raise PatchError(f"there are {len(own)} patches in {self.folder} already; remove some", "too-large")
        check_about(patch.about)
        named = copy(patch)
        named.name = name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_folder()
            files.sweep(self.folder)
            files.save(path, named.text().encode())
        except OSError as error:
            raise PatchError(f"{path} could not be saved ({error.strerror}); make room or make the folder writable", "io") from None
        return path

    def _check_folder(self) -> None:
        if self.folder.is_symlink():
            raise PatchError(f"{self.folder} is a link; the library keeps to its own folder: remove the link", "io")


def checked(name: str) -> str:
    """Returns `name`. Raises PatchError where it is none."""
    try:
        return files.check_name(name)
    except ValueError as error:
        raise PatchError(str(error), "name") from None


def _names(folder: Path, links: bool) -> list[str]:
    """The names of the patch files in a folder, of which some may be links."""
    try:
        with os.scandir(folder) as entries:
            found = [e.name.removesuffix(SUFFIX) for e in entries
                     if e.name.endswith(SUFFIX) and e.is_file(follow_symlinks=links)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PatchError(f"the patches in {folder} cannot be listed ({error.strerror}); make the folder readable", "io") from None
    return sorted(name for name in found if files.is_name(name))[:limits.LIBRARY_PATCHES]
