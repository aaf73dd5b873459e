"""Runs one module's kernel on arrays, as a replica would: through a context, denormals flushed, buffers fenced.

Signals have shape (frames, lanes). As a program (`python -m chronus.workshop.harness 1`) it prints a hash for each module of the
instrument, or each so many, so that two processors can be compared.
"""
import hashlib
import json
import sys
from dataclasses import dataclass
from functools import cache
from itertools import count

import numpy as np

from chronus.dsp.declare import Declaration, Param, State
from chronus.dsp.given import given_lanes
from chronus.dsp.kernel import context_words, kernel
from chronus.dsp.lines import Line, longest_delay, row_of
from chronus.dsp.tables import Table, unpacked
from chronus.modules.registry import builtin
from chronus.native.build import native
from chronus.native.words import call, flush_denormals, restore_denormals
from chronus.tables.builtin import DIGESTS
from chronus.tables.store import Loaded, load

RATE = 48_000
LANES = 4                                 # what most proofs compile; test_lanes takes all counts
FENCE = 32                                # floats before and after each buffer, which no kernel may touch
FENCES = count(12_345)                    # of what each is made, so that what was read beyond one buffer does not pass for the fence of another


def flushed_call(function, context, offset, frames):
    """One kernel call with denormals flushed as in a replica; the thread's mode is put back after it."""
    mode = flush_denormals()
    call(function, context, offset, frames)
    restore_denormals(mode)


def plain_call(function, context, offset, frames):
    """One kernel call in the mode of this thread, which is NumPy's: denormals are kept."""
    call(function, context, offset, frames)


@cache
def caller(flush: bool):
    return native(flushed_call if flush else plain_call, "void(intp, intp, intp, intp)")


@cache
def address_of(declaration: Declaration, lanes: int) -> int:
    """The address of a kernel, which is not looked for again."""
    return kernel(declaration, lanes)


class Buffer:
    """Memory aligned for the widest vector, with a fence on either side."""

    def __init__(self, content: np.ndarray):
        content = np.ascontiguousarray(content)
        raw = np.empty(content.size + 2 * FENCE + 16, np.float32)
        skip = -(raw.ctypes.data // 4) % 16
        self.whole = raw[skip:skip + content.size + 2 * FENCE]
        self.fence = np.float32(-(next(FENCES) % 1_000_000))
        self.whole[:FENCE] = self.whole[-FENCE:] = self.fence
        self.view = self.whole[FENCE:-FENCE].view(content.dtype).reshape(content.shape)
        self.view[...] = content
        self.address = self.view.ctypes.data if content.size else self.whole.ctypes.data + 4 * FENCE

    def check(self):
        assert (self.whole[:FENCE] == self.fence).all() and (self.whole[-FENCE:] == self.fence).all(), "a kernel wrote outside its buffer"


def lanes_of(module) -> int:
    """How many lanes a module is proved with: where they hear each other, its own."""
    return module.lanes if module.across else LANES


@dataclass
class States:
    """What a module keeps: its values as raw int32 of shape (values, lanes), and its delay lines."""

    values: np.ndarray
    lines: list[Line]

    def bits(self) -> bytes:
        """Of the lines what may still be asked for, whatever the size of their rings."""
        return self.values.tobytes() + b"".join(line.read(np.arange(1, line.reach + 1)[:, None]).tobytes() for line in self.lines)

    def lanes(self, part: slice) -> "States":
        """The state of some lanes alone."""
        return States(self.values[:, part], [line.lanes(part) for line in self.lines])


@dataclass
class Result:
    """What came out of a run: outlets in their order, each (frames, lanes), and the state after it."""

    outlets: list[np.ndarray]
    states: States

    def bits(self) -> bytes:
        return b"".join(o.tobytes() for o in self.outlets) + self.states.bits()


def given_values(declaration: Declaration, lanes: int, rate: int = RATE) -> list[np.ndarray]:
    """What the framework gives, as the patch compiler lays it out."""
    return [given_lanes(g.what, rate)[:declaration.within(lanes)] for g in declaration.given]


def default_tables(declaration: Declaration) -> list[Loaded]:
    """What is in a module's tables where no patch says so."""
    return [load(DIGESTS[table.default]) for table in declaration.tables]


def reference_tables(declaration: Declaration) -> list[Table]:
    """The same, as the formula takes it."""
    return [Table(*unpacked(table.content)[:2]) for table in default_tables(declaration)]


def initial_states(declaration: Declaration, lanes: int) -> States:
    inside = declaration.within(lanes)
    return States(np.zeros((len(declaration.values), inside), np.int32), [line_at_rest(declaration, s, inside) for s in declaration.lines])


def reference_states(declaration: Declaration, lanes: int) -> list:
    """The state at rest as the formula takes it, in the order of its arguments."""
    inside = declaration.within(lanes)
    return [line_at_rest(declaration, s, inside) if s.kind == "line" else np.zeros(inside, np.int32 if s.kind == "int" else np.float32) for s in declaration.states]


def line_at_rest(declaration: Declaration, line: State, lanes: int) -> Line:
    return Line(lanes, longest_delay(line.seconds, RATE), row=row_of(declaration.inside, lanes), reach=line.reach)


def signals(declaration: Declaration, frames: int, lanes: int, given: dict) -> list[np.ndarray]:
    """All inputs in order: `given` by name as a number, one lane (frames,) or all (frames, lanes); the others at their default. What stands still
    has the shape (lanes,), but for the first, which tells how many frames there are.
    """
    unknown = set(given) - {p.name for p in declaration.inputs}
    assert not unknown, f"{declaration.id} has no input {', '.join(map(repr, sorted(unknown)))}"
    found = []
    for port in declaration.inputs:
        value = np.asarray(given.get(port.name, port.default), np.float32)
        shape = (frames, lanes) if value.ndim or not found else (lanes,)
        found.append(np.array(np.broadcast_to(value[:, None] if value.ndim == 1 else value, shape)))
    return found


def run(declaration: Declaration, inputs: list[np.ndarray], states: States | None = None, chunks: list[int] | None = None,
        given: list[np.ndarray] | None = None, flush: bool = True, address: int | None = None, tables: list[Loaded] | None = None,
        frames: int = 0) -> Result:
    """Runs a kernel over `inputs`, in one piece or in `chunks`. An input of shape (lanes,) stands still: it is read with stride 0. Where all do, `frames`
    says how many there are.
    """
    lanes = inputs[0].shape[-1]
    frames = frames or next(len(i) for i in inputs if i.ndim == 2)
    given = given_values(declaration, lanes) if given is None else given
    ins, outs = [Buffer(i) for i in inputs], [Buffer(np.zeros((frames, lanes), np.float32)) for _ in declaration.outlets]
    states = initial_states(declaration, lanes) if states is None else states
    places = [np.array([line.at, line.age], np.int32) for line in states.lines]
    memory = Buffer(np.concatenate([states.values.ravel(), *places]))
    rings = [Buffer(line.in_memory()) for line in states.lines]
    constants = [Buffer(np.asarray(g, np.float32)) for g in given]
    at = context_words(declaration)
    context = np.zeros(at["size"], np.int64)
    for j, buffer in enumerate(ins):
        context[2 * j:2 * j + 2] = buffer.address, 4 * lanes if buffer.view.ndim == 2 else 0
    context[at["outlets"]:at["lines"]] = [b.address for b in [*outs, memory, *constants]]
    tables = default_tables(declaration) if tables is None else tables
    context[at["tables"]:] = [table.address for table in tables]
    context[at["lines"]:at["tables"]] = [word for ring, line in zip(rings, states.lines) for word in (ring.address, len(line.ring), line.longest)]
    address, offset = address_of(declaration, lanes) if address is None else address, 0
    for chunk in chunks or [frames]:
        caller(flush)(address, context.ctypes.data, offset, chunk)
        offset += chunk
    assert offset == frames, "the chunks do not add up"
    for buffer in [*ins, *outs, memory, *constants, *rings]:
        buffer.check()
    for before, buffer in zip(inputs, ins):
        assert (before.view(np.int32) == buffer.view.view(np.int32)).all(), "a kernel wrote to its input"
    values, places = memory.view[:states.values.size].reshape(states.values.shape), memory.view[states.values.size:].reshape(-1, 2)
    lines = [line.from_memory(ring.view, int(at), int(age)) for line, ring, (at, age) in zip(states.lines, rings, places)]
    return Result([b.view for b in outs], States(values, lines))


def play(declaration: Declaration, frames: int, lanes: int = 1, tables: list[Loaded] | None = None, **given) -> Result:
    """A run with some inputs named and the others at their defaults."""
    return run(declaration, signals(declaration, frames, declaration.lanes or lanes, given), tables=tables)


def random_chunks(rng, frames: int) -> list[int]:
    """Lengths of 0 to 300 that add up."""
    chunks = []
    while sum(chunks) < frames:
        chunks.append(min(int(rng.integers(0, 301)), frames - sum(chunks)))
    return chunks


def ordinary(declaration: Declaration, frames: int, lanes: int, seed: int = 1) -> list[np.ndarray]:
    """Music: noise at the inlets, gates that open and close, parameters that wander through their range."""
    rng = np.random.default_rng(seed)
    found = []
    for port in declaration.inputs:
        if not isinstance(port, Param):
            signal = rng.uniform(-1.0, 1.0, (frames, lanes))
        elif port.unit == "gate":
            steps = rng.choice([0.0, 0.0, 0.3, 1.0], (frames // 97 + 1, lanes))
            signal = np.repeat(steps, 97, 0)[:frames]
        else:
            points = np.linspace(0, frames - 1, frames // 211 + 2)
            height = rng.random((len(points), lanes)) ** 3          # more often near the low end, where times and cutoffs do most
            way = np.stack([np.interp(np.arange(frames), points, height[:, lane]) for lane in range(lanes)], 1)
            signal = port.low + (port.high - port.low) * way
        found.append(signal.astype(np.float32))
    return found


EXTREMES = [0.0, -0.0, 1.0, -1.0, 1e6, -1e6, 1e-6, -1e-6, 1e-30, -1e-37, 1e-40, -1e-45, 0.5, 24_000.0, 47_999.0]


def hostile(declaration: Declaration, frames: int, lanes: int, seed: int = 1) -> list[np.ndarray]:
    """What nobody would play: the ends of every range and far beyond them, held for a while or changed at every frame."""
    rng = np.random.default_rng(seed)
    found = []
    for port in declaration.inputs:
        choice = np.array(EXTREMES + ([port.low, port.high, port.default] * 3 if isinstance(port, Param) else []), np.float32)
        signal = rng.choice(choice, (frames, lanes))
        held = rng.random((frames, lanes)) < rng.choice([0.0, 0.9, 0.999], (frames // 2000 + 1, 1)).repeat(2000, 0)[:frames]
        held[0] = False
        last = np.maximum.accumulate(np.where(held, 0, np.arange(frames)[:, None]), axis=0)      # the frame whose value still holds
        signal = np.take_along_axis(signal, last, axis=0)
        found.append(signal)
    return found


def digests(every: int = 1, frames: int = 4_800) -> dict[str, str]:
    """A hash of each, or each `every`-th, module's sound and state, for music and for what is hostile."""
    return {name: hashlib.sha256(b"".join(run(d, make(d, frames, lanes_of(d))).bits() for make in (ordinary, hostile))).hexdigest()
            for name, d in list(builtin().items())[::every]}


if __name__ == "__main__":
    print(json.dumps(digests(int(sys.argv[1]))))
