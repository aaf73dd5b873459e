"""Edits of a patch: each takes a patch and gives the next one, with what it did. Only what an edit touches is checked.

Every edit returns (the new patch, its answer), the answer being what /done says after the address; the patch it was given stays as it was.
Cables go from "osc1" or "osc1/out" to "filter1", "filter1/cutoff" or "out"; what is left out is the first outlet or inlet.
"""
from dataclasses import replace

from chronus import limits
from chronus.modules.registry import modules
from chronus.patch.errors import PatchError, number, shown, suggestion
from chronus.patch.graph import OUT, Cable, Module, Patch, cable, check_table, check_value

CABLES_SHOWN = 6                            # of those that an error lists: what fits into one answer


def create(patch: Patch, id_: str, type_: str) -> tuple[Patch, tuple[str, str]]:
    """Adds a module with every knob at its default. Answers id and type. Raises PatchError."""
    text(id_, "the id of a module")
    text(type_, "the type of a module")
    if id_ in patch.modules:
        raise PatchError(f"there is a module '{id_}' ({patch.modules[id_].type}) already; take another id, such as "
                         f"'{free_id(patch, id_.rstrip('0123456789') or 'm')}'", "exists")
    if type_ not in modules() and id_ in modules():
        raise PatchError(f"no module type '{type_[:70]}'; the id comes first, then the type: "
                         f"/patch/create {free_id(patch, id_)} {id_}", "unknown-type")
    if len(patch.modules) >= limits.MODULES:
        raise PatchError(f"a patch has at most {limits.MODULES} modules; /patch/delete one first", "range")
    module = patch.check_module(Module(id_, type_))
    return patch.changed({**patch.modules, id_: module}, patch.cables), (id_, type_)


def delete(patch: Patch, id_: str) -> tuple[Patch, tuple[str, int]]:
    """Takes a module out, and its cables. Answers the id and how many cables went with it. Raises PatchError."""
    named(patch, text(id_, "the id of a module"))
    cables = [c for c in patch.cables if c.source != id_ and c.target != id_]
    found = {other: module for other, module in patch.modules.items() if other != id_}
    return patch.changed(found, cables), (id_, len(patch.cables) - len(cables))


def connect(patch: Patch, source: str, target: str, amount: float = 1.0) -> tuple[Patch, tuple[str, str, float]]:
    """Plugs a cable in, or changes the amount of one that is there. Answers both ends in full and the amount. Raises PatchError."""
    new = plugged(patch, source, target, amount)
    cables = [c for c in patch.cables if not same_places(c, new)]
    if len(cables) == len(patch.cables):
        if len(cables) >= limits.CABLES:
            raise PatchError(f"a patch has at most {limits.CABLES} cables; /patch/disconnect one first", "range")
        cables.append(new)
    else:
        cables.insert(next(i for i, c in enumerate(patch.cables) if same_places(c, new)), new)
    return patch.changed(patch.modules, cables), (new.start, new.end, new.amount)


def disconnect(patch: Patch, source: str, target: str | None = None) -> tuple[Patch, tuple[int]]:
    """Pulls cables out: those between two modules, or outlet and inlet where they are named; without `target`, all from there.

    Answers how many. Raises PatchError, which lists the cables that there are.
    """
    meant = plugged(patch, source, OUT if target is None else target)
    def is_meant(c: Cable) -> bool:
        return (c.source == meant.source and (c.outlet == meant.outlet or "/" not in source)
                and (target is None or c.target == meant.target and (c.inlet == meant.inlet or "/" not in target)))

    stay = [c for c in patch.cables if not is_meant(c)]
    if len(stay) == len(patch.cables):
        whither = "" if target is None else f" to {target}"
        raise PatchError(f"no cable goes from {source}{whither}; {cables_near(patch, meant, target is None)}", "unknown-name")
    return patch.changed(patch.modules, stay), (len(patch.cables) - len(stay),)


def set_value(patch: Patch, id_: str, name: str, value: float | str) -> tuple[Patch, tuple[str, str, float | str]]:
    """Sets a knob, in the unit of its parameter, or names what is in a table. Answers id, parameter and value. Raises PatchError."""
    module = named(patch, text(id_, "the id of a module"))
    declaration = module.declaration
    if text(name, "the name of a parameter") in (inlet.name for inlet in declaration.inlets):
        raise PatchError(f"{id_}/{name} is an inlet and has no knob; plug a cable into it: /patch/connect FROM {id_}/{name}",
                         "unknown-param")
    if declaration.table(name):
        value = check_table(declaration, name, str(value) if type(value) is int else value, id_)        # an 808 is a name, too
        tables = {**module.tables, name: value}
        if value == declaration.table(name).default:
            del tables[name]
        return patch.changed({**patch.modules, id_: replace(module, tables=tables)}, patch.cables), (id_, name, value)
    value = check_value(declaration, name, float(value) if isinstance(value, bool) else value, id_)
    param = declaration.param(name)
    params = {other: v for other, v in module.params.items() if other != param.name}
    if value != param.default:
        params[param.name] = value
    return patch.changed({**patch.modules, id_: replace(module, params=params)}, patch.cables), (id_, param.name, value)


EDITS = {"create": create, "delete": delete, "connect": connect, "disconnect": disconnect, "set": set_value}


def turned_by(verb: str, args: tuple, playing: Patch, patch: Patch) -> set[tuple[str, str]]:
    """The knobs, (id, parameter), about which an edit that made `patch` says where they are: the one that it sets, and all of a module
    that it made anew in place of one that plays.
    """
    id_ = args[0]
    declaration = patch.modules[id_].declaration if id_ in patch.modules else None
    if declaration and verb == "create" and id_ in playing.modules:
        return {(id_, param.name) for param in declaration.params}
    if declaration and verb == "set" and (param := declaration.param(args[1])):
        return {(id_, param.name)}
    return set()


def text(value, what: str) -> str:
    """The value if it is text. Raises PatchError."""
    if not isinstance(value, str):
        raise PatchError(f"{what} is text, not {shown(value)}", "type")
    return value


def named(patch: Patch, id_: str) -> Module:
    """The module with an id. Raises PatchError that knows what was meant."""
    if id_ in patch.modules:
        return patch.modules[id_]
    if id_ == OUT:
        raise PatchError("out is the way to the loudspeakers and no module; cables only go to it: /patch/connect FROM out",
                         "unknown-module")
    if id_ in modules():
        same = next((m.id for m in patch.modules.values() if m.type == id_), None)
        hint = f"this patch has '{same}'" if same else f"/patch/create {free_id(patch, id_)} {id_} makes one"
        raise PatchError(f"{id_} is a module type, not a module of this patch; {hint}", "unknown-module")
    raise PatchError(f"no module '{id_[:70]}'{suggestion(id_, patch.modules) or '; /patch/create makes the first one'}", "unknown-module")


def free_id(patch: Patch, stem: str) -> str:
    """An id that is not taken: filter1, filter2 ..."""
    return next(id_ for n in range(1, limits.MODULES + 2) if (id_ := f"{stem}{n}") not in patch.modules)


def plugged(patch: Patch, source: str, target: str, amount: float = 1.0) -> Cable:
    """The cable that two texts mean, whether it is there or not. Raises PatchError."""
    start = named(patch, text(source, "where a cable begins").partition("/")[0])
    types = {start.id: start.declaration}
    id_, _, inlet = text(target, "where a cable ends").partition("/")
    if id_ == OUT and inlet:
        raise PatchError(f"out has no inlet '{inlet[:70]}', it is stereo as it is; plug into out, through a pan to choose a side",
                         "unknown-param")
    if id_ != OUT:
        types[id_] = named(patch, id_).declaration
        if not types[id_].ports:
            raise PatchError(f"'{id_}' ({types[id_].id}) has nothing to plug a cable into", "unknown-param")
    return patch.check_cable(cable(source, target, number(amount, f"the amount of {source} -> {target}"), types))


def same_places(one: Cable, other: Cable) -> bool:
    return (one.source == other.source and one.target == other.target and one.outlet == other.outlet and one.inlet == other.inlet)


def cables_near(patch: Patch, meant: Cable, anywhere: bool) -> str:
    """What there is to pull out instead: between the two modules, else from the one, else into the other."""
    of = [c for c in patch.cables if meant.source in (c.source, c.target)]
    near = [] if anywhere else [c for c in of if {c.source, c.target} == {meant.source, meant.target}]
    near = near or of or [c for c in patch.cables if not anywhere and c.target == meant.target]
    if not near:
        return f"nothing is plugged into or out of '{meant.source}'"
    more = f" and {len(near) - CABLES_SHOWN} more" if len(near) > CABLES_SHOWN else ""
    return f"there is {', '.join(f'{c.start} -> {c.end}' for c in near[:CABLES_SHOWN])}{more}"
