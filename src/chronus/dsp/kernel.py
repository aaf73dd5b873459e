"""From a declaration to a kernel: the loop over frames around a module's formula, written out as source and compiled per lane count.

A kernel is `void(context, offset, frames)`. The context is words: for each input an address and a stride in bytes (0 where the value stands
still), for each outlet an address, the address of the state, the addresses of what is given, for each delay line the address of its ring, its
size and the longest delay in frames, and for each table its address. The state is the values, each in its lanes, then for each line where it is
written next and for how many frames it was.
"""
import hashlib
import linecache
from functools import cache
from types import FunctionType

import numpy as np

from chronus.dsp import abreast, nearby
from chronus.dsp.abreast import Attempt, unlike
from chronus.dsp.countdown import Calm, counted_down
from chronus.dsp.declare import Declaration, Param
from chronus.dsp.kernel_words import (ABREAST_LINES, ASKING_LINES, BRINGS, CALM_LINES, GOING_LINES, LINES, LOADS, NEARBY_LINES, SILENCE, STEADY_LINES, STORES,
                                      behind, frame_number, in_order, last_frame, least, load_frames, load_sides, never, open_noting, open_table,
                                      open_told_four, open_told_one, places_of, stack_room, store_frames, store_sides, widened, write_four, write_line, write_one)
from chronus.dsp.lanes import any_lane, bits
from chronus.dsp.line_words import opened
from chronus.dsp.lines import Line, row_of
from chronus.dsp.networks import Fours, is_network
from chronus.dsp.steady import Going, Runs, is_steady
from chronus.native.build import KERNELS, CacheError, build, is_built, load_object, object_file
from chronus.native.words import clear, copy, load, load_int32, store_int32

STANDING_NAME = "Standing_"             # what the name of a kernel for what stands still begins with, as no module's does
SIGNATURE = "void(intp, intp, intp)"
LOWERING = "chronus.dsp.lowering"           # what lanes are to Numba; imported only to compile
TABLE_LOWERING = "chronus.dsp.table_lowering"
LINE_WORDS, LINE_STATE_BYTES = 3, 8               # of a delay line in the context; and in the state


def context_words(declaration: Declaration) -> dict[str, int]:
    """Where the parts of a context begin, in words."""
    outlets = 2 * len(declaration.inputs)
    states = outlets + len(declaration.outlets)
    lines = states + 1 + len(declaration.given)
    tables = lines + LINE_WORDS * len(declaration.lines)
    return {"inputs": 0, "outlets": outlets, "state": states, "given": states + 1, "lines": lines, "tables": tables,
            "size": tables + len(declaration.tables)}


def state_bytes(declaration: Declaration, lanes: int) -> int:
    """How much state a module has, without the rings of its delay lines."""
    return 4 * declaration.within(lanes) * len(declaration.values) + LINE_STATE_BYTES * len(declaration.lines)


def source(declaration: Declaration, lanes: int, standing: int, unheard: int) -> str:
    """The kernel's loop as Python. An input whose bit is set in `standing` is read once: its stride must be 0. Nothing is written for an outlet whose
    bit is set in `unheard`.
    """
    at, inside = context_words(declaration), declaration.within(lanes)
    take, put = ("load_sides", "store_sides") if declaration.inside else ("load_float", "store_float")
    stands = [standing >> j & 1 != 0 for j in range(len(declaration.inputs))]
    inputs = [f"standing{j}" if still else f"{take}(in{j} + i * step{j})" for j, still in enumerate(stands)]
    asked = [f"{take}(load(context + {16 * j}))" if still else inputs[j] for j, still in enumerate(stands)]
    given = [f"given{j}" for j in range(len(declaration.given))]
    tables = [f"table{j}" for j in range(len(declaration.tables))]
    outs = [f"out{j}" for j in range(len(declaration.outlets))]
    values, rings = range(len(declaration.values)), range(len(declaration.lines))
    states, after, value, ring = [], [], iter(values), iter(rings)
    for state in declaration.states:
        j = next(ring if state.kind == "line" else value)
        states.append(opened(j) if state.kind == "line" else f"state{j}")
        after.append(f"written{j}" if state.kind == "line" else f"state{j}")
    text = [f"def {kernel_name(declaration, lanes, standing, unheard)}(context, offset, frames):"]
    for j, still in enumerate(stands):
        text += ([f"    standing{j} = {take}(load(context + {16 * j}))"] if still else
                 [f"    step{j} = load(context + {16 * j + 8})", f"    in{j} = load(context + {16 * j}) + offset * step{j}"])
    for j in range(len(outs)):
        text.append(f"    to{j} = load(context + {8 * (at['outlets'] + j)}) + offset * {4 * lanes}")
    text.append(f"    memory = load(context + {8 * at['state']})")
    for j in range(len(given)):
        text.append(f"    given{j} = load_float(load(context + {8 * (at['given'] + j)}))")
    for j in range(len(tables)):
        text.append(f"    table{j} = open_table(load(context + {8 * (at['tables'] + j)}))")
    for j in values:
        text.append(f"    state{j} = load_{declaration.values[j].kind}(memory + {4 * inside * j})")
    for j in rings:
        first, place = at["lines"] + LINE_WORDS * j, 4 * inside * len(values) + LINE_STATE_BYTES * j
        text += [f"    {name} = load(context + {8 * (first + k)})" for k, name in enumerate((f"ring{j}", f"size{j}", f"longest{j}"))]
        text += [f"    {name} = load_int32(memory + {place + 4 * k}) + 0" for k, name in enumerate((f"at{j}", f"age{j}"))]
        text.append(f"    at{j} = at{j} if 0 <= at{j} < size{j} else 0")          # a flipped bit writes nowhere else
    result = outs[0] if len(outs) == 1 else f"({', '.join(outs)})"
    kept = f"({', '.join(after)},)" if after else "nothing"
    arguments = ", ".join(inputs + tables + given + states)
    audible = [j for j in range(len(outs)) if not unheard >> j & 1]
    after_formula = [f"{put}(to{j} + i * {4 * lanes}, out{j})" for j in audible]
    moves = [[f"write_line({opened(j)}, written{j})",
              f"at{j} = at{j} + 1 if at{j} + 1 < size{j} else 0", f"age{j} = age{j} + 1 if age{j} < longest{j} else age{j}"] for j in rings]
    heard, after_formula = after_formula, sum(moves, after_formula)
    frame = [f"{result}, {kept} = formula({arguments})", *after_formula]
    knobs_stand = all(stands[j] for j, found in enumerate(declaration.inputs) if isinstance(found, Param))
    if is_abreast(declaration, lanes, standing) and knobs_stand and not declaration.countdown:
        attempt = Attempt(declaration, lanes, stands, audible)
        text += ["    " + line for line in (*attempt.begin(), *attempt.play(frame))]
    elif nearby.is_nearby(declaration):
        text += ["    " + line for line in nearby.Runs(declaration, lanes, frame[0], heard).play(frame)]
    elif is_settling(declaration, standing):
        same = [f"unused{j}" if declaration.values[j].settles else f"state{j}" for j in values]
        text += ["    " + line for line in until_settled(declaration, frame, [f"{result}, ({', '.join(same)},) = formula({arguments})", *after_formula])]
    elif not declaration.countdown or not knobs_stand:
        text += ["    for i in range(frames):", *("        " + line for line in frame)]
    else:
        given_anew = [f"load_float(load(context + {8 * (at['given'] + j)}))" for j in range(len(given))]
        told, calm = ", ".join(asked + tables + given_anew + states), arguments.replace("open_line", "open_calm_line")
        runs = Calm(calm, f"{result}, {kept}", after_formula)
        if is_steady(declaration):
            at_once = Going(declaration, lanes, stands, audible) if is_abreast(declaration, lanes, standing) and all(line.steady for line in declaration.lines) else None
            behind = sum((move for j, move in enumerate(moves) if not declaration.lines[j].steady), heard)
            runs = Runs(calm, f"{result}, {kept}", after_formula, behind, declaration, lanes, at_once)
        elif is_network(declaration):
            runs = Fours(calm, f"{result}, {kept}", after_formula, heard, declaration)
        text += ["    " + line for line in counted_down(declaration, result, kept, told, after_formula, runs)]
    for j in values:
        text.append(f"    store_{declaration.values[j].kind}(memory + {4 * inside * j}, state{j})")
    for j in rings:
        place = 4 * inside * len(values) + LINE_STATE_BYTES * j
        text += [f"    store_int32(memory + {place}, at{j})", f"    store_int32(memory + {place + 4}, age{j})"]
    return "\n".join(text) + "\n"


def is_settling(declaration: Declaration, standing: int) -> bool:
    """Whether a module has nothing but what settles, and soon stands, and what is moved by it: no lines, and all its inputs stand."""
    stands = standing == (1 << len(declaration.inputs)) - 1 != 0
    return stands and not declaration.lines and not declaration.countdown and any(value.settles for value in declaration.values)


def until_settled(declaration: Declaration, frame: list[str], settled: list[str]) -> list[str]:
    """The frames of a call in which all inputs stand, each played as `frame` has it until it leaves alone what settles, and then as `settled` does, which
    lets that be: it follows from what stands.
    """
    kinds = {f"state{j}": value.kind for j, value in enumerate(declaration.values) if value.settles}
    moves = " | ".join(unlike(name, f"before_{name}", kind) for name, kind in kinds.items())
    return ["i, moves = 0, True", "while moves and i < frames:", *(f"    before_{name} = {name}" for name in kinds), *("    " + line for line in frame),
            f"    moves = any_lane({moves})", "    i += 1", "for i in range(i, frames):", *("    " + line for line in settled)]


def is_abreast(declaration: Declaration, lanes: int, standing: int) -> bool:
    """Whether a kernel may play some frames at once; never one that anything can be plugged into, for nobody holds that against another."""
    return standing != 0 and declaration.abreast is not None and lanes in abreast.COUNTS


def kernel_name(declaration: Declaration, lanes: int, standing: int, unheard: int) -> str:
    return f"{STANDING_NAME}{declaration.id}_{lanes}_{standing:x}_{unheard:x}" if standing else f"{declaration.id}_{lanes}"


@cache
def kernel_function(declaration: Declaration, lanes: int, standing: int = 0, unheard: int = 0) -> FunctionType:
    """The kernel as a Python function, ready for `native.build`; with bits in `standing`, the one for inputs that stand still, whose bits they are,
    and with bits in `unheard`, for outlets that nobody reads.

    What depends on those inputs alone is computed once, not in each frame, and what only such outlets need not at all. It gives the same bits.
    """
    inside = declaration.within(lanes)
    names = {"open_table": open_table} if declaration.tables else {}
    names |= {"load_int32": load_int32, "store_int32": store_int32, "open_line": LINES[inside, row_of(declaration.inside, inside)], "write_line": write_line} if declaration.lines else {}
    if declaration.countdown or declaration.roused or is_abreast(declaration, lanes, standing):
        names["calm"] = formula_of(declaration, calm=True)
    if declaration.countdown:
        names |= {"least": least, "open_calm_line": CALM_LINES[inside, row_of(declaration.inside, inside)]}
    if is_steady(declaration):
        names |= {"open_asking": ASKING_LINES[inside], "open_steady": STEADY_LINES[inside], "stack_room": stack_room}
    if nearby.is_nearby(declaration):
        names |= {"open_nearby": NEARBY_LINES[inside], "copy": copy}
        if declaration.roused:
            names |= {"roused": declaration.roused, "any_lane": any_lane}
    if declaration.inside:
        names |= {"load_sides": load_sides, "store_sides": store_sides}
    if is_network(declaration):
        names |= {word.__name__: word for word in (open_noting, open_told_four, open_told_one, places_of, write_four, write_one, stack_room, clear)} | BRINGS
    if is_abreast(declaration, lanes, standing):
        names |= {f"open_{kind}": opens for kind, opens in ABREAST_LINES[lanes].items()} | {"silence": SILENCE[lanes], "open_going": GOING_LINES[lanes], "in_order": in_order}
        names |= {f"next_{j}": declaration.abreast.follows[value.name] for j, value in enumerate(declaration.values) if value.name in declaration.abreast.follows}
        names |= {word.__name__: word for word in (load_int32, store_int32, any_lane, bits, stack_room, load_frames, store_frames, widened,
                                                   frame_number, behind, last_frame)}
    if is_settling(declaration, standing):
        names |= {"any_lane": any_lane, "bits": bits}
    name = kernel_name(declaration, lanes, standing, unheard)
    return function_of(name, source(declaration, lanes, standing, unheard), inside, formula=formula_of(declaration), **names)


def function_of(name: str, text: str, lanes: int, **names) -> FunctionType:
    """The function called `name` in a text that was made, ready for `native.build`: it knows `names`, and the loads and stores of so many lanes."""
    file = f"<kernel {name} {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)      # so that an error shows its line
    words = {f"{verb}_{kind}": table[kind, lanes] for verb, table in (("load", LOADS), ("store", STORES)) for kind in ("float", "int")}
    scope = {**words, "load": load, **names, "__name__": KERNELS}
    exec(compile(text, file, "exec"), scope)
    function = scope[name]
    function.__module__, function.source, function.lowering = KERNELS, text, LOWERING
    return function


@cache
def formula_of(declaration: Declaration, calm: bool = False) -> FunctionType:
    """A formula as a function that kernels are compiled around; `calm`, for frames in which nothing seldom is to be done."""
    known = declaration.formula.__globals__ | {"seldom": never} if calm else declaration.formula.__globals__
    formula = FunctionType(declaration.formula.__code__, known, declaration.formula.__name__ + calm * "_calm")
    formula.__module__ = declaration.formula.__module__
    if hasattr(declaration.formula, "source"):
        formula.source = declaration.formula.source
    if declaration.tables:
        formula.lowering = TABLE_LOWERING
    return formula


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


def reference(declaration: Declaration, inputs: list[np.ndarray], given: list, states: list, tables: list) -> tuple[list[np.ndarray], list]:
    """The formula run by NumPy, a frame at a time: inputs of shape (frames, lanes); (outlets of that shape, next states). A delay line is
    one of `dsp.lines`, and stays the same object; a table is one of `dsp.tables`.
    """
    outs, lanes = [[] for _ in declaration.outlets], inputs[0].shape[-1]
    for frame in zip(*(np.tile(each, declaration.within(lanes) // lanes) for each in inputs), strict=True):
        result, after = declaration.formula(*frame, *tables, *given, *states)
        states = [s.write(value) if isinstance(s, Line) else value for s, value in zip(states, after, strict=True)]
        for collected, value in zip(outs, result if len(outs) > 1 else [result], strict=True):
            collected.append(np.broadcast_to(np.asarray(value, np.float32), frame[0].shape)[:lanes])
    return [np.array(column) for column in outs], list(states)
