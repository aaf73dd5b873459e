"""The process that builds one user's module: reads the job from standard input, writes what it does and what came of it as JSON lines.

The only place where a user's Python runs. Everything it does is bounded by `guard`, and by the parent that waits for it.
"""
import hashlib
import json
import linecache
import os
import re
import signal
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chronus import limits
from chronus.workshop import guard
from chronus.workshop.words import STEPS, WorkshopError

OPERATORS = {"mod": "%", "floordiv": "//", "pow": "**", "mul": "*", "add": "+", "sub": "-", "truediv": "/", "lshift": "<<", "rshift": ">>"}
LISTED = re.compile(r"lanes_(float|int|mask)\d+")


def main(job: dict) -> None:
    """Builds `job["content"]` as the module `job["name"]`. The last line says {"declaration": ...} or {"error": ..., "line": ...}."""
    guard.limit_process(job["cpu_seconds"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)                          # whatever prints, this is not its pipe

    def tell(**line):
        out.write(json.dumps(line) + "\n")
        out.flush()
    try:
        tell(declaration=build(job["name"], job["content"], job["record"], tell))
    except WorkshopError as error:
        tell(error=error.message, line=error.line)
    except MemoryError:
        tell(error=f"it took more than {limits.BUILD_MEMORY_BYTES >> 30} GiB of memory", line=None)
    except Exception as error:
        tell(error=f"it cannot be built: {type(error).__name__}: {first_sentence(error)}", line=None)


def build(name: str, text: str, record: str, tell: Callable) -> dict:
    """The declaration of the module, as data, its kernels in the cache. Raises WorkshopError."""
    from chronus.workshop.check import check_source, line_of
    from chronus.workshop import proofs
    steps = iter(range(STEPS))

    def stage(doing):
        tell(doing=doing, done=next(steps))
    stage("it was read")
    tree = check_source(text, name)
    stage("its declaration was made")
    declaration = declare(name, text, tree)
    try:
        stage("its declaration was looked at")
        proofs.prove_contract(declaration)
        stage("its formula was tried")
        dry_run(declaration, name)
        names = prove(declaration, name, stage)
    except AssertionError as error:
        raise WorkshopError(str(error), line_of(tree, str(error), name)) from None
    return keep(replace(declaration, objects=names, digest=hashlib.sha256(text.encode()).hexdigest()), record)


def declare(name: str, text: str, tree):
    """Runs the file, which the check has let pass, with nothing of the system in reach; its Declaration."""
    import chronus.dsp.declare
    import chronus.dsp.delays
    import chronus.dsp.lanes
    import chronus.dsp.math
    import chronus.dsp.readers
    import chronus.units  # noqa: F401  (what a file imports must be there: it cannot open anything)
    file = file_of(name)
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = types.ModuleType(f"chronus.own.{name}")
    try:
        code = compile(tree, file, "exec", dont_inherit=True)
        with guard.armed():
            exec(code, space.__dict__)
    except guard.Refused as error:
        raise WorkshopError(str(error), line_in(file, error)) from None
    except MemoryError:
        raise
    except Exception as error:
        said = first_sentence(error).removeprefix(f"{name}: ")
        raise WorkshopError(f"its declaration does not hold: {said}", line_in(file, error)) from None
    for value in vars(space).values():
        if isinstance(value, types.FunctionType) and value.__module__ == space.__name__:
            value.source = text                    # what its code depends on is its whole file
    found = getattr(space, name)
    found.formula.source = text
    return found


def file_of(name: str) -> str:
    return f"<{name}.py>"


def line_in(file: str, error: BaseException) -> int | None:
    """The last line of `file` that an error went through."""
    return next((f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == file), None)


def first_sentence(error: BaseException) -> str:
    """An error on one line."""
    return (str(error).strip().partition("\n")[0] or type(error).__name__)[:300]


def dry_run(declaration, name: str) -> None:
    """Two frames of the formula in Python: most mistakes show here, and Python knows the line."""
    import numpy as np

    from chronus.workshop.harness import given_values, lanes_of, reference_states, reference_tables
    file, formula, lanes = file_of(name), declaration.formula, lanes_of(declaration)
    values = [np.full(lanes, port.default, np.float32) for port in declaration.inputs]
    states = reference_states(declaration, lanes)
    read = [*reference_tables(declaration), *given_values(declaration, lanes)]
    outs = len(declaration.outlets)
    wanted = ("(" + ", ".join(declaration.outlets) + ")" if outs > 1 else "its sound") + ", then a tuple of its " + \
        (f"{len(states)} next state(s)" if states else "next states, which is () as it has none")
    for _ in range(2):
        try:
            with guard.armed(), np.errstate(all="ignore"):
                result = formula(*values, *read, *states)
        except guard.Refused as error:
            raise WorkshopError(str(error), line_in(file, error)) from None
        except MemoryError:
            raise
        except Exception as error:
            raise WorkshopError(explained(error), line_in(file, error)) from None
        if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], tuple) or len(result[1]) != len(states) \
                or outs > 1 and (not isinstance(result[0], tuple) or len(result[0]) != outs) or outs == 1 and isinstance(result[0], tuple):
            raise WorkshopError(f"`{name}` returns {wanted}: `return {', '.join(declaration.outlets) if outs == 1 else '(low, high)'}, "
                                f"{'(next_state,)' if states else '()'}`", return_line(name))
        sounds = result[0] if outs > 1 else result[:1]
        for what, value, kind in [*((f"outlet '{n}'", v, "float") for n, v in zip(declaration.outlets, sounds)),
                                  *((f"next state '{s.name}'", v, s.kind) for s, v in zip(declaration.states, result[1]))]:
            check_value(what, value, kind, name)
        states = [s.write(value) if kept.kind == "line" else value for kept, s, value in zip(declaration.states, states, result[1])]


def check_value(what: str, value, kind: str, name: str) -> None:
    """What the formula returned is lanes of the right kind. An outlet may be a plain number, too."""
    import numpy as np
    if np.shape(value) == () and what.startswith("outlet") and isinstance(value, (int, float)):
        return
    found = getattr(value, "dtype", None)
    if np.shape(value) == () or found is None:
        raise WorkshopError(f"the {what} does not come from any input or state: it stays the same, so it needs no place", return_line(name))
    if found == bool:
        raise WorkshopError(f"the {what} is a mask, yes or no: select(mask, 1.0, 0.0) makes a number of it", return_line(name))
    if found != (np.int32 if kind == "int" else np.float32):
        raise WorkshopError(f"the {what} mixes numbers and phases: turns(phase) makes a number of a phase, to_phase(number) a phase",
                            return_line(name))


def explained(error: Exception) -> str:
    """An error of Python, or of NumPy's lanes, as advice."""
    if "truth value" in str(error):
        return "a value is several voices at once, so `if`, `and`, `or` and `not` cannot decide on it: use select(mask, a, b), &, | and ~"
    return f"the formula does not run: {first_sentence(error)}"


def return_line(name: str) -> int | None:
    """The last line of the file's formula that returns."""
    import ast
    tree = ast.parse("".join(linecache.cache[file_of(name)][2]))
    formula = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    return formula.body[-1].lineno


def compile_kernel(declaration, lanes: int, name: str, stage: Callable) -> str:
    """Compiles for one number of lanes; the name of the object file in the cache. Raises WorkshopError."""
    from numba.core.errors import NumbaError

    from chronus.dsp.kernel import SIGNATURE, kernel_function
    from chronus.native.build import keep_object
    from chronus.workshop.objects import missing_symbols
    stage(f"it was compiled for {lanes} lanes")
    try:
        path = keep_object(kernel_function(declaration, lanes), SIGNATURE)
    except (NumbaError, RecursionError) as error:
        raise WorkshopError(f"it cannot be compiled: {reason(str(error))}", numba_line(str(error), name)) from None
    missing = missing_symbols(path.read_bytes())
    if missing:
        path.unlink()
        raise WorkshopError(f"it needs {', '.join(sorted(missing))}, which is not there while it plays: use chronus.dsp.math instead")
    return path.name


def numba_line(text: str, name: str) -> int | None:
    """The innermost line of the user's file that Numba's message names."""
    file = re.escape(file_of(name))
    found = re.search(rf'(?:at {file} \(|File "{file}", line )(\d+)', text)
    return int(found[1]) if found else None


def reason(text: str) -> str:
    """What Numba has against it: the last call that it tried before it first named a place, else its first words."""
    inner = re.split(r"\n\s*File \"<|\n\s*During: typing of \S+ at", text)[0]
    calls = re.findall(r">>> (.+)", inner)
    plain = re.findall(r"(?:NameError|TypingError|UnsupportedError|UnsupportedBytecodeError): (?!Failed in)(.+)", inner)
    if len(calls) > 1:
        called, _, given = LISTED.sub(r"\1 lanes", calls[-1].strip()).partition("(")
        return f"lanes have no `{OPERATORS.get(called, called)}` of ({given}" + (f" ({plain[-1].strip().rstrip('.')})" if plain else "")
    return plain[-1].strip() if plain else next((line for line in text.splitlines()[1:] if line.strip()), "Numba cannot type it").strip()


def prove(declaration, name: str, stage: Callable) -> dict[int, str]:
    """Compiles and proves; the contract is proved already. What most modules fail comes first. The object files by number of lanes."""
    from chronus.workshop import proofs
    from chronus.workshop.harness import lanes_of
    first = lanes_of(declaration)
    names = {first: compile_kernel(declaration, first, name, stage)}
    guard.forbid_processes()
    for doing, proof in (("hostile input was played", proofs.prove_hostile), ("it was held against its formula", proofs.prove_reference),
                         ("silence was played", proofs.prove_silence), ("blocks of any length were played", proofs.prove_block_size),
                         ("it was reset and restored", proofs.prove_reset_and_restore)):
        run_proof(proof, declaration, name, doing, stage)
    for lanes in limits.LANES:
        if lanes != first and not declaration.across:
            names[lanes] = compile_kernel(declaration, lanes, name, stage)
    run_proof(proofs.prove_lanes, declaration, name, "any number of lanes was played", stage)
    run_proof(proofs.prove_response, declaration, name, "what it promises was measured", stage)
    return names


def run_proof(proof: Callable, declaration, name: str, doing: str, stage: Callable) -> None:
    """One proof; what Python itself has against the module comes out as a sentence. Raises AssertionError, WorkshopError."""
    stage(doing)
    try:
        proof(declaration)
    except (ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise WorkshopError(f"{explained(error)}, when {doing}", line_in(file_of(name), error)) from None


def keep(declaration, record: str) -> dict:
    """Puts the declaration beside its kernels, so that the next start finds it."""
    from chronus.native.build import write
    from chronus.workshop.data import declaration_data
    data = declaration_data(declaration)
    write(Path(record), json.dumps(data).encode())
    return data

