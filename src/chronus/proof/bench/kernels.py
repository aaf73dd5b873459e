"""What each module costs: its kernel called block after block by a native loop, inlets fed with noise, parameters standing still."""

import statistics
import time

import numpy as np

from chronus.dsp.declare import Declaration, Inlet
from chronus.dsp.given import given_lanes
from chronus.dsp.kernel import context_words, kernel, state_bytes
from chronus.dsp.lines import longest_delay
from chronus.faces.progress import bar
from chronus.modules.registry import modules
from chronus.native.build import native
from chronus.native.words import call, flush_denormals, restore_denormals

LANES = (1, 2, 16)
RATE, BLOCK = 48_000, 64
BLOCKS, ROUNDS = 2_000, 7                # 2,000 blocks are 0.3 to 10 ms: longer than a clock's grain, shorter than most disturbances


def call_often(function, context, frames, times):
    """Calls a kernel for block after block, denormals flushed as in a replica. Native code."""
    mode = flush_denormals()
    for _ in range(times):
        call(function, context, 0, frames)
    restore_denormals(mode)


def measure(names: tuple[str, ...] = (), rounds: int = ROUNDS) -> dict:
    """{module: {lanes: ns for a frame and lane}}, median of 7 rounds in which all kernels take turns: what disturbs a moment disturbs one round of a few."""
    run, all_modules = native(call_often, "void(intp, intp, intp, intp)"), modules()
    wanted = [(name, lanes) for name in names or all_modules for lanes in ((all_modules[name].lanes,) if all_modules[name].lanes else LANES)]
    with bar("modules") as progress:
        works, seconds = [], [[] for _ in wanted]
        for done, (name, lanes) in enumerate(wanted, 1):
            works.append(Work(all_modules[name], lanes))
            if progress:
                progress(done, len(wanted) * (rounds + 1))
        for number in range(1, rounds + 1):
            for done, work in enumerate(works, 1):
                began = time.perf_counter()
                run(work.address, work.context.ctypes.data, BLOCK, BLOCKS)
                seconds[done - 1].append(time.perf_counter() - began)
                if progress:
                    progress(number * len(wanted) + done, len(wanted) * (rounds + 1))
    found = {}
    for (name, lanes), of in zip(wanted, seconds):
        found.setdefault(name, {})[str(lanes)] = round(statistics.median(of) * 1e9 / (BLOCKS * BLOCK * lanes), 3)
    return {"ns_per_frame_and_lane": found, "block": BLOCK, "blocks": BLOCKS, "rounds": rounds, "ok": True}


class Work:
    """A kernel and what it is called with; keeps the memory alive that the context points to."""

    def __init__(self, declaration: Declaration, lanes: int):
        random, self.address = np.random.default_rng(1), kernel(declaration, lanes)
        signals = [aligned(random.uniform(-1, 1, (BLOCK, lanes)) if isinstance(port, Inlet) else
                           np.full(lanes, 1.0 if port.unit == "gate" else port.default)) for port in declaration.inputs]
        outlets = [aligned(np.zeros((BLOCK, lanes))) for _ in declaration.outlets]
        given = [aligned(given_lanes(part.what, RATE)[:lanes]) for part in declaration.given]
        state = aligned(np.zeros(state_bytes(declaration, lanes) // 4 + 1))
        longest = [longest_delay(line.seconds, RATE) for line in declaration.lines]
        rings = [aligned(np.zeros((frames, lanes))) for frames in longest]
        self.context = np.zeros(context_words(declaration)["size"], np.int64)
        for i, (port, signal) in enumerate(zip(declaration.inputs, signals)):
            self.context[2 * i:2 * i + 2] = signal.ctypes.data, 4 * lanes if isinstance(port, Inlet) else 0
        self.context[2 * len(signals):] = [*(part.ctypes.data for part in (*outlets, state, *given)),
                                           *(word for ring, frames in zip(rings, longest) for word in (ring.ctypes.data, frames, frames))]
        self.memory = (signals, outlets, given, state, rings)


def aligned(values: np.ndarray) -> np.ndarray:
    """The values as float32 in memory that begins where the widest vector may."""
    raw = np.zeros(values.size + 16, np.float32)
    skip = -(raw.ctypes.data // 4) % 16
    place = raw[skip:skip + values.size].reshape(values.shape)
    place[...] = values
    return place
