"""What each module costs: its kernel called block after block by a native loop, inlets fed with noise, parameters standing still."""

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
BLOCKS, RUNS = 2_000, 7                  # 2,000 blocks are 0.3 to 10 ms: longer than a clock's grain, shorter than most disturbances


def call_often(function, context, frames, times):
    """Calls a kernel for block after block, denormals flushed as in a replica. Native code."""
    mode = flush_denormals()
    for _ in range(times):
        call(function, context, 0, frames)
    restore_denormals(mode)


def measure() -> dict:
    """{module: {lanes: ns for a frame and lane}}, best of 7 runs: what disturbs a run only ever makes it longer."""
    run, found, all_modules = native(call_often, "void(intp, intp, intp, intp)"), {}, modules()
    with bar("modules") as progress:
        for done, (name, declaration) in enumerate(all_modules.items(), 1):
            widths = (declaration.lanes,) if declaration.lanes else LANES
            found[name] = {str(lanes): cost(run, declaration, lanes) for lanes in widths}
            if progress:
                progress(done, len(all_modules))
    return {"ns_per_frame_and_lane": found, "block": BLOCK, "blocks": BLOCKS, "runs": RUNS, "ok": True}


def cost(run, declaration: Declaration, lanes: int) -> float:
    """ns for a frame and lane."""
    random, address = np.random.default_rng(1), kernel(declaration, lanes)
    signals = [aligned(random.uniform(-1, 1, (BLOCK, lanes)) if isinstance(port, Inlet) else
                       np.full(lanes, 1.0 if port.unit == "gate" else port.default)) for port in declaration.inputs]
    outlets = [aligned(np.zeros((BLOCK, lanes))) for _ in declaration.outlets]
    given = [aligned(given_lanes(part.what, RATE)[:lanes]) for part in declaration.given]
    state = aligned(np.zeros(state_bytes(declaration, lanes) // 4 + 1))
    longest = [longest_delay(line.seconds, RATE) for line in declaration.lines]
    rings = [aligned(np.zeros((frames, lanes))) for frames in longest]
    context = np.zeros(context_words(declaration)["size"], np.int64)
    for i, (port, signal) in enumerate(zip(declaration.inputs, signals)):
        context[2 * i:2 * i + 2] = signal.ctypes.data, 4 * lanes if isinstance(port, Inlet) else 0
    context[2 * len(signals):] = [*(part.ctypes.data for part in (*outlets, state, *given)),
                                  *(word for ring, frames in zip(rings, longest) for word in (ring.ctypes.data, frames, frames))]
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run(address, context.ctypes.data, BLOCK, BLOCKS)
        seconds.append(time.perf_counter() - began)
    return round(min(seconds) * 1e9 / (BLOCKS * BLOCK * lanes), 3)


def aligned(values: np.ndarray) -> np.ndarray:
    """The values as float32 in memory that begins where the widest vector may."""
    raw = np.zeros(values.size + 16, np.float32)
    skip = -(raw.ctypes.data // 4) % 16
    place = raw[skip:skip + values.size].reshape(values.shape)
    place[...] = values
    return place
