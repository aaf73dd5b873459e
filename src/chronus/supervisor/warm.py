"""Loading all that an engine runs before any of it is forked; the first time that means compiling, with progress shown."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable

from chronus import linux
from chronus.dsp.kernel import kernel, kernel_is_built
from chronus.modules.registry import modules
from chronus.native.build import build, is_built
from chronus.native.words import FENCE_SIGNATURE, IN_ORDER, keep_order

NUMBER_BYTES = 2
MOST_COMPILERS = 4                      # each holds a compiler of 60 MB, and has to learn by itself what the functions have in common


def engine_functions() -> list[tuple[str, Callable, str]]:
    """(what a person calls it, function, signature) of the engine's own native code."""
    from chronus.device.callback import take_pace
    from chronus.device.null import run_null
    from chronus.device.pace import SIGNATURE as PACE
    from chronus.device.pace import TAKE_SIGNATURE
    from chronus.doors.osc.reader import SIGNATURE as READER
    from chronus.doors.osc.reader import run_reader
    from chronus.replica import guard
    from chronus.replica.block import SIGNATURE as BLOCK
    from chronus.replica.loop import run_replica
    from chronus.replica.machine import run_block
    from chronus.replica.offline import SIGNATURE as OFFLINE
    from chronus.replica.offline import run_blocks
    from chronus.replica.snapshot import save_snapshot
    from chronus.replica.rehearsal import rehearse
    from chronus.replica.swap import begin_session
    from chronus.replica.understudy import SIGNATURE as REHEARSAL
    from chronus.replica.witness import testify
    from chronus.shared.bell import FUNCTIONS
    found = [("machine", run_block, BLOCK), ("replica", run_replica, "int64(intp, int64)")]         # the longest first
    found += [("bell", function, signature) for function, signature in FUNCTIONS]
    found += [] if IN_ORDER else [("fence", keep_order, FENCE_SIGNATURE)]
    found += [("null device", run_null, PACE), ("pace", take_pace, TAKE_SIGNATURE), ("crash handler", guard.on_crash, guard.SIGNATURE),
              ("answer", guard.on_poke, guard.SIGNATURE), ("offline render", run_blocks, OFFLINE),
              ("snapshot", save_snapshot, "void(intp, int64)"), ("door", run_reader, READER),
              ("rehearsal", rehearse, REHEARSAL), ("witness", testify, REHEARSAL), ("first state", begin_session, "void(intp, int64)")]
    try:
        from chronus.device.card import SIGNATURE as CARD
        from chronus.device.card import data_callback
        found.append(("sound card", data_callback, CARD))
    except ImportError:
        pass
    return found


def warm(kernels: Iterable[tuple[str, int]], report: Callable[[int, int, str], None] | None = None) -> int:
    """Loads the engine's code and the kernels (module type, lanes) that a patch needs. Returns how many had to be compiled.

    Compiling happens in a child, because the compiler's 60 MB would be forked, and given back, with every process of the engine.
    """
    work = [(name, lambda f=f, s=s: is_built(f, s), lambda f=f, s=s: build(f, s)) for name, f, s in engine_functions()]
    work += [(f"{type_} x{lanes}", lambda d=modules()[type_], n=lanes: kernel_is_built(d, n), lambda d=modules()[type_], n=lanes: kernel(d, n))
             for type_, lanes in kernels]
    missing = [name for name, built, _ in work if not built()]
    if missing:
        compile_apart([(name, load) for name, _, load in work if name in missing], report)
    for _, _, load in work:
        load()
    return len(missing)


def compile_apart(work: list[tuple[str, Callable]], report: Callable[[int, int, str], None] | None) -> None:
    """Compiles in child processes, each taking the next number from a pipe; what fails there fails again, with its reason, where it is loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    numbers, end = os.pipe()
    os.write(end, b"".join(number.to_bytes(NUMBER_BYTES, "little") for number in range(len(work))))
    os.close(end)
    children = [fork_compiler(numbers, work, report) for _ in range(min(len(work), os.cpu_count() or 1, MOST_COMPILERS))]
    os.close(numbers)
    for pid in children:
        os.waitpid(pid, 0)
    if report:
        report(len(work), len(work), "")


def fork_compiler(numbers: int, work: list[tuple[str, Callable]], report: Callable[[int, int, str], None] | None) -> int:
    """A child that compiles what it takes from the pipe `numbers`; its pid."""
    parent, pid = os.getpid(), os.fork()
    if pid:
        return pid
    linux.end_with_parent(parent)           # it has the port and the session, too
    try:
        while number := os.read(numbers, NUMBER_BYTES):
            done = int.from_bytes(number, "little")
            if report:
                report(done, len(work), work[done][0])
            work[done][1]()
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def show_progress(done: int, total: int, name: str) -> None:
    """A bar on standard error; lines where that is no terminal."""
    if sys.stderr.isatty():
        width = 30
        bar = ("#" * (width * done // total)).ljust(width, ".")
        print(f"\rcompiling (once) [{bar}] {done}/{total} {name:<20}", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif name:
        print(f"compiling (once) {done + 1}/{total} {name}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    warm([], show_progress)
