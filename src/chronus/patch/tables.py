"""The tables of a patch: what they are called, looked up before a commit, so that what plays names the very bits."""

from dataclasses import replace
from pathlib import Path

from chronus import limits
from chronus.patch.errors import suggestion
from chronus.patch.graph import Patch, PatchError
from chronus.tables import store
from chronus.tables.builtin import DIGESTS, MAKERS
from chronus.tables.decode import Wanted, fetch
from chronus.tables.form import is_reference, name_of
from chronus.tables.samples import names, samples_folder


def wanted(patch: Patch) -> dict[tuple[str, str], Wanted]:
    """What each table of a patch, (module, its name there), holds."""
    return {(id_, table.name): Wanted(name_of(module.table(table.name)), table.kind, module.table_digest(table.name))
            for id_, module in patch.modules.items() for table in module.declaration.tables}


def with_tables(patch: Patch, found: dict[Wanted, tuple[str, int]]) -> Patch:
    """The patch with the digests of its tables. Raises PatchError where they are too large together."""
    of, sizes = wanted(patch), {}
    modules = dict(patch.modules)
    for (id_, name), each in of.items():
        digest, sizes[digest] = found.get(each, (each.digest, 0))
        module = modules[id_]
        if name in module.tables:
            modules[id_] = replace(module, tables={**module.tables, name: f"{each.name}@{digest}"})
    if sum(sizes.values()) > limits.TABLE_BYTES:
        raise PatchError(f"the tables of the patch need {sum(sizes.values()) >> 20} MiB, and there are {limits.TABLE_BYTES >> 20}; take one out", "range")
    return patch.changed(modules, patch.cables)


def looked_up(patch: Patch, session: Path | None = None) -> Patch:
    """The patch with its tables made and, with a session, kept there. Waits for files to be read. Raises PatchError."""
    there = set(DIGESTS.values())
    needed = {each for each in wanted(patch).values() if session or each.digest not in there and not store.is_there(each.digest)}
    try:
        return with_tables(patch, fetch(needed, session)) if needed else patch
    except store.TableError as error:
        raise PatchError(str(error), "io") from None


def known_tables() -> dict[str, str]:
    """What tables can hold: name -> its kind for what is built in, "yours" for a file."""
    return dict.fromkeys(names(), "yours") | {name: kind for name, (kind, _) in MAKERS.items()}


def check_there(name: str) -> None:
    """Raises PatchError where a name stands for no table, with one that it may have meant."""
    known = known_tables()
    if is_reference(name) and name_of(name) == name and name not in known:
        raise PatchError(f"no sample '{name[:70]}' in {samples_folder()}{suggestion(name, known)}", "unknown-name")
