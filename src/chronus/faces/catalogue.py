"""The modules as the command line shows them: what there is, and what each can do."""

import difflib

from chronus.faces.report import cell, complain, show_object, show_table


def show_modules(name: str | None, json: bool) -> int:
    """Lists all modules, the user's own among them, or describes the one with the id `name`; the exit code."""
    from chronus.modules.registry import builtin
    own, unbuilt = own_modules()
    found = {**builtin(), **own}
    if name in unbuilt:
        return complain(f"'{name}' is not built yet: `chronus modules check {name}` does it, and so does an engine that plays")
    if name is not None and name not in found:
        near = difflib.get_close_matches(name, found, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(found)}"
        return complain(f"no module {name!r}; {hint}")
    if name is None:
        rows = [describe(declaration) for declaration in found.values()]
        if json:
            show_object({"modules": rows, "unbuilt": unbuilt})
        else:
            show_table("Modules", ["id", "kind", "what it is"], [[row["id"], row["kind"], first_line(row["doc"])] for row in rows] +
                       [[name, "own", f"not built yet: chronus modules check {name}"] for name in unbuilt])
        return 0
    one = describe(found[name])
    if json:
        show_object(one)
        return 0
    print(one["doc"], end="\n\n")
    show_table("", ["parameter", "default", "low", "high", "unit", "curve", "glide_ms"],
               [[row[key] for key in ("name", "default", "low", "high", "unit", "curve", "glide_ms")] for row in one["params"]])
    tables = [["tables", [f"{row['name']} ({row['kind']}): {row['default']}" for row in one["tables"]]]] if one["tables"] else []
    show_table("", ["", ""], [["inlets", [row["name"] for row in one["inlets"]]], ["outlets", one["outlets"]], *tables])
    return 0


def own_modules() -> tuple[dict, list[str]]:
    """(declarations of the user's modules that are built, names of those that are not)."""
    from chronus.native.build import CacheError
    from chronus.workshop.folder import Folder, built
    from chronus.workshop.words import WorkshopError
    found, unbuilt = {}, []
    folder = Folder()
    for name in folder.scan():
        try:
            declaration = built(folder.path / name)
        except (WorkshopError, CacheError):      # without a cache nothing is built
            declaration = None
        if declaration:
            found[declaration.id] = declaration
        else:
            unbuilt.append(name.removesuffix(".py"))
    return found, unbuilt


def describe(declaration) -> dict:
    """A declaration as an object: id, kind, doc, inlets, params, tables, outlets."""
    return {"id": declaration.id, "kind": declaration.kind, "doc": declaration.doc,
            "inlets": [{"name": inlet.name, "default": inlet.default} for inlet in declaration.inlets],
            "params": [{key: getattr(param, key) for key in ("name", "unit", "default", "low", "high", "curve", "glide_ms")}
                       for param in declaration.params],
            "tables": [{key: getattr(table, key) for key in ("name", "kind", "default")} for table in declaration.tables],
            "outlets": list(declaration.outlets)}


def first_line(doc: str) -> str:
    """The first sentence of a module: what it is to a musician."""
    return cell(doc.strip().partition("\n")[0])
