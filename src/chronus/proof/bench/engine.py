"""An engine of one's own to measure: null device, temporary session, memory mapped read-only; it ends with the measurement."""

import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.faces.client import Client, endpoint
from chronus.faces.jam import OwnEngine
from chronus.shared import layout as at
from chronus.shared.memory import Memory, find_engine

FIRST_BLOCK_SECONDS = 5.0                # ready means that both replicas are in step; the first block is a few ms from there


@dataclass(frozen=True)
class Measured:
    """A running engine: memory, address, session; monotonic ns of its start and of when it said that it plays."""

    memory: Memory
    host: str
    port: int
    session: Path
    began_ns: int
    ready_ns: int

    def played(self, number: int) -> tuple[int, np.ndarray]:
        """Block `number` as it was played, at most 21 s ago: monotonic ns of its callback, samples of shape (block, 2)."""
        memory, block = self.memory, self.memory[at.H_BLOCK]
        place = memory[at.H_TAP] + number % limits.TAP_RING_BLOCKS * memory[at.H_TAP_STRIDE]
        time_ns = memory[place + at.TAP_TIME]
        samples = memory.floats(place + at.TAP_SAMPLES, block * at.CHANNELS).reshape(block, at.CHANNELS).copy()
        if memory[place + at.TAP_NUMBER] != number + 1:
            raise LookupError(f"block {number} is not in the tap: the measurement came too late")
        return time_ns, samples


def free_port() -> int:
    """A UDP port that nobody had a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def engine(lead: int, patch: dict | None = None) -> Iterator[Measured]:
    """Runs an engine with the default patch or another. Raises EngineEnded where it does not start."""
    with tempfile.TemporaryDirectory(prefix="chronus-bench-") as folder:
        session = Path(folder) / "session"
        options = ["--device=null", f"--osc=127.0.0.1:{free_port()}", f"--session={session}", f"--lead={lead}"]
        if patch is not None:
            file = Path(folder) / "patch.json"
            file.write_text(json.dumps(patch))
            options.append(f"--patch={file}")
        began, own = time.monotonic_ns(), OwnEngine(options)
        try:
            own.wait_until_ready()
            ready = time.monotonic_ns()
            host, port = endpoint(own.ready["osc"])
            yield Measured(playing(session), host, port, session, began, ready)
            with Client(host, port) as client:
                own.stop(client)
        finally:
            if own.exit_code() is None:
                own.stop(None)


def playing(session: Path) -> Memory:
    """The memory of an engine that has said that it is ready, once its first block is played. Raises OSError if none is."""
    memory, deadline = find_engine(session), time.monotonic() + FIRST_BLOCK_SECONDS
    while memory is not None and time.monotonic() < deadline:
        if memory[at.PLAYED] > 0:
            return memory
        time.sleep(0.001)
    raise OSError("the engine that was started to be measured plays nothing; `chronus doctor` looks for the reason")


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for the engines that are started meanwhile."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
