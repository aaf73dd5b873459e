"""What each module costs: its kernel called block after block by a native loop, inlets fed with noise, parameters standing still.

Two kernels play a module: the one for anything, and the one that a replica takes while no cable or glide moves a knob, "still".
"""

import time

import numpy as np

from chronus.dsp.declare import Declaration, Inlet, Param, Time
from chronus.dsp.given import given_lanes
from chronus.dsp.kernel import SIGNATURE, context_words, kernel, kernel_function, state_bytes
from chronus.dsp.lines import longest_delay
from chronus.faces.progress import bar
from chronus.modules.registry import builtin, modules
from chronus.native.build import build, native
from chronus.native.words import call, flush_denormals, restore_denormals
from chronus.workshop.faster import keep_standing
from chronus.workshop.harness import default_tables

LANES = (1, 2, 16)
RATE, BLOCK = 48_000, 64
PAGE = 4096
BLOCKS, ROUNDS = 1_000, 15               # 1,000 blocks are 0.1 to 5 ms: longer than a clock's grain, and a round of all takes half a second


def call_often(function, context, frames, times):
    """Calls a kernel for block after block, denormals flushed as in a replica. Native code."""
    mode = flush_denormals()
    for _ in range(times):
        call(function, context, 0, frames)
    restore_denormals(mode)


def measure(names: tuple[str, ...] = (), rounds: int = ROUNDS) -> dict:
    """{module: {lanes, or lanes and "still": ns for a frame and lane}}, of processor time, the best of 15 rounds in which all kernels take turns.

    Two runs while four processes want two cores differ by 7 % at most so; by 15 to 36 % where the median counts.
    """
    run, all_modules = native(call_often, "void(intp, intp, intp, intp)"), modules()
    wanted = [(name, lanes, still) for name in names or all_modules for lanes in ((all_modules[name].lanes,) if all_modules[name].lanes else LANES)
              for still in ((0, knobs(all_modules[name])) if knobs(all_modules[name]) and name in builtin() else (0,))]
    with bar("modules") as progress:
        works, seconds = [], [[] for _ in wanted]
        for done, (name, lanes, still) in enumerate(wanted, 1):
            works.append(Work(all_modules[name], lanes, still))
            if progress:
                progress(done, len(wanted) * (rounds + 1))
        for number in range(1, rounds + 1):
            for done, work in enumerate(works, 1):
                began = time.thread_time()
                run(work.address, work.context.ctypes.data, BLOCK, BLOCKS)
                seconds[done - 1].append(time.thread_time() - began)
                if progress:
                    progress(number * len(wanted) + done, len(wanted) * (rounds + 1))
    found = {}
    for (name, lanes, still), of in zip(wanted, seconds):
        found.setdefault(name, {})[f"{lanes}, still" if still else str(lanes)] = round(min(of) * 1e9 / (BLOCKS * BLOCK * all_modules[name].within(lanes)), 3)
    return {"ns_per_frame_and_lane": found, "block": BLOCK, "blocks": BLOCKS, "rounds": rounds, "ok": True}


def knobs(declaration: Declaration) -> int:
    """A bit for each input that is a parameter."""
    return sum(1 << j for j, port in enumerate(declaration.inputs) if isinstance(port, Param))


def address_of(declaration: Declaration, lanes: int, still: int) -> int:
    """The address of one of its kernels, compiled if need be, and proved where it is one for what stands still."""
    if not still:
        return kernel(declaration, lanes)
    keep_standing(declaration.id, lanes, still, 0)
    return build(kernel_function(declaration, lanes, still), SIGNATURE)


class Work:
    """A kernel and what it is called with, one behind the other in memory as in a replica's arena, and in every run at the same places of a page:
    two buffers whose places in their pages meet can make a kernel half as fast.
    """

    def __init__(self, declaration: Declaration, lanes: int, still: int):
        random, self.address = np.random.default_rng(1), address_of(declaration, lanes, still)
        signals = [random.uniform(-1, 1, (BLOCK, lanes)) if isinstance(port, Inlet) else np.full((BLOCK, lanes), port.default) if isinstance(port, Time) else
                   np.full(lanes, 1.0 if port.unit == "gate" else port.default) for port in declaration.inputs]
        longest = [longest_delay(line.seconds, RATE) for line in declaration.lines]
        inside = declaration.within(lanes)
        given = [given_lanes(part.what, RATE)[:inside] for part in declaration.given]
        empty = [BLOCK * lanes] * len(declaration.outlets) + [state_bytes(declaration, lanes) // 4 + 1]
        parts = [*signals, *(np.zeros(size) for size in empty), *given, *(np.zeros(frames * inside) for frames in longest)]
        self.memory = np.zeros(sum(map(room, parts)) + PAGE, np.uint8)
        places, at = [], self.memory.ctypes.data + -self.memory.ctypes.data % PAGE
        for part in parts:
            begin = at - self.memory.ctypes.data
            self.memory[begin:begin + 4 * part.size].view(np.float32)[:] = part.ravel()
            places.append(at)
            at += room(part)
        self.tables = default_tables(declaration)
        self.context = np.zeros(context_words(declaration)["size"], np.int64)
        for i, port in enumerate(declaration.inputs):
            self.context[2 * i:2 * i + 2] = places[i], 0 if isinstance(port, Param) else 4 * lanes
        rest, rings = places[len(signals):len(parts) - len(longest)], places[len(parts) - len(longest):]
        self.context[2 * len(signals):] = [*rest, *(word for ring, frames in zip(rings, longest) for word in (ring, frames, frames)),
                                           *(table.address for table in self.tables)]


def room(part: np.ndarray) -> int:
    """The bytes that float32 values take where each part begins where the widest vector may."""
    return -(-4 * part.size // 64) * 64
