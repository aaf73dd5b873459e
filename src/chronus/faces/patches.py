"""Patches on the command line: the library listed, a patch drawn, two of them compared."""

import json
import shutil
from pathlib import Path

from chronus.control.own_modules import RECORD
from chronus.control.session import modules_path
from chronus.faces.client import Client, NoEngine, Reply
from chronus.faces.patch_text import patch_text
from chronus.faces.report import complain, show_object, show_table
from chronus.modules.registry import install, modules
from chronus.native.build import CacheError
from chronus.patch.difference import difference
from chronus.patch.graph import Patch, PatchError
from chronus.patch.library import Library
from chronus.patch.svg import svg
from chronus.workshop.data import declaration_of
from chronus.workshop.folder import Folder, built
from chronus.workshop.words import WorkshopError


def learn_modules(session: Path | None = None) -> None:
    """Makes known the user's modules that were built, and those that `session` has played whose files cannot be built any more.

    What is known to nobody is said where it is used.
    """
    for path in Folder().changed()[0]:
        try:
            declaration = built(path)
        except (WorkshopError, CacheError):      # without a cache nothing is built
            continue
        if declaration:
            install(declaration)
    kept = modules_path(session).glob(f"*/{RECORD}") if session else ()
    for record in sorted(kept, key=lambda path: -path.stat().st_mtime_ns):
        try:
            declaration = declaration_of(json.loads(record.read_bytes()))
        except (OSError, ValueError):
            continue
        if declaration.id not in modules():
            install(declaration)


def saved_patch(name: str) -> Patch:
    """A patch of the library. Raises PatchError."""
    learn_modules()
    return Library().load(name)


def playing_patch(client: Client) -> Patch:
    """The patch that plays, its knobs where they stand. Raises NoEngine, PatchError."""
    session = client.status().get("session")
    learn_modules(Path(session) if session else None)
    reply = client.ask("/patch/show")
    if not reply.ok:
        raise NoEngine(f"the engine could not say what it plays: {reply.message}")
    return Patch.from_dict(json.loads(reply.args[0]))


def show_library(as_json: bool) -> int:
    """The saved patches, with what each is about."""
    learn_modules()
    library = Library()
    rows = []
    for name, whose in library.names().items():
        try:
            about = library.load(name).about
        except PatchError as error:
            about = str(error)
        rows.append({"name": name, "whose": whose, "about": about})
    if as_json:
        show_object({"patches": rows})
    else:
        show_table("Patches", ["name", "whose", "about"], [list(row.values()) for row in rows])
    return 0


def show_patch(patch: Patch, file: Path | None, as_json: bool) -> int:
    """A patch as a drawing on the terminal, as an SVG file, or as data."""
    if file is not None:
        try:
            file.write_text(svg(patch))
        except OSError as error:
            return complain(f"{file} cannot be written ({error.strerror}); name a file in a folder of yours")
    if as_json:
        show_object(patch.as_dict())
    elif file is None:
        print(patch_text(patch, shutil.get_terminal_size().columns))
    else:
        print(file)
    return 0


def show_difference(old: Patch, new: Patch, as_json: bool) -> int:
    lines = difference(old, new)
    if as_json:
        show_object({"difference": lines})
    else:
        print("\n".join(lines) or "no difference: both sound the same")
    return 0


def show_history(reply: Reply, as_json: bool) -> int:
    """The commits of a session, the newest last."""
    if not reply.ok:
        return complain(reply.message)
    rows = json.loads(reply.args[0])
    if as_json:
        show_object({"history": rows})
    else:
        show_table("History", ["", "number", "frame", "who", "what"],
                   [["->" if row["current"] else "", row["number"], row["frame"], row["who"], row["summary"]] for row in rows])
    return 0
