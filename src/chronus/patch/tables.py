"""The tables of a patch: what they are called, looked up before a commit, so that what plays names the very bits."""

from dataclasses import replace
from pathlib import Path

from chronus import limits
from chronus.patch.errors import shown, some, suggestion
from chronus.patch.graph import Patch, PatchError
from chronus.tables import store
from chronus.tables.builtin import DIGESTS, MAKERS
from chronus.tables.decode import Wanted, fetch
from chronus.tables.form import is_reference, name_of
from chronus.tables.samples import names, samples_folder
from chronus.units import typed


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


def table_named(value):
    """The name of what a table shall hold. Where a number came, it is the name that is written so, else the only one that reads as it:
    1 is '1', else '01'. What can be no name stays as it is. Raises PatchError where nothing is called so, with what it may have meant.
    """
    name, known = written(value), known_tables()
    if name not in known and type(value) in (int, float):
        same = [other for other in known if reads_as(other, value)]
        if len(same) > 1:
            raise PatchError(f"{shown(value)} can be {some(same)}; send the name as text", "unknown-name")
        name = same[0] if same else name
    if not is_reference(name):
        return value
    if name_of(name) == name and name not in known:
        raise PatchError(f"no sample '{name[:70]}' in {samples_folder()}{suggestion(name, known)}", "unknown-name")
    return name


def written(value):
    """A number or a truth as people write it, 1.0 as 1; all else as it is."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, (bool, int, float)) else value


def reads_as(name: str, value: float) -> bool:
    """Whether a name, typed, would be this number."""
    number = typed(name)
    return type(number) in (int, float) and number == value
