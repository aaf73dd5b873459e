"""Every module there is: the instrument's own, found by walking the folders, and those that users made, installed while it plays.

A file named after its module is all it takes.
"""
import importlib
import pkgutil
from functools import cache

import chronus.modules
from chronus.dsp.declare import Declaration

_own: dict[str, Declaration] = {}


@cache
def builtin() -> dict[str, Declaration]:
    """The instrument's own module types by id, in alphabetical order. Raises TypeError where a file does not hold the module it is named after."""
    found = {}
    for info in pkgutil.walk_packages(chronus.modules.__path__, "chronus.modules."):
        name = info.name.rpartition(".")[2]
        if info.ispkg or info.name == __name__:
            continue
        declaration = getattr(importlib.import_module(info.name), name, None)
        if not isinstance(declaration, Declaration):
            raise TypeError(f"{info.name}: a file in chronus.modules holds one module, named like the file")
        found[name] = declaration
    return dict(sorted(found.items()))


@cache
def modules() -> dict[str, Declaration]:
    """All module types by id, in alphabetical order: built in and installed. Not to be changed."""
    return dict(sorted({**builtin(), **_own}.items()))


def install(declaration: Declaration) -> None:
    """Makes a user's module known to this process, in place of the one with its id. Raises ValueError for the id of a built-in one."""
    if declaration.id in builtin():
        raise ValueError(f"'{declaration.id}' is a module of the instrument; call yours something else")
    _own[declaration.id] = declaration
    modules.cache_clear()


def remove(id_: str) -> None:
    """Forgets a user's module; one that is not there is no error."""
    _own.pop(id_, None)
    modules.cache_clear()
