"""Modules that came through their proofs and go bad later: `bad` halves what it hears, until its knob `trouble` says what it shall do instead.

The kernel is written by hand, because no formula can do what this does; the record beside it says that it was built and proved.
"""
import hashlib
import json
import os
import signal
from functools import cache, partial, wraps
from pathlib import Path

import numpy as np
from engine_process import Engine, Take, until

from chronus import limits
from chronus.control.replay import Session
from chronus.dsp.declare import Declaration, Inlet, Param, State
from chronus.faces.client import Reply
from chronus.native.build import keep_object
from chronus.native.words import (
    cpu_time_ns,
    instruction,
    load,
    load_acquire,
    load_float32,
    load_int32,
    store_float32,
    store_int32,
    store_release,
)
from chronus.replica.bypass import FADE_FRAMES
from chronus.replica.offline import render
from chronus.shared import files
from chronus.shared import layout as at
from chronus.shared.log import BYPASS, RETRY
from chronus.shared.program import key_of
from chronus.workshop.data import declaration_data
from chronus.workshop.folder import record_path

# Blocks: 85 ms, so that a host which stops for a moment fails no test. `make faults` plays the same tests with a lead of 4.
LEAD = int(os.environ.get("CHRONUS_TEST_LEAD", limits.MAX_LEAD))
ALL = bool(os.environ.get("CHRONUS_ALL"))  # `make faults` breaks modules in every way, `make test` in some
FINE, NULL_WRITE, DIVIDE, LOOP, SLOW, NAN, BLAST, INFINITE, ILLEGAL, BUS = range(10)
LATE = 20                               # added to a trouble: it begins when the module has played for LATE_FRAMES
LATE_FRAMES = 9_600                     # 200 ms: longer than a rehearsal (96 ms, 181 in doubt), shorter than the probation (500 ms)
RAMP_FRAMES = 2_400                     # from rest it comes in over 50 ms, so that one hears whether its state began anew
SLOW_NS = 13_333_333                    # ten blocks of 64 frames at 48 kHz
QUIET_NAN, HUGE, BEYOND = float("nan"), 1e30, float("inf")
SIGILL, SIGBUS = int(signal.SIGILL), int(signal.SIGBUS)
SIGNATURE = "void(intp, intp, intp)"


@instruction
def divide(a, b):
    """Whole numbers as the processor divides them: by zero it raises SIGFPE. Native code only."""


@instruction
def raise_signal(number):
    """raise(3). Native code only."""


def bad_kernel(context, offset, frames):
    """`audio` and `trouble` in, `out` out; the state is how long it has played, and a zero."""
    step, trouble = load(context + 8), load_float32(load(context + 16) + offset * load(context + 24))
    audio, out, memory = load(context) + offset * step, load(context + 32) + 4 * offset, load(context + 40)
    age, kind = load_int32(memory), int(trouble)
    if kind >= LATE:
        kind = kind - LATE if age >= LATE_FRAMES else FINE
    for i in range(frames):
        store_float32(out + 4 * i, load_float32(audio + i * step) * (0.5 * min(age + i, RAMP_FRAMES) / RAMP_FRAMES))
    store_int32(memory, age + frames)
    if kind == NULL_WRITE:
        store_release(8, 1)
    elif kind == DIVIDE:
        store_int32(memory + 4, divide(age + 1, load_int32(memory + 4)))
    elif kind == LOOP:
        while load_acquire(context) != 0:
            store_float32(out, 0.0)
    elif kind == SLOW:
        began = cpu_time_ns(0)
        while cpu_time_ns(0) - began < SLOW_NS:
            store_float32(out, load_float32(out))
    elif kind == NAN:
        store_float32(out + 4 * (frames // 2), QUIET_NAN)
    elif kind == BLAST:
        store_float32(out + 4 * (frames // 2), HUGE)
    elif kind == INFINITE:
        store_float32(out + 4 * (frames // 2), BEYOND)
    elif kind == ILLEGAL:
        raise_signal(SIGILL)
    elif kind == BUS:
        raise_signal(SIGBUS)


@cache
def kernel_object() -> str:
    """The name of the kernel's object file, in the cache that engines share."""
    from numba import types

    from chronus.native.lowering import I32, external, lowered

    lowered(divide, types.int64, types.int64, types.int64)(lambda builder, a, b: builder.sdiv(a, b))
    lowered(raise_signal, types.void, types.int32)(lambda builder, number: builder.call(external(builder, "raise", I32, I32), [number]))
    return keep_object(bad_kernel, SIGNATURE).name


def declaration(name: str = "bad", bypass: str | None = None, digest: str = "") -> Declaration:
    """What the module says of itself. `bypass` names the inlet that is heard in its place."""
    return Declaration(name, "mixing", "Halves what it hears, while it is well.", None, (Inlet("audio"),),
                       (Param("trouble", high=100.0, glide_ms=0.0),), (), (State("age", "int"), State("zero", "int")), ("out",), bypass, 1, (),
                       digest=digest, objects={1: kernel_object()}, across=True)


def put(folder: Path, name: str = "bad", bypass: str | None = None) -> None:
    """Puts the module into a folder of own modules, as one that was built and proved already."""
    content = f'"""Halves what it hears, while it is well. Its bypass is {bypass}."""\n'.encode()
    found = declaration(name, bypass, hashlib.sha256(content).hexdigest())
    files.save(record_path(name, content), json.dumps(declaration_data(found)).encode())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_bytes(content)


def known(engine: Engine, name: str) -> None:
    """Waits until the engine has a module type."""
    until(lambda: name in json.loads(engine.ask("/module/types").args[0]), f"a module '{name}'")


def install(engine: Engine, *names: str, bypass: str | None = None) -> None:
    """Puts modules into the folder that an engine watches, and waits until it has them."""
    for name in names:
        put(engine.folder / "state" / "modules", name, bypass)
        known(engine, name)


# A slow, quiet tone through the bad module on the left: 110 Hz at 0.1, of which no step exceeds -57 dB. On the right what must not change.
BRANCHES = (("/patch/create", "low", "sine"), ("/patch/set", "low", "freq", 110.0), ("/patch/set", "low", "gain", 0.2),
            ("/patch/create", "bad", "bad"), ("/patch/connect", "low", "bad"),
            ("/patch/create", "left", "pan"), ("/patch/set", "left", "position", -1.0), ("/patch/connect", "bad", "left"),
            ("/patch/connect", "left", "out"),
            ("/patch/create", "high", "sine"), ("/patch/set", "high", "freq", 330.0), ("/patch/set", "high", "gain", 0.3),
            ("/patch/create", "right", "pan"), ("/patch/set", "right", "position", 1.0), ("/patch/connect", "high", "right"),
            ("/patch/connect", "right", "out"))


def stage(engine: Engine, *edits) -> None:
    for address, *args in edits:
        reply = engine.ask(address, *args)
        assert reply.ok, reply


def commit(engine: Engine) -> None:
    reply = engine.ask("/patch/commit")
    assert reply.ok, reply


def settle(engine: Engine) -> None:
    """Waits until the last commit is beyond its fade and its probation, and the module beyond its ramp."""
    engine.advance((FADE_FRAMES + 26_000) // 64 + RAMP_FRAMES // 64)


def play_branches(engine: Engine, bypass: str | None = None) -> None:
    """The patch of all these tests plays, and is no longer on probation."""
    install(engine, "bad", bypass=bypass)
    stage(engine, *BRANCHES)
    commit(engine)
    settle(engine)


def heard(engine: Engine, take: Take) -> np.ndarray:
    """What was played: (frames, 2). `engine.take` has proved that the render is just that."""
    session = Session(engine.session)
    return np.concatenate(list(render(session.programs, session.entries, session.rate, session.block, take.first, take.frames, scores=session.scores)))


def unharmed(engine: Engine, take: Take, module: str = "bad") -> np.ndarray:
    """What would have been played without the trouble."""
    session, knob = Session(engine.session), key_of(module, "trouble")
    entries = [e for e in session.entries if e.kind not in (BYPASS, RETRY) and e.target != knob]
    return np.concatenate(list(render(session.programs, entries, session.rate, session.block, take.first, take.frames, scores=session.scores)))


def alike(played: np.ndarray, wanted: np.ndarray | float) -> bool:
    """Whether one is the other, but for what the master's DC blocker still has of what was before: a fifth of the tone at most."""
    return bool(np.abs(played - wanted).max() < 0.02)


def step_db(difference: np.ndarray) -> float:
    """The largest step from one sample to the next, in dB of full scale."""
    return 20 * np.log10(max(1e-12, float(np.abs(np.diff(difference.astype(np.float64))).max())))


def quarantined(engine, module: str = "bad") -> dict:
    """What the status says of a module that is out of order for good."""
    def found():
        return next((row for row in engine.client.status()["quarantined"] if row["module"] == module and row["status"] == "quarantined"), None)
    return until(found, f"'{module}' in quarantine")


def heard_of(engine, address: str) -> list:
    """Waits for a piece of news; its arguments."""
    def found():
        return next((list(message.args) for message in engine.client.events(0.05) if message.address == address), None)
    return until(found, address)


class BlocksLost(AssertionError):
    """The engine was not in time."""


def nothing_lost(engine: Engine, before: int) -> None:
    """Raises BlocksLost where blocks were lost since there were `before`, if the system lets this engine be in time at all."""
    lost = engine[at.UNDERRUNS] - before
    if lost and engine[at.H_REALTIME]:
        raise BlocksLost(f"{lost} blocks lost")


def once_more(test):
    """A test that is played once more where blocks were lost: a host that stands still for longer than the lead loses some, too, but not twice in a row.
    Shared hosts do: a thread of the real-time class that only slept was held up for 20 to 55 ms six times a minute on one that had nothing else to do.
    `make faults`, on a host that does nothing else, has no such mercy.
    """
    @wraps(test)
    def played(start, tmp_path, **given):
        try:
            test(start, tmp_path, **given)
        except BlocksLost:
            if LEAD < limits.MAX_LEAD:
                raise
            again = tmp_path / "again"
            again.mkdir()
            test(partial(start, folder=again), tmp_path, **given)
    return played


def refused_at_once(start, trouble: int) -> tuple[Engine, Reply]:
    """A patch whose module is bad from its first block is committed: the engine, of which nothing was heard, and how it refused."""
    engine = start(lead=LEAD)
    install(engine, "bad")
    with engine.take("refused"):
        stage(engine, *BRANCHES, ("/patch/set", "bad", "trouble", trouble))
        refused = engine.ask("/patch/commit")
        assert not refused.ok and refused.code == "fault", refused
        engine.advance(50)
    assert not heard(engine, engine.takes[-1]).any()
    return engine, refused


def taken_back(start, trouble: int) -> tuple[Engine, str]:
    """A patch whose module goes bad on probation is committed: the engine, where the patch before plays again, and what it said."""
    engine = start(lead=LEAD)
    install(engine, "bad")
    before = engine.client.status()["patch"]["hash"]
    assert engine.ask("/gate/adsr", 1.0).ok and engine.ask("/notify", 1).ok
    with engine.take("probation"):
        stage(engine, *BRANCHES, ("/patch/set", "bad", "trouble", LATE + trouble))
        commit(engine)
        said = heard_of(engine, "/patch/rolled_back")[1]
        assert "'bad'" in said, said
        until(lambda: engine.client.status()["patch"]["hash"] == before, "the patch before")
        engine.redundant()
        engine.advance(100)
    return engine, said
