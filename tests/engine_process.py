"""A real engine under test: started as people start it, injured by real signals, held against the render, never left behind.

`Engine` is one `chronus up` with a folder, a port and a state folder of its own. What it leaves behind when it ends fails the test.
"""
import io
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from chronus import linux
from chronus.control.journal import Line
from chronus.control.journal import entries as journal_lines
from chronus.control.replay import ENGINE, render_session
from chronus.control.session import journal_path
from chronus.faces import cli
from chronus.faces.client import PATIENT, Client, NoEngine, Reply
from chronus.shared import layout as at
from chronus.shared.memory import Memory, find_engine, name_of
from chronus.supervisor import main as supervisor
from chronus.supervisor.start import unlock

ROOT = Path(__file__).parent.parent
CHRONUS = (sys.executable, "-m", "chronus")
READY_SECONDS = 300.0                    # the first start on a machine compiles
PORT_STRIDE = 16                       # so many processes of one test run have ports of their own
SECONDS = 10.0                           # what a busy host may need for anything that takes milliseconds
LEAD = 16                                # blocks: 21 ms, so that an ordinary scheduler does not bring faults of its own
REPLICAS = ("replica 0", "replica 1")
MAKES_SOUND = ("device", *REPLICAS)


def until(condition, what: str, seconds: float = SECONDS):
    """Waits until `condition()` is true and returns it; fails with `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.005)
    return found


def end_with_the_tests() -> None:
    """In an engine that is being started: it is asked to end when the tests are killed."""
    linux.libc.prctl(linux.PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def free_port() -> int:
    """A UDP port that is free now, outside the range that the system gives to clients, and that no other process of the same test run takes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % PORT_STRIDE
    while True:
        port = random.SystemRandom().randrange(20_000 + worker, 32_000, PORT_STRIDE)       # a test may have seeded the other one
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """What an engine in `folder` is started with: the kernel cache is the one that everybody uses, so kernels compile once, and nothing that can be
    done without.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CHRONUS_OSC")}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "CHRONUS_STATE": str(folder / "state"), "CHRONUS_FASTER": "0", **changes}


def chronus(*words, folder: Path, seconds: float = 60.0, text: str = "", **changes: str) -> subprocess.CompletedProcess:
    """Runs one verb to its end."""
    return subprocess.run([*CHRONUS, *map(str, words)], env=environment(folder, **changes), input=text, capture_output=True, text=True,
                          timeout=seconds)


def typed(*words, folder: Path, **changes: str) -> subprocess.CompletedProcess:
    """The same in this process, because a new one takes half a second to begin. No engine begins here: an `up` can only be refused."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment(folder, **changes).items():
            patch.setenv(name, value)
        patch.setattr(supervisor, "Supervisor", None)
        try:
            code = cli.main([str(word) for word in words])
        finally:
            unlock()
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def processes_of(folder: Path) -> list[int]:
    """All living processes that were started in `folder`, whoever their parent is now."""
    mark, found = f"CHRONUS_STATE={folder / 'state'}\0".encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes() + b"\0" and linux.alive(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def end_processes(folder: Path) -> None:
    """Kills what was started in `folder`, until nothing of it lives."""
    def none_left():
        for pid in processes_of(folder):
            linux.kill(pid)
        return not processes_of(folder)
    until(none_left, f"the end of all processes in {folder}")


def nothing_is_left(name: str, port: int) -> None:
    """Fails where a memory file or a socket outlives its processes; the last thread of a killed process may take a moment to let go."""
    until(lambda: not linux.find_memory_files(name), "a memory file is gone")
    until(lambda: linux.port_holder(port) is None, "a socket is closed")


@dataclass(frozen=True)
class Take:
    """A recording, as `/record/stop` answered."""

    path: Path
    first: int
    frames: int
    sha256: str


class Engine:
    """One engine and its players. `acked` holds (frame, address, args) of every command that was acknowledged, `takes` every recording."""

    def __init__(self, folder: Path, *options, session: Path | None = None, lead: int | None = LEAD, port: int | None = None,
                 **changes: str):
        self.folder, self.session = folder, session or folder / "session"
        self.port, self.changes = free_port() if port is None else port, changes
        self.options = [*(("--lead", lead) if lead else ()), *options]
        self.acked: list[tuple[int, str, list]] = []
        self.takes: list[Take] = []
        self.supervisors: list[subprocess.Popen] = []
        self._memories: list[Memory] = []
        self.client: Client | None = None
        self.log = folder / "engine.log"

    def start(self, *options) -> "Engine":
        """Runs `up`, on the session as it is, and waits for its line."""
        words = ["up", *(() if "--device" in self.options else ("--device", "null")), "--osc", f"127.0.0.1:{self.port}", "--session", self.session, "--json", *self.options, *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen([*CHRONUS, *map(str, words)], env=environment(self.folder, **self.changes), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=log, start_new_session=True, preexec_fn=end_with_the_tests)
        self.supervisors.append(process)
        ready, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
        line = process.stdout.readline() if ready else b""
        assert line, f"the engine did not say that it plays:\n{self.log.read_text()}"
        self.ready = json.loads(line)
        self._memories.append(find_engine(self.session, writable=True))
        self.port = self[at.H_OSC_PORT]
        self.meet()
        return self

    def meet(self) -> None:
        """Goes on as a new client, from a port of its own."""
        if self.client is not None:
            self.client.close()
        self.client = Client("127.0.0.1", self.port, timeout=SECONDS)

    @property
    def memory(self) -> Memory:
        return self._memories[-1]

    def __getitem__(self, word: int) -> int:
        return self.memory[word]

    def let_go(self) -> None:
        """Unmaps the engine's memory, so that this process is none of those that keep it alive."""
        for memory in self._memories:
            memory.close()
        self._memories.clear()

    def down(self) -> None:
        """Ends the engine in peace."""
        self.let_go()
        if self.supervisors[-1].poll() is None:
            self.supervisors[-1].send_signal(signal.SIGTERM)
        assert self.supervisors[-1].wait(SECONDS) == 0, self.log.read_text()

    def kill(self, role: str, number: int = signal.SIGKILL) -> int:
        """Sends a signal to the process of a role; its pid."""
        until(lambda: self.memory.alive(role), f"a living {role}")
        pid = self.memory.pid(role)
        os.kill(pid, number)
        return pid

    def replaced(self, role: str, old: int) -> int:
        """Waits until a role is played by another process than `old`; its pid."""
        until(lambda: self.memory.pid(role) != old and self.memory.alive(role), f"another {role} than pid {old}")
        until(lambda: not linux.alive(old), f"the end of pid {old}")
        return self.memory.pid(role)

    def redundant(self) -> None:
        """Waits until both replicas are in step."""
        until(lambda: self[at.REDUNDANT] == 1 and all(map(self.memory.alive, REPLICAS)), "two replicas in step")

    def advance(self, blocks: int) -> None:
        """Waits until so many more blocks have been played."""
        goal = self[at.PLAYED] + blocks
        until(lambda: self[at.PLAYED] >= goal, f"{blocks} more blocks played")

    def ask(self, address: str, *args, tag: float | None = None) -> Reply:
        """One command and its answer; sent again, from a new port, while nobody answers, unless it is one that may have to compile."""
        deadline = time.monotonic() + 2 * SECONDS
        while True:
            try:
                ticket = self.client.post(address, *args, tag=tag)
                reply = self.client.wait(ticket, timeout=None if address in PATIENT else 1.0)
                break
            except NoEngine:
                assert time.monotonic() < deadline, f"no answer to {address}"
        if reply.ok and reply.frame is not None and address.split("/")[1] in ("mod", "gate", "panic"):
            self.acked.append((reply.frame, address, [float(arg) for arg in args]))
        return reply

    def play(self, count: int = 20, seed: int = 0) -> None:
        """Plays: an open gate and `count` turns of knobs, one after the other, each acknowledged."""
        chance = random.Random(seed)
        assert self.ask("/gate/adsr", 1).ok
        for _ in range(count):
            address, low, high = chance.choice((("/mod/sine/freq", 50, 2000), ("/mod/filter/cutoff", 200, 8000), ("/mod/sine/gain", 0, 1),
                                                ("/gate/adsr", 0, 1)))
            assert self.ask(address, chance.uniform(low, high)).ok

    @contextmanager
    def take(self, name: str):
        """Records what happens inside, and proves that it is the render of the journal, bit for bit, and that no command was lost."""
        assert self.ask("/record/start", name).ok
        yield
        stopped = self.ask("/record/stop")
        assert stopped.ok, stopped
        take = Take(Path(stopped.args[0]), *stopped.args[1:4])
        assert take.frames > 0
        self.takes.append(take)
        self.prove(take)

    def prove(self, take: Take) -> None:
        """Fails where the recording is not the render, or where an acknowledged command is not in the journal at its frame."""
        rendered = render_session(self.session, take.first, take.frames)
        assert (rendered["frames"], rendered["sha256"]) == (take.frames, take.sha256), "what was played is not what the journal says"
        missing = Counter(map(repr, self.acked)) - Counter(repr((line.frame, line.command, line.args)) for line in self.journal())
        assert not missing, f"acknowledged, but not in the journal: {missing}"

    def journal(self) -> list[Line]:
        """The commands in the journal."""
        return [line for line in journal_lines(journal_path(self.session)) if line.actor != ENGINE]

    def close(self) -> None:
        """Ends everything; fails where a process outlives a peaceful end, or a memory file or a socket outlives the processes."""
        if self.client is not None:
            self.client.close()
        name = name_of(self.session)
        try:
            if self.supervisors and self.supervisors[-1].poll() is None:
                self.down()
                assert not processes_of(self.folder), "processes outlive their engine"
        finally:
            self.let_go()
            end_processes(self.folder)
            for process in self.supervisors:
                process.wait(SECONDS)
                process.stdout.close()
        nothing_is_left(name, self.port)


@pytest.fixture
def start(tmp_path):
    """Starts engines that end with the test."""
    with ExitStack() as stack:
        def start_one(*options, **named) -> Engine:
            folder = named.pop("folder", tmp_path)
            engine = Engine(folder, *options, **named)
            stack.callback(engine.close)
            return engine.start()
        yield start_one


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine that the tests of one file share."""
    shared = Engine(tmp_path_factory.mktemp("engine"))
    try:
        yield shared.start()
    finally:
        shared.close()


@contextmanager
def wired(folder: Path, commands):
    """An engine with a MIDI socket in `folder`, told some commands; and the socket's path."""
    path = folder / "midi.sock"
    engine = Engine(folder, "--midi", str(path))
    try:
        engine.start()
        for address, *args in commands:
            assert engine.client.ask(address, *args).ok
        yield engine, path
    finally:
        engine.close()


def plugged(engine) -> set[str]:
    """The MIDI ports that the status has."""
    return {port["name"] for port in engine.client.status()["midi"]["ports"]}


def plug(engine, path) -> socket.socket:
    """A MIDI cable into the socket that `--midi` made, when it is heard."""
    before = plugged(engine)

    def connected():
        cable = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            cable.connect(str(path))
            return cable
        except OSError:
            cable.close()
    cable = until(connected, "the socket is open")
    until(lambda: plugged(engine) - before, "the port is in the status")
    return cable
