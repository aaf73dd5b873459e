"""A declaration as data: what crosses from the process that built a module to those that play it, and what is kept beside its kernels."""

from chronus import limits
from chronus.dsp.declare import TABLE_KINDS, TIMES, Declaration, Given, Inlet, Param, Promise, State, Table, Time
from chronus.native.build import OBJECT_NAME
from chronus.tables import builtin
from chronus.workshop.words import NAME

TEXTS, ROWS = ("id", "kind", "doc", "digest"), {"inlets": Inlet, "params": Param, "times": Time, "tables": Table, "given": Given, "states": State,
                                                      "promises": Promise}


def declaration_data(declaration: Declaration) -> dict:
    """All of a declaration but its formula, as JSON data."""
    return {**{key: getattr(declaration, key) for key in (*TEXTS, "bypass", "lanes", "version", "across", "inside")},
            **{key: [dict(vars(row)) for row in getattr(declaration, key)] for key in ROWS},
            "outlets": list(declaration.outlets), "objects": {str(lanes): name for lanes, name in declaration.objects.items()}}


def declaration_of(data) -> Declaration:
    """The declaration, without a formula. Raises ValueError where the data is damaged."""
    try:
        if not all(isinstance(data[key], str) for key in TEXTS) or not NAME.fullmatch(data["id"]):
            raise ValueError("its texts are no texts")
        rows = {key: tuple(_row(kind, row) for row in data[key]) for key, kind in ROWS.items()}
        objects = {int(lanes): name for lanes, name in data["objects"].items()}
        found = Declaration(**{key: data[key] for key in TEXTS}, formula=None, **rows, outlets=tuple(data["outlets"]), bypass=data["bypass"],
                            lanes=int(data["lanes"]), version=int(data["version"]), objects=objects, across=bool(data["across"]), inside=limits.WIDEST if data["inside"] else 0)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no declaration: {error}") from None
    names = [*found.outlets, *(row.name for row in (*found.inputs, *found.tables, *found.states))]
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in names) or found.bypass not in (None, *names):
        raise ValueError("this is no declaration: its ports have no proper names")
    if max(len(found.inputs), len(found.outlets)) > limits.PORTS or len(found.states) > limits.STATES:
        raise ValueError("this is no declaration: it has too many ports or states")
    if not all(time.what in TIMES for time in found.times):
        raise ValueError("this is no declaration: nothing of the music is called so")
    if not all(0.0 < line.seconds <= limits.LINE_SECONDS for line in found.lines):
        raise ValueError("this is no declaration: its delay lines have no proper length")
    if not all(table.kind in TABLE_KINDS and builtin.MAKERS.get(table.default, ("",))[0] == table.kind for table in found.tables):
        raise ValueError("this is no declaration: its tables are of no kind, or hold nothing that is built in")
    wanted = (found.lanes,) if found.across else limits.LANES
    if sorted(objects) != sorted(wanted) or not all(isinstance(name, str) and OBJECT_NAME.fullmatch(name) for name in objects.values()):
        raise ValueError("this is no declaration: its kernels are not those of its lanes")
    return found


def _row(kind, data: dict):
    """One port, state or promise, its fields of the types that they have by default."""
    row = kind(**data)
    for name, value in vars(row).items():
        is_number = name in ("default", "low", "high", "glide_ms", "seconds") and kind is not Table
        if not isinstance(value, {"settings": dict, "settles": bool, "apart": bool, "steady": bool, "reach": int}.get(name, (int, float) if is_number else str)):
            raise ValueError(f"this is no declaration: {name} is {value!r}")
    return row
