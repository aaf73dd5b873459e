"""Before the first process is forked: the session, the port, the patch, the kernels, the memory; or an engine that lives already."""

import errno
import fcntl
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np

from chronus import __version__, limits, linux
from chronus.control import session as sessions
from chronus.control.journal import KEPT, Journal, JournalError
from chronus.control.own_modules import install_built, types_in
from chronus.control.own_modules import keep as keep_module
from chronus.control.replay import OWN, Session
from chronus.device.pace import NULL
from chronus.native.build import CacheError, native
from chronus.patch.compiler import compile_patch
from chronus.patch.graph import Patch, PatchError, default
from chronus.patch.tables import looked_up
from chronus.replica.arena import Kernels, Machine
from chronus.replica.offline import Offline
from chronus.replica.resting import read as read_resting
from chronus.replica.snapshot import save_snapshot
from chronus.shared import layout as at
from chronus.shared import scores
from chronus.shared.log import BYPASS, COMMIT, SCORE
from chronus.shared.memory import Memory, OtherVersion, find_engine, find_engine_at
from chronus.supervisor.options import Options
from chronus.supervisor.warm import show_progress, warm
from chronus.units import milliseconds
from chronus.workshop.words import WorkshopError

RECEIVE_BUFFER = 4 << 20
END_SECONDS = 6.0
PATIENCE_STEP = 0.02                    # seconds; the last thread of a killed control may hold its socket a moment longer than its pid
TAKEN, REFUSED = 2, 1
LIMITS_FILE = "/etc/security/limits.d/95-chronus.conf"


class StartError(RuntimeError):
    """Why the engine does not start, and what to do; `status` is the exit status."""

    def __init__(self, message: str, status: int = REFUSED):
        super().__init__(message)
        self.status = status


def prepare(options: Options) -> tuple[Memory, socket.socket, bool]:
    """Memory and door of a new engine, or of the one that plays on this session without a supervisor (then the third is True)."""
    check(options)
    path, is_new = where(options)
    try:
        return prepare_in(path, options)
    except StartError:
        if is_new and _locks:           # it is nobody else's
            sessions.leave(path)
        raise


def where(options: Options) -> tuple[Path, bool]:
    """The folder of the session, and whether it is a new one. Raises StartError."""
    try:
        path = sessions.session_path(str(options.session)) if options.session else sessions.new_session()
        return path, not (options.session and path.exists())
    except sessions.SessionError as error:
        raise StartError(str(error)) from None


def prepare_in(path: Path, options: Options) -> tuple[Memory, socket.socket, bool]:
    """The same, in this folder."""
    try:
        folder = sessions.prepare(path)
        lock(folder)
        living = find_engine(folder, writable=True)
        if living is not None and living[at.STOP] != 0:
            wait_for_the_end(living)
            living = find_engine(folder, writable=True)
        if living is not None:
            return take_over(living, options)
        door = open_door(options.osc_host, options.osc_port)
        return build_memory(folder, options, door), door, False
    except (sessions.SessionError, JournalError, PatchError, CacheError, WorkshopError) as error:
        raise StartError(str(error)) from None
    except OtherVersion as error:
        raise StartError(f"the session {path} is taken: {error}", TAKEN) from None


def check(options: Options) -> None:
    """Refuses what no engine can be."""
    if options.rate not in limits.RATES:
        raise StartError(f"--rate takes {', '.join(map(str, limits.RATES))}, not {options.rate}")
    if not limits.MIN_BLOCK <= options.block <= limits.MAX_BLOCK or options.block % 16:
        raise StartError(f"--block takes a multiple of 16 from {limits.MIN_BLOCK} to {limits.MAX_BLOCK} frames, not {options.block}")
    if options.lead is not None and not limits.MIN_LEAD <= options.lead <= limits.MAX_LEAD:
        raise StartError(f"--lead takes {limits.MIN_LEAD} to {limits.MAX_LEAD} blocks, not {options.lead}")
    if not 0 <= options.osc_port <= 65535:
        raise StartError(f"--osc takes a port from 0 to 65535 (0: any that is free), not {options.osc_port}")


_locks: list[int] = []


def lock(folder: Path) -> None:
    """Makes this process the only supervisor of a session. Raises StartError naming who is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        living = find_engine(folder)
        who = f"an engine (pid {living.pid('supervisor')}, OSC port {living[at.H_OSC_PORT]})" if living else "another engine"
        raise StartError(f"the session {folder} is taken by {who}; end it with `chronus down`, or take another --session", TAKEN) from None
    _locks.append(descriptor)


def unlock() -> None:
    """Lets go of the lock in a forked child, so that it dies with the supervisor. [zygote]"""
    while _locks:
        os.close(_locks.pop())


def open_door(host: str, port: int, patience: float = 0.0) -> socket.socket:
    """The OSC socket; a port that is taken is tried again for `patience` seconds. Raises StartError that says who has it."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        door.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE and patience > 0:
            door.close()
            time.sleep(PATIENCE_STEP)
            return open_door(host, port, patience - PATIENCE_STEP)
        door.close()
        if error.errno != errno.EADDRINUSE:
            raise StartError(f"OSC cannot listen on {host}:{port}: {error.strerror}; choose another with --osc") from None
        engine = find_engine_at(port)
        session = f", playing {engine.text(at.SESSION_TEXT)}" if engine else ""
        raise StartError(f"port {port} is taken by {linux.port_holder(port)}{session}; end it with `chronus down`, or choose another port "
                         f"with --osc {host}:{port + 1}{'; or play along with `chronus attach`' * (engine is not None)}", TAKEN) from None
    for option in (linux.SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            door.setsockopt(socket.SOL_SOCKET, option, RECEIVE_BUFFER)
            break
        except OSError:
            continue
    return door


def wait_for_the_end(memory: Memory) -> None:
    """An engine that is ending already gets the time to close its files; what is left after that is killed."""
    deadline = time.monotonic() + END_SECONDS
    while any(memory.alive(role) for role in at.ROLES) and time.monotonic() < deadline:
        time.sleep(0.02)
    for role in at.ROLES:
        if memory.alive(role):
            linux.kill(memory.pid(role))


def take_over(memory: Memory, options: Options) -> tuple[Memory, socket.socket, bool]:
    """An engine whose supervisor died: what makes sound stays, the rest is ended, to be started again as ours."""
    if memory.alive("supervisor"):
        raise StartError(f"the session is played by an engine (pid {memory.pid('supervisor')}, OSC port {memory[at.H_OSC_PORT]}); "
                         f"end it with `chronus down`", TAKEN)
    open_door(options.osc_host, 0).close()                  # a host that is none of ours is refused before anybody is ended
    own = [name for name, is_other in (("--osc", options.osc_port not in (0, Options.osc_port, memory[at.H_OSC_PORT])), ("--patch", bool(options.patch)),
                                       ("--lead", options.lead not in (None, memory[at.H_LEAD]))) if is_other]
    if own:
        print(f"chronus: an engine plays this session already; it is taken over as it is, without {' and '.join(own)}", file=sys.stderr, flush=True)
    memory[at.READY] = memory[at.STOP_REQUEST] = 0
    for role in ("zygote", "control", "recorder", "rehearsal", "midi"):
        if memory.alive(role):
            linux.kill(memory.pid(role))
            while memory.alive(role):
                time.sleep(0.001)
    warm([], show_progress)
    Kernels(memory).load()              # or each new zygote would take a tenth of a second for them, before it can fork
    return memory, open_door(options.osc_host, memory[at.H_OSC_PORT], patience=3.0), True


def build_memory(folder: Path, options: Options, door: socket.socket) -> Memory:
    """The shared memory of an engine at rest, or at the end of what its session's journal holds."""
    realtime = can_be_realtime()
    lead = options.lead or (limits.DEFAULT_LEAD if realtime else limits.LEAD_WITHOUT_REALTIME)
    if not realtime:
        print(f"chronus: real-time scheduling is not allowed, so the lead is {lead} blocks ({milliseconds(lead * options.block, options.rate):.0f} ms). "
              f"To allow it, write '@audio - rtprio 95' and '@audio - memlock unlimited' into {LIMITS_FILE}, join the group audio, and log in again.",
              file=sys.stderr, flush=True)
    session = begin(folder, options, lead)
    warm(session.program.kernels, show_progress)
    memory = Memory.create(folder, session.rate, session.block, lead, line_kept=session.line_kept)
    memory.populate(0, memory[at.H_PROGRAM])            # what lies between is written by control, which may wait for pages
    memory.populate(memory[at.H_ARENA])
    memory[at.H_REALTIME], memory[at.H_OSC_PORT] = int(realtime), door.getsockname()[1]
    memory.set_text(at.DEVICE_WANTED, options.device)
    memory.set_text(at.MIDI_WANTED, options.midi)
    memory.set_text(at.DEVICE_TEXT, NULL)
    first_state(memory, session)
    return memory


def can_be_realtime() -> bool:
    """Whether every role may enter the real-time class: the device, whose priority is the highest, may. This process comes back at once."""
    if not linux.realtime("device"):
        return False
    linux.ordinary()
    return True


def begin(folder: Path, options: Options, lead: int) -> Session:
    """A new journal, or the one that is there. Raises JournalError, PatchError."""
    path = sessions.journal_path(folder)
    if path.exists():
        if options.patch:
            print(f"chronus: {folder} has begun with a patch of its own, which plays; --patch is for a new session", file=sys.stderr)
    else:
        install_built(types_in(options.patch) if options.patch else set())
        patch = looked_up(Patch.read(options.patch), folder) if options.patch else default()
        compile_patch(patch, options.rate, options.block)
        own = [d for d in {m.type: m.declaration for m in patch.modules.values()}.values() if d.digest]
        for declaration in own:
            keep_module(folder, declaration)
        versions = {"music-chronus": __version__, **{OWN + d.id: d.digest for d in own}}
        Journal.create(path, {"rate": options.rate, "block": options.block, "seed": 0, "versions": versions, "patch": patch.as_dict(), KEPT: limits.kept_blocks(lead)}).close()
    return Session(folder)


def blocks_to_replay(session: Session) -> int:
    """To the end, and to the last commit, score or verdict: replicas are ahead of what is heard, and had it when they ended."""
    brought = max((entry.frame // session.block + 1 for entry in session.entries if entry.kind in (BYPASS, COMMIT, SCORE)), default=0)
    return max(-(-session.frames // session.block), brought)


def offline_of(session: Session, folder: Path) -> Offline:
    return Offline(session.programs, session.entries, session.rate, session.block, session.scores, folder)


def as_it_ended(session: Session, folder: Path, blocks: int) -> Offline | None:
    """The session as it was when it last ended in peace; None where that was not kept, or not before block `blocks`."""
    resting = read_resting(folder, sessions.journal_path(folder))
    if resting is None or resting.block > blocks:
        return None
    offline = offline_of(session, folder)
    return offline if offline.take_up(resting) else None


def first_state(memory: Memory, session: Session) -> None:
    """Writes the snapshot that the replicas join from: silence, or the state after all that was journaled."""
    folder, blocks = Path(memory.text(at.SESSION_TEXT)), blocks_to_replay(session)
    offline = as_it_ended(session, folder, blocks) or offline_of(session, folder)
    if session.entries or session.end or session.position:
        while offline.next_block < blocks:
            before = offline.next_block
            offline.run(min(4096, blocks - before))
            show_replay(offline.next_block, blocks, before)
        offline.keep_waiting(session.logged)
        for word in (at.LOG_HEAD, at.JOURNALED):
            memory[word] = session.logged
        for word in (at.PLAYED, at.DECIDED):
            memory[word] = blocks
    for area, serial in offline.areas():
        memory.put_program(area, offline.memory.program(area), serial)
    for area in scores.areas_in(offline.machine.arena.view(np.int64), 0) - {-1}:
        scores.room(memory, area)[:] = scores.room(offline.memory, area)
    kernels = Kernels(memory)
    kernels.load()
    for side, size in offline.line_bytes():
        memory.rings(0, side)[:size] = offline.memory.rings(0, side)[:size]
    machine = Machine(memory, offline.machine.arena, kernels, offline.crumb.ctypes.data, memory.lines(0))
    native(save_snapshot, "void(intp, int64)")(machine.address, 0)


def show_replay(done: int, total: int, before: int = 0) -> None:
    """How far the replay of a session is; a line for each tenth of it where nobody sees the first one move."""
    percent = 100 * done // total
    if sys.stderr.isatty():
        print(f"\rreplaying the session {percent} %", end="\n" if done >= total else "", file=sys.stderr, flush=True)
    elif percent // 10 > 100 * before // total // 10:
        print(f"replaying the session {percent} %", file=sys.stderr, flush=True)
