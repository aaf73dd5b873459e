"""An engine of one's own to injure or to measure: a process, its door, and a view of its memory."""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from chronus import linux
from chronus.doors.osc.codec import decode, encode
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.shared import layout as at
from chronus.shared.memory import Memory, find_engine

START_SECONDS = 120.0               # the first start compiles
RECEIVE_BUFFER = 4 << 20


def busy_patch(voices: int = 8, keys: int = 0) -> Patch:
    """A chord of sines, each with envelope, filter and place of its own; a slow sine sweeps every filter.

    With `keys`, also an instrument of so many voices, its saws through an echo of a third of a second.
    """
    modules, cables = [Module("sweep", "sine", {"freq": 0.3, "gain": 1.0})], []
    for i in range(voices):
        osc, env, low, place = (f"{name}{i}" for name in ("osc", "env", "low", "pan"))
        modules += [Module(osc, "sine", {"freq": 110.0 * (i + 2) / 2, "gain": 0.2}), Module(env, "adsr"), Module(low, "filter", {"resonance": 0.5}),
                    Module(place, "pan", {"position": 2.0 * i / max(1, voices - 1) - 1.0})]
        cables += [Cable(osc, "out", env, "audio"), Cable(env, "out", low, "audio"), Cable("sweep", "out", low, "cutoff", 900.0),
                   Cable(low, "low", place, "audio"), Cable(place, "out", OUT, "")]
    if keys:
        modules += [Module("keys", "notes", {"voices": float(keys), "glide": 20.0, "unison": 2.0}), Module("saw", "saw", {"freq": 0.0, "gain": 0.1}),
                    Module("shape", "adsr", {"release": 200.0}), Module("place", "pan"), Module("echo", "delay", {"time": 333.0, "feedback": 0.6})]
        cables += [Cable("keys", "freq", "saw", "freq"), Cable("keys", "gate", "shape", "gate"), Cable("saw", "out", "shape", "audio"),
                   Cable("keys", "place", "place", "position"), Cable("shape", "out", "place", "audio"), Cable("place", "out", "echo", "audio"),
                   Cable("echo", "out", OUT, "")]
    return Patch(modules, cables, "busy")


class Door:
    """A client that never waits: sends, and collects what comes back."""

    def __init__(self, port: int):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.sent, self.applied, self.failed = 0, Counter(), Counter()
        self.other: list = []

    def send(self, address: str, *args) -> None:
        try:
            self.socket.send(encode(address, args))
            self.sent += 1
        except OSError:
            self.failed["not sent"] += 1

    def collect(self) -> None:
        """Reads all answers: `applied` counts (address, frame), `failed` codes; anything else goes into `other`."""
        while True:
            try:
                content = self.socket.recv(65_535)
            except OSError:
                return
            for message in decode(content):
                if message.address == "/done" and len(message.args) == 2 and message.args[0] != "/ack":
                    self.applied[message.args] += 1
                elif message.address == "/fail":
                    self.failed[message.args[1]] += message.args[3] if len(message.args) > 3 else 1
                else:
                    self.other.append(message)

    def ask(self, address: str, *args, wanted: str, seconds: float = 10.0):
        """Sends until the answer whose address, or first argument, is `wanted` comes; its arguments. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        self.send(address, *args)
        while time.monotonic() < deadline:
            select.select([self.socket], [], [], 0.05)
            self.collect()
            for message in self.other:
                if message.address == wanted or (message.address == "/done" and message.args[0] == wanted):
                    self.other.remove(message)
                    return message.args
        raise TimeoutError(f"{address} was not answered within {seconds:g} s")

    def close(self) -> None:
        self.socket.close()


class Engine:
    """`chronus up` on the null device, in a session folder of its own. Use as a context manager."""

    def __init__(self, patch: Patch | None = None, lead: int | None = None, block: int = 64, folder: Path | None = None, environment: dict | None = None):
        self.scratch = tempfile.TemporaryDirectory(prefix="chronus-proof-") if folder is None else None
        self.folder = Path(folder or self.scratch.name)
        self.session = self.folder / "session"
        self.words = ["--device", "null", "--block", str(block), "--session", str(self.session), "--midi", str(self.folder / "midi.sock"), "--json"]
        if lead is not None:
            self.words += ["--lead", str(lead)]
        if patch is not None:
            (self.folder / "patch.json").write_text(json.dumps(patch.as_dict()))
            self.words += ["--patch", str(self.folder / "patch.json")]
        self.environment = {**os.environ, **(environment or {})}
        self.port = free_port()
        self.ready = self.start()

    def start(self) -> dict:
        """Starts a supervisor on the session; its ready line. Raises RuntimeError."""
        self.launch()
        self.has_spoken(START_SECONDS)
        return self.greet()

    def launch(self) -> None:
        """Starts a supervisor on the session, or starts it again to take over, and does not wait for it."""
        self.process = subprocess.Popen([sys.executable, "-m", "chronus", "up", "--osc", f"127.0.0.1:{self.port}", *self.words],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.environment, text=True)

    def has_spoken(self, seconds: float = 0.0) -> bool:
        """Whether there is a line of the supervisor to be read, or it has ended."""
        return bool(select.select([self.process.stdout], [], [], seconds)[0])

    def greet(self) -> dict:
        """The ready line of the supervisor that was launched. Raises RuntimeError where it has not said it by now."""
        line = self.process.stdout.readline() if self.has_spoken() else ""
        if not line:
            self.process.kill()
            raise RuntimeError(f"the engine did not start (status {self.process.wait()})")
        self.memory: Memory = find_engine(self.session)
        return json.loads(line)

    def pid(self, role: str) -> int:
        return self.memory.pid(role)

    def played(self) -> int:
        return self.memory[at.PLAYED]

    def end(self) -> None:
        """Ends the engine, gently first; whatever is left of it is killed by its id."""
        pids = self.memory.pids()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for role, pid in pids.items():
            if self.memory.alive(role):
                linux.kill(pid)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_) -> None:
        self.end()
        if self.scratch:
            self.scratch.cleanup()


def free_port() -> int:
    """A UDP port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
