"""The modules as the command line shows them: what there is, and what each can do."""

import difflib

from chronus.faces.report import cell, complain, show_object, show_table


def show_modules(name: str | None, json: bool) -> int:
    """Lists all modules, or describes the one with the id `name`; the exit code."""
    from chronus.modules.registry import modules
    found = modules()
    if name is not None and name not in found:
        near = difflib.get_close_matches(name, found, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(found)}"
        return complain(f"no module {name!r}; {hint}")
    if name is None:
        rows = [describe(declaration) for declaration in found.values()]
        if json:
            show_object({"modules": rows})
        else:
            show_table("Modules", ["id", "kind", "what it is"], [[row["id"], row["kind"], first_line(row["doc"])] for row in rows])
        return 0
    one = describe(found[name])
    if json:
        show_object(one)
        return 0
    print(one["doc"], end="\n\n")
    show_table("", ["parameter", "default", "low", "high", "unit", "curve", "glide_ms"],
               [[row[key] for key in ("name", "default", "low", "high", "unit", "curve", "glide_ms")] for row in one["params"]])
    show_table("", ["", ""], [["inlets", [row["name"] for row in one["inlets"]]], ["outlets", one["outlets"]]])
    return 0


def describe(declaration) -> dict:
    """A declaration as an object: id, kind, doc, inlets, params, outlets."""
    return {"id": declaration.id, "kind": declaration.kind, "doc": declaration.doc,
            "inlets": [{"name": inlet.name, "default": inlet.default} for inlet in declaration.inlets],
            "params": [{key: getattr(param, key) for key in ("name", "unit", "default", "low", "high", "curve", "glide_ms")}
                       for param in declaration.params],
            "outlets": list(declaration.outlets)}


def first_line(doc: str) -> str:
    """The first sentence of a module: what it is to a musician."""
    return cell(doc.strip().partition("\n")[0])
