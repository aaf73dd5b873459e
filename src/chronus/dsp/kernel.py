"""From a declaration to a kernel: the loop over frames around a module's formula, written out as source and compiled per lane count.

A kernel is `void(context, offset, frames)`. The context is words: for each input an address and a stride in bytes (0 where the
value stands still), for each outlet an address, the address of the state, and the addresses of what is given.
"""
import inspect
import linecache
from functools import cache
from types import FunctionType

import numpy as np

from chronus import limits
from chronus.dsp.declare import Declaration
from chronus.native.build import CacheError, build, is_built, load_object, object_file
from chronus.native.words import instruction, load

SIGNATURE = "void(intp, intp, intp)"
LOWERING = "chronus.dsp.lowering"           # what lanes are to Numba; imported only to compile
COUNTS = limits.LANES
LOADS, STORES = {}, {}

for _count in COUNTS:
    for _kind in ("float", "int"):
        @instruction
        def _load(address):
            """Lanes from memory; native code only."""

        @instruction
        def _store(address, value):
            """Lanes to memory; native code only."""

        LOADS[_kind, _count], STORES[_kind, _count] = _load, _store


def context_words(declaration: Declaration) -> dict[str, int]:
    """Where the parts of a context begin, in words."""
    outlets = 2 * len(declaration.inputs)
    states = outlets + len(declaration.outlets)
    return {"inputs": 0, "outlets": outlets, "state": states, "given": states + 1, "size": states + 1 + len(declaration.given)}


def source(declaration: Declaration, lanes: int) -> str:
    """The kernel's loop as Python."""
    at, name = context_words(declaration), declaration.id
    inputs = [f"load_float(in{j} + i * step{j})" for j in range(len(declaration.inputs))]
    given = [f"given{j}" for j in range(len(declaration.given))]
    states = [f"state{j}" for j in range(len(declaration.states))]
    outs = [f"out{j}" for j in range(len(declaration.outlets))]
    lines = [f"def {name}_{lanes}(context, offset, frames):"]
    for j in range(len(inputs)):
        lines += [f"    step{j} = load(context + {16 * j + 8})", f"    in{j} = load(context + {16 * j}) + offset * step{j}"]
    for j in range(len(outs)):
        lines.append(f"    to{j} = load(context + {8 * (at['outlets'] + j)}) + offset * {4 * lanes}")
    lines.append(f"    memory = load(context + {8 * at['state']})")
    for j in range(len(given)):
        lines.append(f"    given{j} = load_float(load(context + {8 * (at['given'] + j)}))")
    for j, state in enumerate(declaration.states):
        lines.append(f"    state{j} = load_{state.kind}(memory + {4 * lanes * j})")
    lines.append("    for i in range(frames):")
    result = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
    after = f"({', '.join(states)},)" if states else "nothing"
    lines.append(f"        {result}, {after} = formula({', '.join(inputs + given + states)})")
    for j in range(len(outs)):
        lines.append(f"        store_float(to{j} + i * {4 * lanes}, out{j})")
    for j, state in enumerate(declaration.states):
        lines.append(f"    store_{state.kind}(memory + {4 * lanes * j}, state{j})")
    return "\n".join(lines) + "\n"


@cache
def kernel_function(declaration: Declaration, lanes: int) -> FunctionType:
    """The kernel as a Python function, ready for `native.build`."""
    text, file = source(declaration, lanes), f"<kernel {declaration.id} {lanes}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)      # so that an error shows its line
    names = {f"{verb}_{kind}": table[kind, lanes] for verb, table in (("load", LOADS), ("store", STORES)) for kind in ("float", "int")}
    formula = FunctionType(declaration.formula.__code__, declaration.formula.__globals__, declaration.formula.__name__)
    formula.__module__ = declaration.formula.__module__
    formula.source = _formula_source(declaration)
    scope = {**names, "load": load, "formula": formula, "__name__": "chronus.kernels"}
    exec(compile(text, file, "exec"), scope)
    function = scope[f"{declaration.id}_{lanes}"]
    function.__module__, function.source, function.lowering = "chronus.kernels", text, LOWERING
    return function


def _formula_source(declaration):
    return getattr(declaration.formula, "source", None) or inspect.getsource(declaration.formula)


def kernel(declaration: Declaration, lanes: int) -> int:
    """The address of the module's kernel for `lanes` lanes, compiled if need be. A user's module is compiled already, and only loaded.

    Raises CacheError where the object file of a user's module is not there.
    """
    if declaration.objects:
        return load_object(_object_name(declaration, lanes))
    return build(kernel_function(declaration, lanes), SIGNATURE)


def kernel_is_built(declaration: Declaration, lanes: int) -> bool:
    if declaration.objects:
        return object_file(_object_name(declaration, lanes)).exists()
    return is_built(kernel_function(declaration, lanes), SIGNATURE)


def _object_name(declaration, lanes):
    if lanes not in declaration.objects:
        raise CacheError(f"'{declaration.id}' has no kernel for {lanes} lanes, only for {', '.join(map(str, declaration.objects))}")
    return declaration.objects[lanes]


def reference(declaration: Declaration, inputs: list[np.ndarray], given: list, states: list) -> tuple[list[np.ndarray], list]:
    """The formula run by NumPy, a frame at a time: inputs of shape (frames, lanes); (outlets of that shape, next states)."""
    outs = [[] for _ in declaration.outlets]
    for frame in zip(*inputs, strict=True):
        result, states = declaration.formula(*frame, *given, *states)
        for collected, value in zip(outs, result if len(outs) > 1 else [result], strict=True):
            collected.append(np.broadcast_to(np.asarray(value, np.float32), frame[0].shape))
    return [np.array(column) for column in outs], list(states)
