"""Loading all that an engine runs before any of it is forked; the first time that means compiling, with progress shown."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable

from chronus.dsp.kernel import kernel, kernel_is_built
from chronus.modules.registry import modules
from chronus.native.build import build, is_built


def engine_functions() -> list[tuple[str, Callable, str]]:
    """(what a person calls it, function, signature) of the engine's own native code."""
    from chronus.device.null import run_null
    from chronus.doors.osc.reader import SIGNATURE as READER
    from chronus.doors.osc.reader import run_reader
    from chronus.replica import guard
    from chronus.replica.loop import run_replica
    from chronus.replica.offline import SIGNATURE as OFFLINE
    from chronus.replica.offline import run_blocks
    from chronus.replica.snapshot import save_snapshot
    from chronus.replica.rehearsal import rehearse
    from chronus.replica.swap import begin_session
    from chronus.replica.understudy import SIGNATURE as REHEARSAL
    from chronus.replica.witness import testify
    from chronus.shared.bell import FUNCTIONS
    found = [("bell", function, signature) for function, signature in FUNCTIONS]
    found += [("replica", run_replica, "int64(intp, int64)"), ("null device", run_null, "int64(intp)"), ("crash handler", guard.on_crash, guard.SIGNATURE),
              ("answer", guard.on_poke, guard.SIGNATURE),
             ("offline render", run_blocks, OFFLINE), ("snapshot", save_snapshot, "void(intp, int64)"), ("door", run_reader, READER),
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
    """Compiles in a child process; what fails there fails again, with its reason, where it is loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        for done, (name, load) in enumerate(work):
            if report:
                report(done, len(work), name)
            load()
        if report:
            report(len(work), len(work), "")
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
