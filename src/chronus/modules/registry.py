"""Every module there is, found by walking the folders: a file named after its module is all it takes."""

import importlib
import pkgutil
from functools import cache

import chronus.modules
from chronus.dsp.declare import Declaration


@cache
def modules() -> dict[str, Declaration]:
    """All module types by id, in alphabetical order. Raises TypeError where a file does not hold the module it is named after."""
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
