"""The user's own modules: found in their folder, built apart, kept with the session, and swapped while they play when their file is saved."""

import hashlib
import json
import time
from collections import deque
from pathlib import Path

from chronus.control.session import modules_path
from chronus.dsp.declare import Declaration
from chronus.modules.registry import install, modules
from chronus.native.build import object_file
from chronus.patch.errors import PatchError
from chronus.patch.files import read
from chronus.shared import files
from chronus.workshop.build import Build, build
from chronus.workshop.data import declaration_data, declaration_of
from chronus.workshop.folder import Folder, built, modules_folder, read_module
from chronus.workshop.words import WorkshopError

LOOK_SECONDS, RECORD = 0.3, "declaration.json"


def place_of(session: Path, id_: str, digest: str) -> Path:
    """The folder that keeps one module of a session as it was then."""
    return modules_path(session) / f"{id_}-{digest[:16]}"


def keep(session: Path, declaration: Declaration) -> None:
    """Puts a module's source and declaration into the session's folder, for whoever plays the session again. Raises OSError, WorkshopError."""
    place = place_of(session, declaration.id, declaration.digest)
    if (place / RECORD).exists():
        return
    if place.parent.is_symlink():
        raise WorkshopError(f"{place.parent} is a link; a session writes only into its own folder: remove the link", file=f"{declaration.id}.py")
    _, source = read_module(modules_folder() / f"{declaration.id}.py")
    if hashlib.sha256(source).hexdigest() != declaration.digest:
        raise WorkshopError("it was saved again just now; try again in some seconds", file=f"{declaration.id}.py")
    place.mkdir(parents=True, exist_ok=True)
    files.save(place / f"{declaration.id}.py", source)
    files.save(place / RECORD, json.dumps(declaration_data(declaration)).encode())


def recall(session: Path, id_: str, digest: str) -> Declaration:
    """A module as a session played it, built again from its source where its kernels are gone. Raises WorkshopError."""
    place = place_of(session, id_, digest)
    try:
        found = declaration_of(json.loads((place / RECORD).read_bytes()))
        if all(object_file(name).exists() for name in found.objects.values()):
            return found
    except (OSError, ValueError):
        pass
    return build(place / f"{id_}.py")


def install_used(session: Path, digests: dict[str, str]) -> None:
    """Makes known the very modules that a patch of the session was played with. Raises WorkshopError."""
    for id_, digest in digests.items():
        if id_ not in modules() or modules()[id_].digest != digest:
            install(recall(session, id_, digest))


def install_built(names: set[str] | None = None) -> None:
    """Makes known what was built before; of `names`, also what was not, which takes some seconds. Raises WorkshopError for those."""
    for path in Folder().changed()[0]:
        wanted = names is not None and path.stem in names
        try:
            declaration = built(path) or (build(path) if wanted else None)
            if declaration:
                install(declaration)
        except WorkshopError:
            if wanted:
                raise


def types_in(path: Path) -> set[str]:
    """The module types that a patch file names; whatever is wrong with it is said when it is read."""
    try:
        return {row["type"] for row in read(path)["modules"]}
    except (PatchError, KeyError, TypeError):
        return set()


def install_named(types: set[str]) -> None:
    """Makes known those of `types` that are modules of the user, built where they are not yet, which takes some seconds. Raises WorkshopError."""
    unknown = types - modules().keys()
    if unknown:
        install_built(unknown)


class OwnModules:
    """The folder of own modules, watched. `swap` is called with the name of a module that was built anew, `tell` with news. [control]"""

    def __init__(self, session: Path, swap, tell):
        self.session, self.swap, self.tell, self.folder = session, swap, tell, Folder()
        self.waiting: deque[Path] = deque()
        self.building: Build | None = None
        self.path: Path | None = None
        self.refused: dict[str, str] = {}
        self.looked = 0.0

    def turn(self) -> None:
        """Looks at the folder now and then, and at the build that is under way."""
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        changed, gone = self.folder.changed()
        for path in changed:
            if path not in self.waiting:
                self.waiting.append(path)
        for name in gone:
            self.refused.pop(name, None)
        if self.building is None and self.waiting:
            self.begin(self.waiting.popleft())
        elif self.building is not None:
            self.look()

    def begin(self, path: Path) -> None:
        self.path = path
        try:
            declaration = built(path)
            if declaration:
                self.add(declaration)
            else:
                self.building = Build(path)
        except WorkshopError as error:
            self.refuse(error)

    def look(self) -> None:
        try:
            declaration = self.building.poll()
        except WorkshopError as error:
            self.building = None
            self.refuse(error)
            return
        if declaration:
            self.building = None
            self.add(declaration)

    def refuse(self, error: WorkshopError) -> None:
        """What cannot be a module is told; what was built of the file before stays."""
        self.refused[self.path.stem] = str(error)
        self.tell("/module/refused", self.path.stem, str(error))

    def add(self, declaration: Declaration) -> None:
        """A module that came through its proofs may be used from now on."""
        known = modules().get(declaration.id)
        same = known is not None and known.digest == declaration.digest and known.objects == declaration.objects
        if same and self.refused.pop(declaration.id, None) is None:
            return
        self.refused.pop(declaration.id, None)
        install(declaration)
        self.tell("/module/added", declaration.id, declaration.doc.partition("\n")[0])
        if known is not None and not same:
            self.swap(declaration.id)

    def why_not(self, name: str) -> str | None:
        """Why there is no module type of this name, if its file is there."""
        if name in self.refused:
            return self.refused[name]
        if any(path.stem == name for path in self.waiting) or (self.building is not None and self.path.stem == name):
            return f"'{name}' is being compiled and proved; try again in some seconds"
        return None

    def close(self) -> None:
        if self.building is not None:
            self.building.close()
