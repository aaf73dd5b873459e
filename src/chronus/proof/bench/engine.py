"""An engine to measure: `proof.engine` with its first block played, and the blocks of its tap with the times of their callbacks."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chronus import limits
from chronus.patch.graph import Patch
from chronus.proof.engine import Engine
from chronus.shared import layout as at
from chronus.shared.memory import Memory


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


@contextmanager
def engine(lead: int, patch: dict | None = None) -> Iterator[Measured]:
    """Runs an engine with the default patch or another. Raises RuntimeError where it does not start."""
    began = time.monotonic_ns()
    with Engine(Patch.from_dict(patch) if patch else None, lead) as own:
        yield Measured(own.memory, "127.0.0.1", own.port, own.session, began, time.monotonic_ns())


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
