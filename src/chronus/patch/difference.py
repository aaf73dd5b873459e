"""What one patch has that another has not, in lines that people read.

    + module kick (sine), freq 55 Hz
    - cable a/out -> b/audio
    ~ filter/cutoff 800 -> 1200 Hz
"""
from collections import Counter

from chronus.patch.graph import Cable, Module, Patch
from chronus.tables.form import name_of

SUMMARY_LINES = 2


def difference(old: Patch, new: Patch) -> list[str]:
    """Lines from `old` to `new`: modules, then settings, tables, cables. None where both sound the same."""
    return _modules(old, new) + _settings(old, new) + _tables(old, new) + _cables(old, new)


def summary(lines: list[str]) -> str:
    """The lines in one: the first of them, and how many more there are."""
    if not lines:
        return "the same sound"
    rest = len(lines) - SUMMARY_LINES
    return ", ".join(lines[:SUMMARY_LINES]) + (f", and {rest} more" if rest > 0 else "")


def _stays(id_: str, old: Patch, new: Patch) -> bool:
    return id_ in old.modules and id_ in new.modules and old.modules[id_].type == new.modules[id_].type


def _modules(old: Patch, new: Patch) -> list[str]:
    lines = [f"- module {m.id} ({m.type})" for m in old.modules.values() if not _stays(m.id, old, new)]
    for module in new.modules.values():
        if not _stays(module.id, old, new):
            settings = [f"{name} {_value(module, name)}" for name in sorted(module.params)]
            settings += [f"{name} {name_of(reference)}" for name, reference in sorted(module.tables.items())]
            lines.append(", ".join([f"+ module {module.id} ({module.type})", *settings]))
    return lines


def _settings(old: Patch, new: Patch) -> list[str]:
    """Knobs that stand elsewhere; one that is not set stands at its default."""
    lines = []
    for module in new.modules.values():
        if not _stays(module.id, old, new):
            continue
        before = old.modules[module.id]
        for param in module.declaration.params:
            if before.params.get(param.name, param.default) != module.params.get(param.name, param.default):
                lines.append(f"~ {module.id}/{param.name} {_value(before, param.name, False)} -> {_value(module, param.name)}")
    return lines


def _tables(old: Patch, new: Patch) -> list[str]:
    """Tables that hold something else."""
    lines = []
    for module in new.modules.values():
        for table in module.declaration.tables if _stays(module.id, old, new) else ():
            before, after = old.modules[module.id], module
            if before.table_digest(table.name) != after.table_digest(table.name):
                was, is_ = name_of(before.table(table.name)), name_of(after.table(table.name))
                lines.append(f"~ {module.id}/{table.name} {was} -> {is_}{' (read again)' if was == is_ else ''}")
    return lines


def _cables(old: Patch, new: Patch) -> list[str]:
    """Cables between the same ends are one cable with another amount; several between them are told apart by their amounts."""
    gone, came = Counter(old.cables), Counter(new.cables)
    gone, came = gone - came, came - gone
    lines, added = [], list(came.elements())
    for cable in gone.elements():
        turned = next((c for c in added if (c.start, c.end) == (cable.start, cable.end)), None)
        if turned is None:
            lines.append(f"- cable {_cable(cable)}")
        else:
            added.remove(turned)
            lines.append(f"~ cable {cable.start} -> {cable.end} amount {_number(cable.amount)} -> {_number(turned.amount)}")
    lines += [f"+ cable {_cable(cable)}" for cable in added]
    if not lines and old.cables != new.cables:
        lines.append("~ the cables are added up in another order")
    return lines


def _cable(cable: Cable) -> str:
    return f"{cable.start} -> {cable.end}" + (f" amount {_number(cable.amount)}" if cable.amount != 1.0 else "")


def _value(module: Module, name: str, with_unit: bool = True) -> str:
    param = module.declaration.param(name)
    unit = f" {param.unit}" if with_unit and param.unit not in ("", "gate") else ""
    return _number(module.params.get(name, param.default)) + unit


def _number(value: float) -> str:
    """As short as it can be without being another number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
