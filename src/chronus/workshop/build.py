"""Building a user's module from a process that must not wait: a child does it, within limits, and this watches the child."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chronus import limits
from chronus.dsp.declare import Declaration
from chronus.native.build import CacheError
from chronus.workshop.data import declaration_of
from chronus.workshop.folder import kept, read_module, record_path
from chronus.workshop.words import STEPS, WorkshopError

# One thread each, so that compiling takes one core at most; the engine has the others.
ALONE = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def start_child(bootstrap: str, job: dict, *arguments: str, **streams) -> subprocess.Popen:
    """A Python process in a session of its own that runs `bootstrap`, with `job` and where modules are found (`path`) as JSON on its standard input."""
    with tempfile.TemporaryFile("w+") as file:                 # not a pipe: nobody waits until the child has read it
        json.dump({**job, "path": [os.path.abspath(entry) for entry in sys.path]}, file)
        file.seek(0)
        return subprocess.Popen([sys.executable, "-I", "-c", bootstrap, *arguments], stdin=file, start_new_session=True, env={**os.environ, **ALONE}, **streams)


class Build:
    """One file on its way to a module. Starts at once; `poll` never blocks. Raises WorkshopError where the file cannot be read.

    `doing` is a phrase such as "hostile input was played", `done` of STEPS; `fileno` becomes readable when there is news. [control]
    """

    # First of all it leaves the real-time class of control, and yields to everything: importing alone takes 0.2 s.
    BOOTSTRAP = ("import os; os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)); os.nice(10)\n"
                 "import json, sys; job = json.load(sys.stdin); sys.path[:] = job['path']; from chronus.workshop.child import main; main(job)")

    def __init__(self, path: Path, seconds: float = limits.BUILD_SECONDS, cpu_seconds: int = limits.BUILD_CPU_SECONDS):
        self.path, self.seconds, self.cpu_seconds = Path(path), seconds, cpu_seconds
        self.doing, self.done, self.process = "it was begun", 0, None
        self._said, self._answer, self._killed_for = b"", None, ""
        self.name, content = read_module(self.path)
        try:
            self._result = kept(self.name, content)
            if self._result is None:
                self._start(content)
        except (CacheError, OSError) as error:
            raise self._refusal(f"it cannot be built here: {error}") from None

    def _start(self, content: bytes) -> None:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise self._refusal("this is no text in UTF-8") from None
        job = {"name": self.name, "content": text, "record": str(record_path(self.name, content)), "cpu_seconds": self.cpu_seconds}
        self.process = start_child(self.BOOTSTRAP, job, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._until = time.monotonic() + self.seconds

    def fileno(self) -> int | None:
        """Descriptor of what the child says; None when there is no child (any more)."""
        return self.process.stdout.fileno() if self.process else None

    def poll(self) -> Declaration | None:
        """The declaration when it is built, None while it is not. Raises WorkshopError with the reason, and the line, of a refusal."""
        if self._result is not None or self.process is None:
            return self._result
        ended = self._has_ended()                              # asked before reading, so that its last words are not missed
        self._listen()
        if not ended:
            if not self._killed_for and time.monotonic() > self._until:
                self._kill(f"it was not done after {self.seconds:g} s, when {self.doing}; make it smaller, or loop less")
            return None
        returncode = self.close()
        if self._killed_for:
            raise self._refusal(self._killed_for)
        if self._answer is None:
            raise self._refusal(self._death(returncode))
        if "error" in self._answer:
            raise self._refusal(str(self._answer["error"]), self._answer.get("line"))
        try:
            self._result = declaration_of(self._answer["declaration"])
        except ValueError as error:
            raise self._refusal(str(error)) from None
        return self._result

    def close(self) -> int | None:
        """Ends the child and all that it started, if any; its exit code."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)             # the child is not reaped yet, so the number is still its own
        process.stdout.close()
        return process.wait()

    def _has_ended(self) -> bool:
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def _kill(self, why: str) -> None:
        self._killed_for = why
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _listen(self) -> None:
        """Takes in what the child said so far: JSON lines. The last one is the answer."""
        with suppress(BlockingIOError):
            while len(self._said) <= limits.BUILD_REPORT_BYTES and (piece := os.read(self.process.stdout.fileno(), 1 << 16)):
                self._said += piece
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if "doing" in row:
                self.doing, self.done = str(row["doing"]), int(row["done"])
            else:
                self._answer = row
        if len(self._said) > limits.BUILD_REPORT_BYTES and not self._killed_for:
            self._kill("what it said about itself is too long")

    def _death(self, returncode: int) -> str:
        if returncode == -signal.SIGXCPU:
            return f"it was not done after {self.cpu_seconds} s of computing, when {self.doing}; make it smaller, or loop less"
        if returncode < 0:
            return f"it crashed ({signal.Signals(-returncode).name}) when {self.doing}"
        return f"the process that builds it ended ({returncode}) when {self.doing}; `chronus doctor` looks at this machine"

    def _refusal(self, message: str, line: int | None = None) -> WorkshopError:
        return WorkshopError(message, line, self.path.name)


def build(path: Path, progress: Callable[[int, int], None] | None = None, **bounds) -> Declaration:
    """Builds a module and waits for it. Raises WorkshopError."""
    work = Build(path, **bounds)
    try:
        while (found := work.poll()) is None:
            select.select([work.fileno()], [], [], 0.05)
            if progress:
                progress(work.done, STEPS)
        return found
    finally:
        work.close()
